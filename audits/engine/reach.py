"""What a number of records can prove, before anything is measured.

Only sizes go in: a plan that promises more than its records allow is seen before it runs.
"""

from dataclasses import dataclass

from audits.engine.epsilon import leak_factor_ceiling
from audits.engine.policy import LEVELS, LOW_FPR_TRIGGERS, LevelName, rated_triggers
from audits.engine.settle import clean_model_settles, records_to_settle


@dataclass(frozen=True, slots=True)
class LevelReach:
    """What these sizes allow to be said of one level.

    Attributes
    ----------
    level
        "L1" to "L4".
    shown
        Whether a leak of this size can be what a verdict says; a trace is none where no low
        false-alarm rate is rated: the outcome then is inconclusive.
    ruled_out
        Whether a model without leakage would, nearly always, be cleared of it.
    records_needed
        Records on each side from which it would; None where it is so already, or never.
    """

    level: LevelName
    shown: bool
    ruled_out: bool
    records_needed: int | None


@dataclass(frozen=True, slots=True)
class Reach:
    """All levels, lowest first, and the largest leak factor that could be proven, >= 1."""

    levels: tuple[LevelReach, ...]
    leak_factor_ceiling: float


def reach(n_members: int, n_nonmembers: int, *, family_size: int) -> Reach:
    """Return what an audit of these sizes can show and rule out.

    Parameters
    ----------
    n_members, n_nonmembers
        Sizes of the two sides, >= 1: people where people are counted.
    family_size
        Attacks the verdict will rest on, >= 1.

    Raises
    ------
    ValueError
        A size is below 1.
    """
    if min(n_members, n_nonmembers, family_size) < 1:
        raise ValueError("both sides and the family need at least one")
    levels = tuple(
        LevelReach(
            level=row.name,
            shown=_shown(row.name, n_members, n_nonmembers),
            ruled_out=clean_model_settles(row, n_members, n_nonmembers, family_size),
            records_needed=records_to_settle(
                row.name, n_members, n_nonmembers, family_size=family_size
            ),
        )
        for row in LEVELS
    )
    ceiling = leak_factor_ceiling(n_members, n_nonmembers, family_size=family_size)
    return Reach(levels=levels, leak_factor_ceiling=ceiling)


def _shown(level: LevelName, n_members: int, n_nonmembers: int) -> bool:
    """Say whether a rated trigger speaks of the level: a perfect attack then always reaches it.

    The power guard asks for so many records that its lower bounds lie above every threshold.
    """
    row = next(row for row in LEVELS if row.name == level)
    triggers = rated_triggers(n_members, n_nonmembers)
    low_fpr = any(trigger in triggers for trigger in LOW_FPR_TRIGGERS)
    if level == LEVELS[0].name and not low_fpr:
        return False
    return any(row.threshold(trigger, low_fpr_rated=low_fpr) is not None for trigger in triggers)
