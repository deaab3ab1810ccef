"""When a re-test says that a model gives away more than before."""

from typing import Any

import pytest

from audits.guidance.growth import Sizes, _p_value, grew
from tests.guidance.audit_documents import make_document, point


def with_rate(
    value: float, *, auc: tuple[float, float, float] = (0.6, 0.55, 0.65)
) -> dict[str, Any]:
    """A level 2 result of 5,000 records a side whose strongest attack has this catch rate."""
    document = make_document(2, records=5_000)
    best = document["attacks"][document["best_attack"]]
    best["tpr"]["0.01"] = point(value, rated=True) | {"low": value * 0.9, "high": value * 1.1}
    best["tpr"]["0.1"] = point(None, rated=False)
    best["auc"] = {**best["auc"], **dict(zip(("value", "low", "high"), auc, strict=True))}
    return document


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (make_document(1), make_document(2), True),
        (make_document(2), make_document(2), False),
        (make_document(3), make_document(2), False),
        # What settles nothing has not risen, and what was void measured nothing.
        (make_document(0, outcome="inconclusive"), make_document(1), False),
        (make_document(None), make_document(3), False),
        (make_document(1), make_document(None), False),
        # The lower limit above the former upper one.
        (with_rate(0.03), with_rate(0.04), True),
        (with_rate(0.03), with_rate(0.035), False),
        (with_rate(0.03), with_rate(0.03, auc=(0.7, 0.66, 0.74)), True),
    ],
)
def test_result_is_held_against_the_one_before(
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    expected: bool,
) -> None:
    assert grew(before, after) is expected


@pytest.mark.parametrize(
    ("rates", "records", "expected"),
    [
        ((0.01, 0.021), (5_000, 5_000), True),
        ((0.01, 0.019), (5_000, 5_000), False),
        ((0.01, 0.021), (300, 5_000), False),
        # However many members: a threshold that few others set may lie elsewhere by chance.
        ((0.01, 0.021), (1_000_000, 1_000), False),
        ((0.01, 0.05), (20_000, 1_000), True),
    ],
)
def test_rate_that_doubled_beyond_chance_is_growth(
    *, rates: tuple[float, float], records: tuple[int, int], expected: bool
) -> None:
    """With limits so wide that they meet: the test of two shares decides."""
    before, after = (with_rate(rate) for rate in rates)
    for document in (before, after):
        document["records"] |= dict(zip(("members", "nonmembers"), records, strict=True))
        document["attacks"][document["best_attack"]]["tpr"]["0.01"] |= {"low": 0.0, "high": 1.0}
    assert grew(before, after) is expected


@pytest.mark.parametrize(
    "changed",
    [{"provenance": {"rating_policy": "2099.1"}}, {"family": ["rmia", "lira"]}],
    ids=["another policy", "another suite of attacks"],
)
def test_other_tests_begin_a_new_baseline(changed: dict[str, Any]) -> None:
    assert not grew(make_document(1), make_document(3) | changed)


def test_p_is_that_of_members_drawn_and_of_a_threshold_measured() -> None:
    """By hand: rate 0.03, variances 2 x 2.91e-6 of the members, 8.91e-5 and 8.91e-6 of the others.

    The difference of 0.02 is 1.96 errors of 0.0101897.
    """
    sizes = Sizes(10_000, 1_000), Sizes(10_000, 10_000)
    assert _p_value((0.02, 0.04), 0.01, sizes) == pytest.approx(0.024837, abs=1e-6)
    assert _p_value((0.04, 0.02), 0.01, sizes) == pytest.approx(0.975163, abs=1e-6)
    assert _p_value((0.0, 0.0), 0.01, sizes) == 1.0
