"""Colours of series are told apart by people with any colour vision, in light and in dark.

What somebody sees who lacks one kind of cones is worked out after Machado, Oliveira and Fernandes
(2009) at full severity, and how far two colours lie apart in OKLab, where black and white lie 100
apart. Lines have dashes and marks have shapes of their own besides.
"""

import re
from itertools import combinations
from math import dist

import pytest

from audits.charts.palette import DARK, LIGHT, Palette
from tests.web.test_design_tokens import CSS, THEMES, TOKENS

Matrix = tuple[tuple[float, float, float], ...]
# Of linear red, green and blue.
VISION: dict[str, Matrix] = {
    "every cone": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_TO_CONES: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
LEAST = 8.5
every_vision = pytest.mark.parametrize("vision", VISION)


def _times(matrix: Matrix, values: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix]


def seen(colour: str, vision: str) -> list[float]:
    """Where a colour lies in OKLab for whoever sees it like that."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    shown = [min(1.0, max(0.0, one)) for one in _times(VISION[vision], linear)]
    cones = [one ** (1 / 3) for one in _times(_TO_CONES, shown)]
    return [100 * one for one in _times(_TO_LAB, cones)]


def alike(colours: list[str], vision: str) -> dict[tuple[str, str], float]:
    """Pairs that lie too near to each other."""
    apart = {
        (one, other): dist(seen(one, vision), seen(other, vision))
        for one, other in combinations(colours, 2)
    }
    return {pair: round(far, 1) for pair, far in apart.items() if far < LEAST}


def test_black_and_white_lie_a_hundred_apart_for_everybody() -> None:
    for vision in VISION:
        far = dist(seen("#000000", vision), seen("#ffffff", vision))
        assert far == pytest.approx(100, abs=0.1)


def test_red_and_green_of_one_lightness_are_alike_without_green_cones() -> None:
    assert alike(["#b84300", "#8a6a00"], "deuteranopia") != {}
    assert alike(["#b84300", "#8a6a00"], "every cone") == {}


@every_vision
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_of_a_chart_are_told_apart(theme: Palette, vision: str) -> None:
    assert len(theme.lines) == 8
    assert alike(list(theme.lines), vision) == {}


@every_vision
@pytest.mark.parametrize("theme", THEMES)
def test_lanes_of_a_picture_on_a_page_are_told_apart(theme: str, vision: str) -> None:
    """The style sheet colours them by tokens of the page."""
    sheet = (CSS / "tables.css").read_text()
    tokens = re.findall(r"\.line-\d \{ stroke: var\(--([\w-]+)\)", sheet)
    assert len(tokens) == 3
    assert alike([TOKENS[one].split(", ")[THEMES[theme]] for one in tokens], vision) == {}
