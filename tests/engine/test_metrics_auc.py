"""AUC and its DeLong limits, against pair counting and the textbook formula."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from audits.engine.metrics import Interval, auc, delong

SCORES = st.lists(st.integers(-20, 20).map(float), min_size=2, max_size=30)
Z = 1.959963984540054


def _auc_by_pairs(member: Sequence[float], nonmember: Sequence[float]) -> float:
    pairs = [(x > y) + 0.5 * (x == y) for x in member for y in nonmember]
    return sum(pairs) / len(pairs)


def _delong_by_definition(
    member: NDArray[np.float64], nonmember: NDArray[np.float64]
) -> list[float]:
    kernel = np.array([[(x > y) + 0.5 * (x == y) for y in nonmember] for x in member])
    value = kernel.mean()
    variance = kernel.mean(axis=1).var(ddof=1) / len(member)
    variance += kernel.mean(axis=0).var(ddof=1) / len(nonmember)
    half = Z * math.sqrt(variance) / (value * (1 - value))
    centre = math.log(value / (1 - value))
    return [1 / (1 + math.exp(-(centre + sign * half))) for sign in (-1, 1)]


def test_auc_counts_pairs_by_hand() -> None:
    assert auc([3.0, 1.0], [2.0, 0.0]).value == 0.75
    assert auc([1.0, 1.0], [1.0, 0.0]).value == 0.75
    assert auc([0.0, 0.0], [1.0, 1.0]).value == 0.0


@given(SCORES, SCORES)
def test_auc_equals_pair_count_and_lies_inside_its_limits(
    member: list[float], nonmember: list[float]
) -> None:
    result = auc(member, nonmember)
    assert result.value == pytest.approx(_auc_by_pairs(member, nonmember), abs=1e-12)
    assert 0.0 <= result.low <= result.value <= result.high <= 1.0


def test_auc_limits_follow_delong_on_the_logit_scale() -> None:
    rng = np.random.default_rng(3)
    member, nonmember = rng.normal(0.5, 1, 40).round(1), rng.normal(0, 1, 25).round(1)
    low, high = _delong_by_definition(member, nonmember)
    result = auc(member, nonmember)
    assert result.low == pytest.approx(low, abs=1e-12)
    assert result.high == pytest.approx(high, abs=1e-12)


@pytest.mark.parametrize(("n1", "n0"), [(50, 80), (80, 50), (2, 1000)])
def test_auc_of_one_has_the_stated_lower_limit(n1: int, n0: int) -> None:
    result = auc(np.ones(n1), np.zeros(n0))
    assert (result.value, result.high) == (1.0, 1.0)
    assert result.low == pytest.approx(1 / (1 + Z * Z / min(n1, n0)), abs=1e-12)


def test_auc_of_zero_mirrors_auc_of_one() -> None:
    one, zero = auc(np.ones(60), np.zeros(40)), auc(np.zeros(60), np.ones(40))
    assert (zero.value, zero.low) == (0.0, 0.0)
    assert zero.high == pytest.approx(1 - one.low, abs=1e-12)


def test_auc_of_equal_scores_is_half_with_limits_on_both_sides() -> None:
    result = auc(np.zeros(400), np.zeros(400))
    assert result.value == 0.5
    assert result.low == pytest.approx(0.5 - Z / math.sqrt(400 + Z * Z) / 2, abs=1e-12)
    assert result.high == pytest.approx(1 - result.low, abs=1e-12)


def test_auc_of_a_single_record_proves_nothing() -> None:
    assert auc([1.0], [0.0, 0.5]) == Interval(1.0, 0.0, 1.0)


def test_auc_accepts_infinite_scores() -> None:
    assert auc([math.inf, 0.0, 1.0], [-math.inf, -math.inf, 2.0]).value == pytest.approx(7 / 9)


@given(SCORES, SCORES)
def test_auc_is_unchanged_by_a_monotone_map_and_by_order(
    member: list[float], nonmember: list[float]
) -> None:
    mapped = auc([math.exp(x / 5) for x in reversed(member)], [math.exp(x / 5) for x in nonmember])
    plain = auc(member, nonmember)
    assert mapped.value == plain.value
    assert mapped.low == pytest.approx(plain.low, abs=1e-9)


@given(SCORES, SCORES)
def test_auc_mirrors_when_the_sides_are_exchanged(
    member: list[float], nonmember: list[float]
) -> None:
    there, back = auc(member, nonmember), auc(nonmember, member)
    assert back.value == pytest.approx(1 - there.value, abs=1e-12)
    assert back.low == pytest.approx(1 - there.high, abs=1e-9)


def test_auc_error_inflation_widens_by_its_factor_on_the_logit_scale() -> None:
    rng = np.random.default_rng(4)
    member, nonmember = rng.normal(0.3, 1, 200), rng.normal(0, 1, 300)
    plain, wide = auc(member, nonmember), auc(member, nonmember, error_inflation=1.5)
    logits = [math.log(p / (1 - p)) for p in (plain.value, plain.high, wide.high)]
    assert (logits[2] - logits[0]) / (logits[1] - logits[0]) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("member", "problem"),
    [([], "non-empty"), ([[1.0]], "non-empty"), ([float("nan")], "NaN")],
)
def test_auc_refuses_what_is_no_score_vector(member: list[float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        auc(member, [0.0, 1.0])


@pytest.mark.parametrize("n", [100, 500])
def test_auc_limits_miss_about_as_often_as_they_say(n: int) -> None:
    # Members' ROC is a -> a**0.5, so the true AUC is 2/3. Documented misses: .015-.040 a side.
    rng, runs = np.random.default_rng(5), 400
    results = [auc(1 - rng.random(n) ** 2, rng.random(n)) for _ in range(runs)]
    error = math.sqrt(0.025 * 0.975 / runs)
    assert np.mean([r.low > 2 / 3 for r in results]) <= 0.040 + 3 * error
    assert np.mean([r.high < 2 / 3 for r in results]) <= 0.040 + 3 * error
    assert np.mean([r.low > 2 / 3 or r.high < 2 / 3 for r in results]) >= 0.01


def test_auc_limits_near_one_allow_for_how_few_records_tell_the_error() -> None:
    """Of 1,000 a side two pairs in 10,000 are the wrong way round, by a handful of records.

    The normal limit would lie above the truth more than twice as often as it says.
    """
    rng, n, runs = np.random.default_rng(6), 1_000, 600
    truth = float(norm.cdf(5.0 / math.sqrt(2.0)))
    found = [delong(rng.normal(5.0, 1.0, n), rng.normal(0.0, 1.0, n)) for _ in range(runs)]
    limits = [one.interval(0.025) for one in found]
    error = math.sqrt(0.025 * 0.975 / runs)
    assert np.mean([one.low > truth for one in limits]) <= 0.025 + 3 * error
    assert np.mean([one.high < truth for one in limits]) <= 0.025 + 3 * error
    normal = [
        expit(logit(one.value) - 1.96 * one.error / (one.value * (1.0 - one.value)))
        for one in found
        if 0.0 < one.value < 1.0 and one.error > 0.0
    ]
    assert sum(low > truth for low in normal) / runs > 0.025 + 3 * error
