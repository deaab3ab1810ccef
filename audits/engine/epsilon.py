"""Leak factor and epsilon: how many times likelier a flag is for a member than for an outsider.

References
----------
Kairouz, Oh, Viswanath (2015): TPR <= exp(epsilon) FPR + delta for every test of an
(epsilon, delta)-differentially private algorithm. Jagielski, Ullman, Oprea (2020). Both speak of
many training runs. Of one run: Steinke, Nasr, Jagielski (2023, arXiv:2305.08846), theorem 5.2:
delta may give away many records at once, so their number is bounded by its expectation, 2 m delta
for m records whose membership is drawn.

The bounds ask that a record's score depends on its membership through the model alone. Attacks
of references and of answers do so by construction. Quantile regression also reads who of the
other folds is a non-member; people and equal rows lie in one fold, so nothing of a record's own
side is among what it reads (`tests/proofs/test_honesty.py` counts what is claimed of clean models).
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from audits.engine.bounds import expected_rank, leak_lower
from audits.engine.metrics import RankedScores
from audits.engine.policy import DELTA, POWER, PRINTED_SIDE_ERROR, Split

_DELTA_SHARE: Final = 0.5
"""Of the error, spent once on how many records delta alone can give away."""


@dataclass(frozen=True, slots=True)
class Epsilon:
    """What the attacks prove about the leak factor and epsilon.

    Attributes
    ----------
    low
        Lower limit of epsilon at delta, >= 0; None where n is below the reportable size.
    leak_factor_low
        Lower limit of the leak factor (delta = 0), >= 1; None likewise.
    delta
        In [0, 1).
    ceiling, leak_factor_ceiling
        The `low` (>= 0) and the `leak_factor_low` (>= 1) a perfect attack would get at this n,
        family and split of the error.
    reportable, rated
        Power guard: 100 / 1 000 records on each side.
    bounds_training
        True only if membership was drawn at random before training: only then is `low` a bound
        on the epsilon of the training algorithm, else it is the leak of this one model. Sides of
        fixed sizes are drawn, so two data sets are neighbours if one record is replaced.
    """

    low: float | None
    leak_factor_low: float | None
    delta: float
    ceiling: float
    leak_factor_ceiling: float
    reportable: bool
    rated: bool
    bounds_training: bool

    def as_json(self) -> dict[str, float | bool | None]:
        """Return the fields under the names of the result document."""
        return asdict(self)


def epsilon(family: Mapping[str, RankedScores], *, split: Split, delta: float = DELTA) -> Epsilon:
    """Return the largest provable leak factor over the family, corrected for the search.

    The error (0.025, as for every printed limit) is split equally over attacks x thresholds;
    thresholds are fixed by n0 alone, see `threshold_ranks`.

    Parameters
    ----------
    family
        Ranked scores of the attacks of the family that ran, at least one, equal sizes.
    split
        "random" if membership was drawn at random before training, else "unknown".
    delta
        In [0, 1).

    Raises
    ------
    ValueError
        No attack, attacks of unequal sizes, or delta outside [0, 1).
    """
    if len({(r.n_members, r.n_nonmembers) for r in family.values()}) != 1:
        raise ValueError("epsilon needs at least one attack, all on the same records")
    if not 0.0 <= delta < 1.0:
        raise ValueError(f"delta must be in [0, 1), got {delta}")
    attacks = list(family.values())
    n1, n0 = attacks[0].n_members, attacks[0].n_nonmembers
    reportable = POWER["epsilon"].reportable(n1, n0)
    proven = [_best_leak(attacks, use_delta) for use_delta in (delta, 0.0)]
    return Epsilon(
        low=math.log(proven[0]) if reportable else None,
        leak_factor_low=proven[1] if reportable else None,
        delta=delta,
        ceiling=epsilon_ceiling(n1, n0, family_size=len(attacks), delta=delta),
        leak_factor_ceiling=leak_factor_ceiling(n1, n0, family_size=len(attacks)),
        reportable=reportable,
        rated=POWER["epsilon"].rated(n1, n0),
        bounds_training=split == "random",
    )


def epsilon_ceiling(
    n_members: int, n_nonmembers: int, *, family_size: int, delta: float = DELTA
) -> float:
    """Return the epsilon that an attack placing every member above every outsider would prove."""
    return math.log(_most_leak(n_members, n_nonmembers, family_size=family_size, delta=delta))


def leak_factor_ceiling(n_members: int, n_nonmembers: int, *, family_size: int) -> float:
    """Return the leak factor that such an attack would prove, at delta = 0; >= 1."""
    return _most_leak(n_members, n_nonmembers, family_size=family_size, delta=0.0)


def _most_leak(n_members: int, n_nonmembers: int, *, family_size: int, delta: float) -> float:
    ranks = threshold_ranks(n_nonmembers)
    spared, error = _spared(n_members + n_nonmembers, delta)
    hits, share = n_members - spared, error / (family_size * len(ranks))
    leaks = [leak_lower(hits, k, n_members, n_nonmembers, share) for k in ranks]
    return max(1.0, *leaks)


def threshold_ranks(n_nonmembers: int) -> tuple[int, ...]:
    """Return the ranks looked at: false-alarm rates 10 %, 1 %, ... down to the last with one in n0.

    Fixed by n0 before any score is seen; ceil(alpha (n0 + 1)) for each such alpha.
    """
    decades = range(1, max(1, math.floor(math.log10(n_nonmembers) + 1e-9)) + 1)
    return tuple(expected_rank(10.0**-decade, n_nonmembers) for decade in decades)


def _best_leak(attacks: list[RankedScores], delta: float) -> float:
    """Return the largest corrected leak bound; never below 1, the leak of flagging everyone."""
    n1, n0 = attacks[0].n_members, attacks[0].n_nonmembers
    ranks = threshold_ranks(n0)
    spared, error = _spared(n1 + n0, delta)
    share = error / (len(attacks) * len(ranks))
    leaks = [
        leak_lower(int(ranked.members_above[k - 1]) - spared, k, n1, n0, share)
        for ranked in attacks
        for k in ranks
    ]
    return max(1.0, *leaks)


def _spared(records: int, delta: float) -> tuple[int, float]:
    """Return how many hits delta may have given away, and the error that is left for the rest.

    The records that delta gives away are a property of the one training run: the same for every
    attack and threshold, so their part of the error is spent once. There are i of them or more
    with a chance of at most 2 m delta / i, however they depend on each other.
    """
    if delta == 0.0:
        return 0, PRINTED_SIDE_ERROR
    spent = _DELTA_SHARE * PRINTED_SIDE_ERROR
    return math.ceil(2.0 * records * delta / spent) - 1, PRINTED_SIDE_ERROR - spent
