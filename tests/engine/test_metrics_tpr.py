"""Ranking, the empirical ROC and TPR at low FPR with its bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from audits.engine.bounds import (
    allowed_false_alarms,
    covering_rank,
    expected_rank,
    leak_lower,
    rate_lower,
    rate_upper,
    safe_rank,
    tail_chance,
)
from audits.engine.metrics import rank, roc_curve, summarise, tpr_at_fpr, tpr_lower, tpr_upper

DISTINCT = st.lists(st.integers(-500, 500), min_size=4, max_size=60, unique=True)
ALPHAS = (0.001, 0.01, 0.1)
ERRORS = st.sampled_from([0.05, 0.025, 0.05 / 12])


def _split(values: list[int]) -> tuple[list[float], list[float]]:
    return [float(v) for v in values[: len(values) // 2]], [
        float(v) for v in values[len(values) // 2 :]
    ]


def _best_tpr_by_thresholds(member: list[float], nonmember: list[float], alpha: float) -> float:
    """Try every threshold there is: flag score > t."""
    best = 0.0
    for t in [-math.inf, *member, *nonmember]:
        if sum(y > t for y in nonmember) <= alpha * len(nonmember) + 1e-9:
            best = max(best, sum(x > t for x in member) / len(member))
    return best


def test_rank_counts_members_above_each_nonmember() -> None:
    ranked = rank([5.0, 3.0, 1.0], [4.0, 2.0], seed=0)
    assert ranked.members_above.tolist() == [1, 2, 3]
    assert (ranked.n_members, ranked.n_nonmembers) == (3, 2)


@given(DISTINCT, st.integers(0, 2**40))
def test_rank_of_distinct_scores_depends_on_neither_seed_nor_order_nor_scale(
    values: list[int], seed: int
) -> None:
    member, nonmember = _split(values)
    expected = rank(member, nonmember, seed=0).members_above.tolist()
    shuffled = rank(member[::-1], sorted(nonmember), seed=seed)
    mapped = rank(np.arctan(np.array(member) / 100), np.arctan(np.array(nonmember) / 100), seed=1)
    assert shuffled.members_above.tolist() == expected
    assert mapped.members_above.tolist() == expected


def test_rank_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    ties = np.zeros(200), np.zeros(200)
    first, again, other = (rank(*ties, seed=s).members_above for s in (7, 7, 8))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_rank_breaks_ties_blind_to_membership() -> None:
    # All scores equal: members and non-members must mix, not stand in two blocks.
    tprs = [tpr_at_fpr(rank(np.zeros(500), np.zeros(500), seed=s), 0.1) for s in range(60)]
    assert np.mean(tprs) == pytest.approx(0.1, abs=3 * float(np.std(tprs)) / math.sqrt(60) + 0.002)


def test_rank_gives_a_record_the_same_draw_in_every_attack() -> None:
    # Two attacks that tie the same records must order them alike.
    one = rank(np.zeros(50), np.zeros(50), seed=3).members_above
    two = rank(np.full(50, -7.0), np.full(50, -7.0), seed=3).members_above
    assert one.tolist() == two.tolist()


@given(DISTINCT, st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.5, 1.0]))
def test_tpr_point_equals_a_search_over_all_thresholds(values: list[int], alpha: float) -> None:
    member, nonmember = _split(values)
    expected = _best_tpr_by_thresholds(member, nonmember, alpha)
    assert tpr_at_fpr(rank(member, nonmember, seed=0), alpha) == expected


@pytest.mark.parametrize(
    ("alpha", "n0", "allowed", "expected"),
    [
        (0.001, 3000, 3, 4),
        (0.001, 2999, 2, 3),
        (0.1, 9, 0, 1),
        (0.01, 100, 1, 2),
        (1.0, 5, 5, 6),
        (0.001, 5, 0, 1),
    ],
)
def test_false_alarm_counts_survive_binary_rounding(
    alpha: float, n0: int, allowed: int, expected: int
) -> None:
    assert allowed_false_alarms(alpha, n0) == allowed
    assert expected_rank(alpha, n0) == expected


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (1, 10), (7, 10), (10, 10), (3, 5000)])
def test_rate_limits_are_clopper_pearson(hits: int, trials: int) -> None:
    low, high = rate_lower(hits, trials, 0.03), rate_upper(hits, trials, 0.03)
    if hits:
        assert binom.sf(hits - 1, trials, low) == pytest.approx(0.03)
    else:
        assert low == 0.0
    if hits < trials:
        assert binom.cdf(hits, trials, high) == pytest.approx(0.03)
    else:
        assert high == 1.0


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("n0", [30, 500, 4000])
@pytest.mark.parametrize("error", [0.025, 0.002])
def test_threshold_ranks_equal_a_linear_search(alpha: float, n0: int, error: float) -> None:
    chances = beta.cdf(alpha, np.arange(1, n0 + 1), np.arange(n0, 0, -1))
    safe = [k for k in range(1, n0 + 1) if chances[k - 1] >= 1 - error]
    covering = [k for k in range(1, n0 + 1) if chances[k - 1] <= error]
    found = safe_rank(alpha, n0, error), covering_rank(alpha, n0, error)
    assert [pair and pair[0] for pair in found] == [
        max(safe, default=None),
        min(covering, default=None),
    ]


def test_tail_chance_is_a_binomial_tail() -> None:
    assert tail_chance(0.01, 4, 300) == pytest.approx(binom.sf(3, 300, 0.01))


def test_leak_lower_is_the_negative_binomial_limit() -> None:
    # 200 members above the 11th of 10 000 outsiders, 10 000 members: about 11 times likelier.
    share = beta.ppf(0.05, 200, 11)
    assert leak_lower(200, 11, 10_000, 10_000, 0.05) == pytest.approx(share / (1 - share))
    assert leak_lower(200, 11, 10_000, 10_000, 0.05) == pytest.approx(11.3, abs=0.3)
    assert leak_lower(200, 11, 20_000, 10_000, 0.05) == pytest.approx(share / (1 - share) / 2)
    assert leak_lower(0, 11, 10_000, 10_000, 0.05) == 0.0


def test_tpr_lower_and_upper_follow_the_stated_recipe() -> None:
    # 2 000 outsiders, alpha 1 %, error .05; 300 of 1 500 members above them all.
    member = np.concatenate([np.full(300, 9.0), np.full(1200, -9.0)])
    nonmember = np.linspace(-1, 1, 2000)
    ranked = rank(member, nonmember, seed=0)
    chances = binom.sf(np.arange(2000), 2000, 0.01)  # entry k-1: P(at least k flagged)
    safe = np.flatnonzero(chances >= 1 - 0.0125)[-1] + 1
    covering = np.flatnonzero(chances <= 0.025)[0] + 1
    by_steps = beta.ppf(0.025 - (1 - chances[safe - 1]), 300, 1201)
    share = beta.ppf(0.025, 300, 21)
    by_leak = 0.01 * 2000 / 1500 * share / (1 - share)
    assert tpr_lower(ranked, 0.01, 0.05) == pytest.approx(max(by_steps, by_leak))
    upper = beta.ppf(1 - (0.05 - chances[covering - 1]), 301, 1200)
    assert tpr_upper(ranked, 0.01, 0.05) == pytest.approx(upper)


def test_tpr_bounds_say_nothing_where_n0_cannot_resolve_the_rate() -> None:
    # The defect: TPR at 0.00001 % FPR printed from 200 non-members.
    ranked = rank(np.ones(200), np.zeros(200), seed=0)
    assert tpr_lower(ranked, 1e-7, 0.05) < 1e-4
    assert tpr_upper(rank([0.0, 1.0], [0.5], seed=0), 0.5, 0.05) == 1.0
    stats = summarise(np.ones(200), np.zeros(200), seed=0, family_size=1)
    assert [stats.tpr[key].value for key in ("0.001", "0.01", "0.1")] == [None, None, 1.0]
    assert [stats.tpr[key].high for key in ("0.001", "0.01")] == [None, None]


def test_tpr_is_shown_from_zero_where_no_lower_bound_exists() -> None:
    rng = np.random.default_rng(0)
    stats = summarise(rng.random(400) * 0.9, rng.random(400), seed=0, family_size=1)
    shown = stats.tpr["0.01"]
    assert (shown.value, shown.low, shown.reportable, shown.rated) == (0.0, 0.0, True, False)
    assert shown.high == tpr_upper(rank(np.zeros(400), np.ones(400), seed=0), 0.01, 0.025)


@given(DISTINCT, st.sampled_from(ALPHAS), ERRORS)
def test_tpr_bounds_enclose_the_point(values: list[int], alpha: float, error: float) -> None:
    ranked = rank(*_split(values), seed=0)
    low, high = tpr_lower(ranked, alpha, error), tpr_upper(ranked, alpha, error)
    assert 0.0 <= low <= tpr_at_fpr(ranked, alpha) <= high <= 1.0


@given(DISTINCT, ERRORS)
def test_tpr_bounds_tighten_as_the_error_grows(values: list[int], error: float) -> None:
    ranked = rank(*_split(values), seed=0)
    assert tpr_lower(ranked, 0.1, error) >= tpr_lower(ranked, 0.1, error / 10)
    assert tpr_upper(ranked, 0.1, error) <= tpr_upper(ranked, 0.1, error / 10)


def test_roc_of_few_records_is_complete_and_ends_at_one() -> None:
    fpr, tpr = roc_curve(rank([5.0, 3.0, 1.0], [4.0, 2.0], seed=0))
    assert fpr.tolist() == [0.0, 0.5, 1.0]
    assert tpr.tolist() == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_roc_of_many_records_is_thinned_to_true_vertices() -> None:
    rng = np.random.default_rng(1)
    ranked = rank(rng.normal(0.2, 1, 3000), rng.normal(0, 1, 50_000), seed=0)
    fpr, tpr = roc_curve(ranked)
    alarms = np.rint(fpr * 50_000).astype(int)
    assert len(fpr) <= 400
    assert alarms[:200].tolist() == list(range(200))
    assert (alarms[0], alarms[-1], tpr[-1]) == (0, 50_000, 1.0)
    assert tpr.tolist() == (ranked.members_above[alarms] / 3000).tolist()
    assert np.all(np.diff(fpr) > 0)
    assert np.all(np.diff(tpr) >= 0)
