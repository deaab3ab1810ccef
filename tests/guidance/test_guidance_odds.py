"""What it is worth to be named, and what a statement of differential privacy promises."""

import pytest

from audits.guidance.odds import base_rate, dp_band, dp_words, ppv, right_of_named
from audits.guidance.reading import Catch


def test_ppv_follows_the_prior() -> None:
    assert ppv(0.02, 0.001, 0.5) == pytest.approx(0.02 / 0.021)
    assert ppv(0.02, 0.001, 0.01) == pytest.approx(0.0002 / 0.00119)
    assert ppv(0.02, 0.0, 0.01) == 1.0
    assert ppv(0.0, 0.0, 0.01) == 0.0


def test_base_rate_gives_the_published_sentences() -> None:
    assert base_rate(Catch(0.001, 0.02)) == (
        "If an attacker checks 10,000 people and 100 really are in your data, this model would "
        "name about 12, of whom about 2 are right.",
        "If they already suspect 1 in 2, about 95 of 100 accusations would be right.",
    )
    assert base_rate(Catch(0.001, 0.01))[0].endswith("about 11, of whom about one is right.")


def test_base_rate_speaks_of_records_and_gives_the_lower_limit() -> None:
    assert base_rate(Catch(0.01, 0.3, 0.2), about_people=False) == (
        "If an attacker checks 10,000 records and 100 really are in your data, this model would "
        "name about 129, of which about 30 are right, and at least 20.",
        "If they already suspect 1 in 2, about 97 of 100 accusations would be right, and at least "
        "95.",
    )


def test_base_rate_never_counts_less_than_one_as_some() -> None:
    crowd, _suspects = base_rate(Catch(0.001, 0.004))
    assert crowd.endswith("this model would name about 10, most likely none of them rightly.")


def test_rows_go_from_suspects_to_a_crowd_with_their_lower_limit() -> None:
    assert right_of_named(Catch(0.001, 0.02, 0.01)) == [
        ("If 1 in 2 is in the data", "95 of 100", "91 of 100"),
        ("If 1 in 10 is in the data", "69 of 100", "53 of 100"),
        ("If 1 in 100 is in the data", "17 of 100", "9.2 of 100"),
        ("If 1 in 1,000 is in the data", "2 of 100", "1 of 100"),
    ]


def test_dp_words_never_omit_unit_and_delta() -> None:
    assert dp_words(epsilon=4, delta=1e-5, unit="person") == (
        "Each person's influence is capped at epsilon 4 "
        "(counting each person, delta 1 in 100,000).",
        "An epsilon of this size is a real cap, though not the strongest.",
    )
    assert (
        "people with several rows are less protected"
        in dp_words(epsilon=0.5, delta=0.0, unit="row")[0]
    )


@pytest.mark.parametrize(
    ("epsilon", "band"),
    [(1, "strong"), (1.1, "meaningful"), (5, "meaningful"), (10, "weak"), (10.1, "none")],
)
def test_dp_band(epsilon: float, band: str) -> None:
    assert dp_band(epsilon) == band
