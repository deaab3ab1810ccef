"""Leak factor and epsilon: corrected for the search, bounded by what n can prove."""

import json
import math

import numpy as np
import pytest
from scipy.stats import beta

from audits.engine.epsilon import epsilon, epsilon_ceiling, threshold_ranks
from audits.engine.metrics import RankedScores, rank
from audits.engine.policy import Split


def _perfect(n: int) -> RankedScores:
    return rank(np.ones(n), np.zeros(n), seed=0)


def _proven_leak(family: dict[str, RankedScores]) -> float:
    leak = epsilon(family, split="random").leak_factor_low
    assert leak is not None
    return leak


@pytest.mark.parametrize(
    ("n0", "ranks"),
    [
        (5, (1,)),
        (99, (10,)),
        (100, (11, 2)),
        (1_000, (101, 11, 2)),
        (10_000, (1_001, 101, 11, 2)),
    ],
)
def test_thresholds_are_fixed_by_n0_alone(n0: int, ranks: tuple[int, ...]) -> None:
    assert threshold_ranks(n0) == ranks


@pytest.mark.parametrize(("n", "ceiling"), [(100, 2.4), (1_000, 4.7), (10_000, 7.0)])
def test_ceiling_of_a_perfect_attack_is_about_the_published_one(n: int, ceiling: float) -> None:
    assert epsilon_ceiling(n, n, family_size=4) == pytest.approx(ceiling, abs=0.1)


def test_ceiling_by_hand() -> None:
    # 1 000 each, 4 attacks x 3 thresholds, all members above the second-largest non-member.
    share = beta.ppf(0.025 / 12, 1_000, 2)
    expected = math.log(share / (1 - share))
    assert epsilon_ceiling(1_000, 1_000, family_size=4, delta=0.0) == pytest.approx(expected)


def test_ceiling_takes_off_the_records_delta_can_give_away() -> None:
    # 2 x 2 000 records x 1e-5 = 0.04 expected: 4 or more with a chance of at most 0.01, which is
    # less than half the error, 3 or more of at most 0.0133, which is more.
    share = beta.ppf(0.0125 / 12, 997, 2)
    expected = math.log(share / (1 - share))
    assert epsilon_ceiling(1_000, 1_000, family_size=4, delta=1e-5) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "delta", "given_away"), [(2_000, 1e-3, 40), (20_000, 1e-4, 60)])
def test_training_that_gives_many_records_away_at_once_is_bounded(
    n: int, delta: float, given_away: int
) -> None:
    """A (0, delta)-private training: seldom it publishes who is in, of many records together.

    Each of 2 n records is published with chance delta. Members that depend on each other so were
    counted as if each were flagged for itself, and epsilon > 0 was proven far too often.
    """
    published = 2 * n * delta / given_away
    rng, runs = np.random.default_rng(5), 200

    def proven(*, published: bool) -> float:
        found = 0
        for run in range(runs):
            members, others = rng.random((2, n))
            if published:
                members[: rng.binomial(given_away, 0.5)] += 1.0
            told = epsilon({"a": rank(members, others, seed=run)}, split="random", delta=delta)
            assert told.low is not None
            found += told.low > 0
        return found / runs

    wrong = published * proven(published=True) + (1 - published) * proven(published=False)
    assert published > 0.05
    assert wrong <= 0.025


def test_epsilon_of_a_perfect_attack_is_the_ceiling() -> None:
    result = epsilon({"rmia": _perfect(2_000), "lira": _perfect(2_000)}, split="random")
    assert result.low == pytest.approx(result.ceiling)
    assert result.leak_factor_low == result.leak_factor_ceiling
    assert result.leak_factor_ceiling == pytest.approx(
        math.exp(epsilon_ceiling(2_000, 2_000, family_size=2, delta=0.0))
    )


def test_epsilon_of_an_attack_that_finds_nothing_is_zero() -> None:
    result = epsilon({"rmia": rank(np.zeros(500), np.ones(500), seed=0)}, split="unknown")
    assert (result.low, result.leak_factor_low) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("n", "reportable", "rated"), [(99, False, False), (100, True, False), (1_000, True, True)]
)
def test_epsilon_is_shown_and_rated_from_its_sizes(
    n: int, *, reportable: bool, rated: bool
) -> None:
    result = epsilon({"rmia": _perfect(n)}, split="random")
    assert (result.reportable, result.rated) == (reportable, rated)
    assert (result.low is None, result.leak_factor_low is None) == (not reportable, not reportable)
    assert result.ceiling > 0


@pytest.mark.parametrize(("split", "bounds"), [("random", True), ("unknown", False)])
def test_epsilon_bounds_training_only_for_a_random_split(split: Split, *, bounds: bool) -> None:
    assert epsilon({"rmia": _perfect(200)}, split=split).bounds_training is bounds


def test_epsilon_as_json_has_the_documents_keys() -> None:
    entry = epsilon({"rmia": _perfect(50)}, split="random").as_json()
    assert json.loads(json.dumps(entry, allow_nan=False)) == entry
    assert list(entry) == [
        "low", "leak_factor_low", "delta", "ceiling", "leak_factor_ceiling", "reportable", "rated",
        "bounds_training",
    ]  # fmt: skip
    assert (entry["low"], entry["delta"]) == (None, 1e-5)
    assert (entry["reportable"], entry["rated"]) == (False, False)


def test_more_attacks_or_a_larger_delta_prove_less() -> None:
    assert epsilon_ceiling(500, 500, family_size=4) < epsilon_ceiling(500, 500, family_size=1)
    by_delta = [epsilon_ceiling(500, 500, family_size=1, delta=d) for d in (0.0, 1e-5, 1e-2)]
    assert by_delta == sorted(by_delta, reverse=True)
    assert epsilon_ceiling(500, 500, family_size=1, delta=0.999) == 0.0


def test_epsilon_of_clean_data_is_rarely_positive_where_an_uncorrected_maximum_often_is() -> None:
    # The defect: the largest bound over all thresholds and attacks, each at the full error.
    rng, runs, n = np.random.default_rng(1), 300, 500
    corrected, uncorrected = [], []
    for run in range(runs):
        family = {str(a): rank(*rng.random((2, n)), seed=run) for a in range(3)}
        corrected.append(_proven_leak(family) > 1)
        k = np.arange(1, n + 1)
        shares = [beta.ppf(0.025, np.maximum(r.members_above[:-1], 1e-9), k)
                  for r in family.values()]  # fmt: skip
        uncorrected.append(max(np.max(share / (1 - share)) for share in shares) > 1)
    assert np.mean(corrected) <= 0.025 + 3 * math.sqrt(0.025 * 0.975 / runs)
    assert np.mean(uncorrected) >= 0.14


def test_leak_factor_bound_exceeds_a_known_leak_no_more_often_than_it_says() -> None:
    # TPR = min(1, 5 FPR) at every threshold: the leak factor is exactly 5.
    rng, runs, n = np.random.default_rng(2), 400, 1_000
    lows = [
        _proven_leak({"a": rank(1 - rng.random(n) / 5, rng.random(n), seed=r)}) for r in range(runs)
    ]
    wrong = np.mean([low > 5 for low in lows])
    assert wrong <= 0.025 + 3 * math.sqrt(0.025 * 0.975 / runs)
    assert np.mean(lows) > 3


@pytest.mark.parametrize(
    ("family", "delta"),
    [({}, 0.0), ({"a": _perfect(3), "b": _perfect(4)}, 0.0), ({"a": _perfect(3)}, 1.0)],
)
def test_epsilon_refuses_what_it_cannot_bound(
    family: dict[str, RankedScores], delta: float
) -> None:
    with pytest.raises(ValueError, match=r"epsilon|delta"):
        epsilon(family, split="random", delta=delta)
