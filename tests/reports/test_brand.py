"""Colours of a provider: whether they can be read, and in which ink."""

import itertools

import pytest

from audits.reports import brand
from audits.reports.brand import INK, LEAST_CONTRAST, WHITE, Brand


def test_contrast_is_that_of_the_guideline() -> None:
    assert brand.contrast("#000000", WHITE) == pytest.approx(21)
    assert brand.contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)
    assert brand.contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)


def test_what_is_too_pale_on_white_is_told() -> None:
    assert [brand.is_readable(one) for one in ("#767676", "#777777", "#ffd23f", "#0b5c8f")] == [
        True,
        False,
        False,
        True,
    ]


def test_one_of_the_two_inks_can_be_read_on_any_colour() -> None:
    steps = [f"{step:02x}" for step in range(0, 256, 15)]
    colours = [f"#{''.join(one)}" for one in itertools.product(steps, repeat=3)]
    assert len(colours) > 5_000
    worst = min(brand.contrast(brand.ink_on(one), one) for one in colours)
    assert worst >= LEAST_CONTRAST


@pytest.mark.parametrize(
    ("band", "ink"), [("#ffd23f", INK), ("#0b5c8f", WHITE), ("", INK), ("nonsense", INK)]
)
def test_ink_of_the_strip_follows_its_colour(band: str, ink: str) -> None:
    assert Brand(band=band).band_ink == ink


@pytest.mark.parametrize("text", ["#FFF", "#ABCDEF", "0b5c8f", "#0b5c8", "#0b5c8f;", "red", ""])
def test_only_six_small_digits_are_a_colour(text: str) -> None:
    assert not brand.is_colour(text)
