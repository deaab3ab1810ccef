"""What the number of records does to the verdict on a model that leaks nothing.

`make proof NAME=what_n_buys` and `NAME=no_cliff` simulate many clean audits at each size, with
the attacks of a full audit independent of each other, the case least favourable to us.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from audits.engine import metrics, verdict
from audits.engine.policy import BETA, FAMILIES, FULL_DEPTH, LEVELS, POWER
from audits.engine.settle import clean_model_settles

FAMILY: Final = FAMILIES[FULL_DEPTH]
BOUGHT: Final = (100, 300, 500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 50_000)
EDGES: Final = sorted(
    {
        size + step
        for guard in POWER.values()
        for size in (guard.rated_members, guard.rated_nonmembers, guard.reportable_nonmembers)
        for step in (-1, 0, 1)
        if size >= 100
    }
)
"""Every size at which a figure becomes reportable or rated, with its neighbours."""

BETTER: Final = ("inconclusive", "trace", "no_sign")

Record = Callable[[str, Mapping[str, Any]], Path | None]
Sides = tuple[Any, Any]


def _decided(scores: Mapping[str, Sides], seed: int) -> verdict.Verdict:
    stats = {
        key: metrics.summarise(*sides, seed=seed, family_size=len(FAMILY))
        for key, sides in scores.items()
    }
    return verdict.decide(stats, depth=4, split="random", gates={"blind_baseline": "passed"})


def _simulated(sizes: tuple[int, ...], runs: int) -> dict[str, dict[str, float]]:
    """Return per size the share of clean audits with each ceiling and each outcome.

    The smaller audits of a run are the first records of the larger ones.
    """
    found = {size: Counter[str]() for size in sizes}
    for run in range(runs):
        rng = np.random.default_rng([run, max(sizes)])
        whole = {key: (rng.random(max(sizes)), rng.random(max(sizes))) for key in FAMILY}
        for size, told in found.items():
            decided = _decided({key: (a[:size], b[:size]) for key, (a, b) in whole.items()}, run)
            told[f"ceiling {decided.ceiling}"] += 1
            told[f"outcome {decided.outcome}"] += 1
            told["settled"] += decided.outcome in {"no_sign", "trace"}
            told["any level"] += decided.reached != "L0"
    return {
        f"{size:,}": {name: count / runs for name, count in sorted(told.items())}
        for size, told in found.items()
    }


def _typical(n1: int, n0: int) -> Sides:
    """Return scores of a model without leakage that is neither lucky nor unlucky."""
    return (np.arange(n1) + 0.5) / n1, (np.arange(n0) + 0.5) / n0


def _typical_outcome(n1: int, n0: int) -> str:
    return _decided(dict.fromkeys(FAMILY, _typical(n1, n0)), 0).outcome


def _falls(sizes: list[int], rank: Callable[[int, int], int]) -> list[str]:
    """Name every step to more records, on either side or both, after which the rank is lower."""
    ranks = {(n1, n0): rank(n1, n0) for n1, n0 in product(sizes, repeat=2)}
    found = []
    for fixed, (fewer, more) in product(sizes, pairwise(sizes)):
        steps = (
            ((fixed, fewer), (fixed, more)),
            ((fewer, fixed), (more, fixed)),
            ((fewer, fewer), (more, more)),
        )
        found += [f"{a} to {b}" for a, b in steps if ranks[b] < ranks[a]]
    return sorted(set(found))


def _drops(told: Mapping[str, Mapping[str, float]], runs: int) -> list[str]:
    """Name every pair of sizes where more records settle clearly fewer clean audits."""
    found = []
    for (small, fewer), (large, more) in pairwise(told.items()):
        before, after = fewer.get("settled", 0.0), more.get("settled", 0.0)
        error = math.sqrt(max(before * (1 - before) + after * (1 - after), 1.0 / runs) / runs)
        if after < before - 3.0 * error:
            found.append(f"{small} to {large}: {before:.3f} to {after:.3f}")
    return found


def _sizes(count: int) -> list[int]:
    grid = np.geomspace(100, 60_000, count).round().astype(int).tolist()
    return sorted({*grid, *EDGES})


def test_a_drop_is_found() -> None:
    told = {"100": {"settled": 0.9}, "200": {"settled": 0.8}}
    assert _drops(told, 1_000) == ["100 to 200: 0.900 to 0.800"]
    assert _falls([100, 200], lambda n1, n0: -n1 * n0) != []


def test_typical_clean_model_is_never_worse_off_with_more_records() -> None:
    sizes = _sizes(3)
    assert _falls(sizes, lambda n1, n0: BETTER.index(_typical_outcome(n1, n0))) == []
    assert _typical_outcome(100, 100) == "inconclusive"
    assert _typical_outcome(10_000, 10_000) == "no_sign"


def test_few_clean_audits_are_settled_more_often_with_more_records() -> None:
    told = _simulated((300, 1_000, 3_000, 10_000), 40)
    assert _drops(told, 40) == []
    assert told["300"].get("settled", 0.0) == 0.0
    assert told["10,000"]["settled"] >= 0.9


def test_ceiling_rises_where_a_rarer_rate_begins_to_count_and_the_outcome_stays() -> None:
    guard = POWER["0.001"].rated_nonmembers
    before, after = _simulated((guard - 1, guard), 40).values()
    assert after["ceiling L1"] < 0.5 < before["ceiling L1"]
    assert _drops({"before": before, "after": after}, 40) == []


@pytest.mark.proof
def test_proof_no_cliff(record_proof: Record) -> None:
    sizes, runs = _sizes(60), 1_000
    serious = next(level for level in LEVELS if level.name == "L3")
    small = [n for n in sizes if n <= 20_000]
    simulated = _simulated(tuple(sorted({*small[::3], *(n for n in EDGES if n in small)})), runs)
    found = {
        "sizes": sizes,
        "typical": _falls(sizes, lambda n1, n0: BETTER.index(_typical_outcome(n1, n0))),
        "unlucky": _falls(
            sizes, lambda n1, n0: int(clean_model_settles(serious, n1, n0, len(FAMILY)))
        ),
        "runs": runs,
        "simulated": simulated,
        "drops": _drops(simulated, runs),
    }
    record_proof("no_cliff", found)
    assert found["typical"] == []
    assert found["unlucky"] == []
    assert found["drops"] == []


@pytest.mark.proof
def test_proof_what_n_buys(record_proof: Record) -> None:
    runs = 1_000
    told = _simulated(BOUGHT, runs)
    record_proof("what_n_buys", {"runs": runs, "family": list(FAMILY), "sizes": told})
    most = BETA + 3.0 * math.sqrt(BETA * (1.0 - BETA) / runs)
    assert {size: row for size, row in told.items() if row.get("any level", 0.0) > most} == {}
    assert _drops(told, runs) == []
    assert told["10,000"]["settled"] >= 0.9
