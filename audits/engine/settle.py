"""How many records would settle what a verdict leaves open."""

import math
from collections.abc import Iterator
from typing import Final

from scipy.special import betainc, ndtri

from audits.engine.bounds import covering_rank, rate_upper
from audits.engine.policy import (
    BETA,
    FPR_LEVELS,
    LEVELS,
    LOW_FPR_TRIGGERS,
    Level,
    LevelName,
    rated_triggers,
)

CHANCE: Final = 0.9
"""Chance that a model without leakage is settled at the size named, over the whole family."""

_LARGEST: Final = 10_000_000


def records_to_settle(
    level: LevelName, n_members: int, n_nonmembers: int, *, family_size: int
) -> int | None:
    """Return the sample size that would rule out a level for a model without leakage.

    Parameters
    ----------
    level
        "L1" to "L4".
    n_members, n_nonmembers
        The sizes of this audit; a side that is larger than the answer is kept as it is.
    family_size
        Number of attacks that must all pass, >= 1.

    Returns
    -------
    int or None
        Records needed on each side, rounded up to two digits, above the smaller side of today;
        None where today's sizes already settle the level for such a model (then the attack's
        own figure keeps it open), or where no size does.

    Raises
    ------
    ValueError
        The level has no row in the table.
    """
    rows = [row for row in LEVELS if row.name == level]
    if not rows:
        raise ValueError(f"no level {level!r} to rule out")
    if clean_model_settles(rows[0], n_members, n_nonmembers, family_size):
        return None
    for size in _round_sizes(min(n_members, n_nonmembers)):
        sizes = max(size, n_members), max(size, n_nonmembers)
        if clean_model_settles(rows[0], *sizes, family_size):
            return size
    return None


def clean_model_settles(level: Level, n_members: int, n_nonmembers: int, family_size: int) -> bool:
    """Say whether these sizes rule the level out for a model without leakage, at CHANCE.

    Needs a rated TPR trigger: without one the outcome is inconclusive whatever the AUC says.
    """
    triggers = rated_triggers(n_members, n_nonmembers)
    chance = 1.0 - (1.0 - CHANCE) / family_size  # the tightest trigger decides, all attacks count
    low_fpr = [t for t in LOW_FPR_TRIGGERS if t in triggers]
    for trigger in triggers:
        threshold = level.threshold(trigger, low_fpr_rated=bool(low_fpr))
        upper = (
            clean_auc_upper(n_members, n_nonmembers, chance)
            if trigger == "auc"
            else clean_tpr_upper(FPR_LEVELS[trigger], n_members, n_nonmembers, chance)
        )
        if threshold is not None and upper >= threshold:
            return False
    return bool(low_fpr)


def clean_tpr_upper(alpha: float, n_members: int, n_nonmembers: int, chance: float) -> float:
    """Return what the full-BETA upper limit of the TPR stays under, without leakage.

    Without leakage the members above the k-th largest non-member follow (nearly, and never more
    spread out than) a negative binomial; its `chance` quantile goes into the limit.
    """
    covering = covering_rank(alpha, n_nonmembers, BETA / 2)
    if covering is None:
        return 1.0
    k, used = covering
    share = n_nonmembers / (n_members + n_nonmembers)
    low, high = -1, n_members  # invariant: the quantile lies in (low, high]
    while high - low > 1:
        middle = (low + high) // 2
        if betainc(k, middle + 1, share) >= chance:
            high = middle
        else:
            low = middle
    return rate_upper(high, n_members, BETA - used)


def clean_auc_upper(n_members: int, n_nonmembers: int, chance: float) -> float:
    """Return what the full-BETA upper limit of the AUC stays under, without leakage."""
    z = -float(ndtri(BETA)) + float(ndtri(chance))
    spread = (n_members + n_nonmembers + 1) / (12.0 * n_members * n_nonmembers)
    return 0.5 + z * math.sqrt(spread)


def _round_sizes(above: int) -> Iterator[int]:
    """Yield the two-digit round numbers above a size: 990, 1000, 1100, ... 10 000 000."""
    step, digits = 1, 10
    while step * digits <= _LARGEST:
        if step * digits > above:
            yield step * digits
        digits += 1
        if digits == 100:  # noqa: PLR2004 - two digits
            step, digits = step * 10, 10
