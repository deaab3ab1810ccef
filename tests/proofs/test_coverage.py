"""Every bound and interval covers what it claims, on simulated scores whose truth is known.

`make proof NAME=coverage` draws thousands of score sets of each shape and size; the ordinary run
a hundred. Every claim has to lie within three standard errors of its nominal level. Of hundreds of
exact claims one or two lie outside by chance, so two rules were fixed before anything was drawn:

* no claim may lie so far outside that all of them together would do so with chance 0.001;
* a condition with a claim outside three errors is drawn again, other sets and four times as many,
  and that claim has to lie within three errors over all sets of both draws. As the first draw was
  chosen for being bad, this is harder than three errors of a draw not chosen.

Both draws are written down.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from scipy.stats import binom

from audits.engine import metrics, per_record, verdict
from audits.engine.epsilon import epsilon
from audits.engine.policy import (
    BETA,
    FAMILIES,
    FPR_LEVELS,
    FULL_DEPTH,
    PRINTED_SIDE_ERROR,
    reach_error,
)
from tests.proofs.score_sets import SHAPES, Floats, Shape, rare_marker

SETS: Final = 2_000
SETS_AGAIN: Final = 4 * SETS
TOGETHER: Final = 0.001
"""Chance that any claim of an engine without fault lies beyond the limit of all of them."""

SIZES: Final = (
    (300, 300), (1_000, 1_000), (3_000, 3_000), (10_000, 10_000), (500, 5_000), (5_000, 500)
)  # fmt: skip
FAMILY: Final = len(FAMILIES[FULL_DEPTH])
LISTED_RATE: Final = per_record.FALSE_DISCOVERY_RATE
P_LEVELS: Final = (0.01, 0.05, 0.1)

Record = Callable[[str, Mapping[str, Any]], Path | None]
Sides = tuple[Floats, Floats]
Miss = tuple[str, float, bool]
"""What is claimed, the nominal chance that it is wrong, and whether it was."""


def _of_the_auc(shape: Shape, members: Floats, nonmembers: Floats) -> Iterator[Miss]:
    area, sizes = metrics.delong(members, nonmembers), (len(members), len(nonmembers))
    for use, error in (("printed", PRINTED_SIDE_ERROR), ("reached", reach_error(FAMILY, *sizes))):
        found = area.interval(error)
        yield f"AUC, lower, {use}", error, found.low > shape.auc
        yield f"AUC, upper, {use}", error, found.high < shape.auc
    yield "AUC, upper, ruled out", BETA, area.interval(BETA).high < shape.auc


def _of_the_rates(shape: Shape, ranked: metrics.RankedScores) -> Iterator[Miss]:
    reached = reach_error(FAMILY, ranked.n_members, ranked.n_nonmembers)
    for name, alpha in FPR_LEVELS.items():
        true, promised = shape.tpr(alpha), shape.promised(alpha)
        for use, error in (("printed", PRINTED_SIDE_ERROR), ("reached", reached)):
            low = metrics.tpr_lower(ranked, alpha, error)
            yield f"TPR at {name}, lower, {use}", error, low > promised * (1 + 1e-9)
        for use, error in (("printed", PRINTED_SIDE_ERROR), ("ruled out", BETA)):
            high = metrics.tpr_upper(ranked, alpha, error)
            yield f"TPR at {name}, upper, {use}", error, high < true * (1 - 1e-9)


def _of_the_leak(shape: Shape, family: Mapping[str, metrics.RankedScores]) -> Iterator[Miss]:
    """Of one attack and of a family, the largest bound; only where there is a finite truth."""
    if math.isinf(shape.leak):
        return
    for attacks, delta in product((1, FAMILY), (0.0, 1e-5)):
        some = dict(list(family.items())[:attacks])
        found = epsilon(some, split="random", delta=delta)
        if found.low is not None and found.leak_factor_low is not None:
            told = f"{attacks} attacks, delta {delta:g}"
            wrong = found.low > math.log(shape.leak)
            yield f"epsilon, lower, {told}", PRINTED_SIDE_ERROR, wrong
            wrong = found.leak_factor_low > shape.leak
            yield f"leak factor, lower, {told}", PRINTED_SIDE_ERROR, wrong


def _of_the_family(shape: Shape, family: Mapping[str, Sides], seed: int) -> Iterator[Miss]:
    """Of a model without leakage any level at all is claimed at most with the chance BETA."""
    if shape.leak == 1.0:
        stats = {
            key: metrics.summarise(*sides, seed=seed, family_size=FAMILY)
            for key, sides in family.items()
        }
        yield "any level, a family", BETA, verdict.reached_level(stats) > 0


def _of_a_record(shape: Shape, members: Floats, nonmembers: Floats) -> Iterator[Miss]:
    """A member that looks like any outsider is the first of the flat shape."""
    if shape.leak == 1.0:
        p = float(per_record.p_values(members[:1], nonmembers)[0])
        for level in P_LEVELS:
            yield f"p-value of a record at {level:g}", level, p <= level


def _claims(shape: Shape, family: Mapping[str, Sides], seed: int) -> Iterator[Miss]:
    ranked = {key: metrics.rank(*sides, seed=seed) for key, sides in family.items()}
    first = next(iter(family))
    yield from _of_the_auc(shape, *family[first])
    yield from _of_the_rates(shape, ranked[first])
    yield from _of_the_leak(shape, ranked)
    yield from _of_the_family(shape, family, seed)
    yield from _of_a_record(shape, *family[first])


def _misses(
    shape: Shape, sizes: tuple[int, int], sets: int, *, again: bool = False
) -> dict[str, dict[str, float]]:
    """Return per claim its nominal chance of a miss and the share of sets in which it missed.

    A family of attacks independent of each other: the case least favourable to it.
    """
    rng = np.random.default_rng([*sizes, SHAPES.index(shape), *([1] if again else [])])
    wrong, nominal = Counter[str](), {}
    for run in range(sets):
        family = {
            f"attack {i}": (shape.members(rng, sizes[0]), shape.nonmembers(rng, sizes[1]))
            for i in range(FAMILY)
        }
        for name, chance, missed in _claims(shape, family, run):
            nominal[name] = chance
            wrong[name] += missed
    return {
        name: {"nominal": chance, "missed": wrong[name] / sets} for name, chance in nominal.items()
    }


def _excesses(found: Mapping[str, Any], errors: float = 3.0) -> list[str]:
    """Name every claim that missed more often than its nominal chance and so many of its errors."""
    return [
        f"{condition}: {name} missed {told['missed']:.4f}, nominal {told['nominal']:.4f}"
        for condition, claims in found["conditions"].items()
        for name, told in claims.items()
        if told["missed"] > told["nominal"] + errors * _error(told["nominal"], found["sets"])
    ]


def _beyond(found: Mapping[str, Any], chance: float = TOGETHER) -> list[str]:
    """Name every claim that missed so often that one of all would with no more than this chance."""
    told = [
        (f"{condition}: {name}", claim)
        for condition, claims in found["conditions"].items()
        for name, claim in claims.items()
    ]
    return [
        name
        for name, claim in told
        if binom.sf(round(claim["missed"] * found["sets"]) - 1, found["sets"], claim["nominal"])
        < chance / len(told)
    ]


def _both(found: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was drawn again with the first draw of the same conditions added."""
    sets = found["sets"] + again["sets"]
    return {
        "sets": sets,
        "conditions": {
            condition: {
                name: told | {"missed": (told["missed"] * again["sets"]
                    + found["conditions"][condition][name]["missed"] * found["sets"]) / sets}
                for name, told in claims.items()
            }
            for condition, claims in again["conditions"].items()
        },
    }  # fmt: skip


def _error(chance: float, sets: int) -> float:
    return math.sqrt(chance * (1.0 - chance) / sets)


def _false_share_of_lists(sizes: tuple[int, int], sets: int) -> dict[str, float]:
    """Return the mean share of unremarkable members on the lists, and its standard error.

    One member in twenty is marked, no outsider is: whoever is not marked looks like an outsider.
    """
    shape, rng = rare_marker(0.05, 1e-12), np.random.default_rng([*sizes, 77])
    shares = []
    for _ in range(sets):
        members, nonmembers = shape.members(rng, sizes[0]), shape.nonmembers(rng, sizes[1])
        listed = per_record.exposed_members(per_record.p_values(members, nonmembers))
        shares.append(float(np.mean(members[listed] < 1.0)) if len(listed) else 0.0)
    return {
        "mean": float(np.mean(shares)),
        "error": float(np.std(shares, ddof=1)) / math.sqrt(sets),
        "with_a_false_name": float(np.mean([share > 0 for share in shares])),
    }


def _measured(sizes: tuple[tuple[int, int], ...], sets: int) -> dict[str, Any]:
    return {
        "sets": sets,
        "conditions": {
            _named(shape, each): _misses(shape, each, sets) for shape in SHAPES for each in sizes
        },
        "false_discoveries": {
            f"{n1:,} members, {n0:,} others": _false_share_of_lists((n1, n0), sets)
            for n1, n0 in sizes
        },
    }


def _drawn_again(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same claims, of the conditions that had one outside its errors alone."""
    doubted = {one.partition(": ")[0] for one in _excesses(found)}
    return {
        "sets": SETS_AGAIN,
        "conditions": {
            _named(shape, sizes): _misses(shape, sizes, SETS_AGAIN, again=True)
            for shape, sizes in product(SHAPES, SIZES)
            if _named(shape, sizes) in doubted
        },
    }


def _named(shape: Shape, sizes: tuple[int, int]) -> str:
    return f"{shape.name}, {sizes[0]:,} members, {sizes[1]:,} others"


def _claims_of(excesses: list[str]) -> set[str]:
    return {one.partition(" missed ")[0] for one in excesses}


def _wrong_lists(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{size}: {told['mean']:.4f}"
        for size, told in found["false_discoveries"].items()
        if told["mean"] > LISTED_RATE + 3.0 * told["error"]
    ]


def test_bounds_cover_on_a_hundred_sets() -> None:
    found = _measured(((300, 300), (1_000, 400)), 100)
    # Of hundreds of claims on a hundred sets a few lie outside three errors by chance.
    assert _excesses(found, errors=5.0) == []
    assert _wrong_lists(found) == []
    assert any(told["with_a_false_name"] > 0 for told in found["false_discoveries"].values())


@pytest.mark.parametrize(("chance", "missed"), [(0.025, 0.036), (0.05, 0.065)])
def test_a_bound_that_misses_too_often_is_found(chance: float, missed: float) -> None:
    told = {"a bound": {"nominal": chance, "missed": missed}}
    assert len(_excesses({"sets": SETS, "conditions": {"flat": told}})) == 1


def test_a_claim_outside_its_errors_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    name, sizes = _named(SHAPES[0], SIZES[0]), SIZES[0]
    told = {"nominal": 0.025, "missed": 0.05}
    found = {"sets": SETS, "conditions": {name: {"a bound": told}, "another": {}}}
    assert _claims_of(_excesses(found)) == {f"{name}: a bound"}
    drawn: list[Any] = []

    def kept(shape: Shape, each: tuple[int, int], sets: int, *, again: bool) -> dict[str, Any]:
        drawn.append((shape, each, sets, again))
        return {"a bound": told}

    monkeypatch.setitem(globals(), "_misses", kept)
    again = _drawn_again(found)
    assert drawn == [(SHAPES[0], sizes, SETS_AGAIN, True)]
    assert _claims_of(_excesses(again)) == _claims_of(_excesses(found))


def test_a_claim_is_judged_over_both_draws_and_against_all_others() -> None:
    def drawn(sets: int, missed: float) -> dict[str, Any]:
        told = {"nominal": 0.05, "missed": missed}
        return {"sets": sets, "conditions": {"flat": {"a bound": told}}}

    assert _both(drawn(100, 0.1), drawn(400, 0.05)) == drawn(500, 0.06)
    assert _excesses(_both(drawn(SETS, 0.08), drawn(SETS_AGAIN, 0.055))) != []
    assert _beyond(drawn(SETS, 0.064)) == []
    assert _beyond(drawn(SETS, 0.08)) == ["flat: a bound"]


def test_lower_bounds_speak_of_the_hull_where_the_curve_is_not_concave() -> None:
    shape, rng, size = SHAPES[-1], np.random.default_rng(3), 3_000
    lower = [
        metrics.tpr_lower(
            metrics.rank(shape.members(rng, size), shape.nonmembers(rng, size), seed=run),
            0.01, PRINTED_SIDE_ERROR,
        )
        for run in range(100)
    ]  # fmt: skip
    assert shape.tpr(0.01) == 0.0
    assert sum(low > 0.0 for low in lower) > 20  # of the plain curve they would be wrong
    assert sum(low > shape.promised(0.01) for low in lower) <= 8


@pytest.mark.proof
def test_proof_coverage(record_proof: Record) -> None:
    found = _measured(SIZES, SETS)
    again = _drawn_again(found)
    beyond = [*_beyond(found), *_beyond(again)]
    outside = _claims_of(_excesses(found))
    still = sorted(outside & _claims_of(_excesses(_both(found, again))))
    told = {"outside": sorted(outside), "beyond": beyond, "still": still}
    record_proof("coverage", {**found, "again": again, **told})
    assert beyond == []
    assert still == []
    assert _wrong_lists(found) == []
