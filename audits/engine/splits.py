"""Who is IN which reference: balanced complementary halves, fixed by a seed.

References come in pairs. The first of a pair trains on a random half of the audited records, the
second on the other half, so every record is IN exactly one of the two and IN exactly K/2 of K.
Halves are balanced over strata (classes), which costs nothing and steadies small ones; who is a
member is not looked at.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Draw:
    """The training sets of some references.

    Attributes
    ----------
    inside
        (K, N) bool: audited record j is in the training set of reference k.
    extra
        K arrays of population indices, sorted, that top each training set up.
    """

    inside: Bools
    extra: tuple[NDArray[np.int64], ...]


def _half(strata: Ints, rng: np.random.Generator) -> Bools:
    """Return (U,) bool, true for half of the units and for half of each stratum, both +-1."""
    shuffled = rng.permutation(len(strata))
    groups = rng.permutation(int(strata.max()) + 1)[strata[shuffled]]
    order = shuffled[np.argsort(groups, kind="stable")]
    inside = np.zeros(len(strata), dtype=bool)
    inside[order[int(rng.integers(2)) :: 2]] = True
    return inside


def fold_numbers(
    is_member: Bools, units: Ints, folds: int, *, seed: list[int]
) -> NDArray[np.int64]:
    """Return (N,) fold numbers 0..folds-1 for cross-fitting.

    The persons of each side are dealt out in random order, so folds hold equal shares of both
    sides; a person's records stay together.
    """
    rng = np.random.default_rng(seed)
    persons, first, person_of = np.unique(units, return_index=True, return_inverse=True)
    fold_of = np.empty(len(persons), dtype=np.int64)
    for side in (True, False):
        own = rng.permutation(np.flatnonzero(is_member[first] == side))
        fold_of[own] = np.arange(len(own)) % folds
    return fold_of[person_of]


def draw_pairs(
    *,
    strata: Ints,
    n_references: int,
    size: int,
    population: int,
    rng: np.random.Generator,
    units: Ints | None = None,
) -> Draw:
    """Draw the training sets of an even number of references.

    Parameters
    ----------
    strata
        (N,) stratum of each audited record, 0..S-1; only the first record of a unit counts.
    n_references
        K, even.
    size
        Number of records the target was trained on (n1). A half smaller than this is topped up
        from the population to this number, never beyond; a larger half stays as it is.
    population
        Number of population records to draw from, >= 0.
    rng
        Source of all randomness.
    units
        (N,) code of the person each record belongs to; the records of a person stay together.
        None: every record is its own person.

    Raises
    ------
    ValueError
        `n_references` is odd, or there is no record.
    """
    if n_references % 2:
        raise ValueError(f"references come in pairs, got {n_references}")
    if not len(strata):
        raise ValueError("there is no record to draw from")
    if units is None:
        first, unit_of = np.arange(len(strata)), np.arange(len(strata))
    else:
        _, first, unit_of = np.unique(units, return_index=True, return_inverse=True)
    rows: list[Bools] = []
    for _ in range(n_references // 2):
        half = _half(strata[first], rng)[unit_of]
        rows += [half, ~half]
    inside = np.stack(rows) if rows else np.zeros((0, len(strata)), dtype=bool)
    extra = tuple(
        np.sort(rng.choice(population, min(population, max(0, size - int(row.sum()))), False))
        for row in inside
    )
    return Draw(inside, extra)
