"""The verdict policy of the engine: every number a verdict depends on, in one versioned place.

No authority sets a pass mark for membership inference; these thresholds are the house's own.
Change a number here and `RATING_POLICY` changes with it, so that two verdicts made under
different policies are never compared unawares.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

RATING_POLICY: Final = "2026.2"

LevelName = Literal["L0", "L1", "L2", "L3", "L4"]
Outcome = Literal["no_sign", "trace", "noticeable", "serious", "severe", "inconclusive", "invalid"]
Grade = Literal["A", "B", "C"]
Split = Literal["random", "unknown"]
Trigger = Literal["0.001", "0.01", "auc"]
GateState = Literal["passed", "failed", "unsettled", "not_run"]

BETA: Final = 0.05
"""One-sided error of each of the two claims of a verdict: "reached" and "ruled out"."""

PRINTED_SIDE_ERROR: Final = 0.025
"""Error per side of every printed interval (two-sided 95 %, per attack, uncorrected)."""

DELTA: Final = 1e-5
"""The default delta of (epsilon, delta)-differential privacy."""

FPR_LEVELS: Final[Mapping[str, float]] = {"0.001": 0.001, "0.01": 0.01, "0.1": 0.1}
"""JSON key -> false-positive rate at which the TPR is printed; the first two are triggers."""

LOW_FPR_TRIGGERS: Final[tuple[Trigger, ...]] = ("0.001", "0.01")


@dataclass(frozen=True, slots=True)
class Level:
    """One row of the level table: what a lower bound must meet for the level to be reached."""

    name: LevelName
    outcome: Outcome
    tpr_at_0_1_percent: float
    tpr_at_1_percent: float
    auc: float | None
    auc_without_low_fpr: float | None
    wording: str

    def threshold(self, trigger: Trigger, *, low_fpr_rated: bool) -> float | None:
        """Return the trigger's value at this level; None where the trigger does not speak."""
        if trigger == "0.001":
            return self.tpr_at_0_1_percent
        if trigger == "0.01":
            return self.tpr_at_1_percent
        return self.auc if low_fpr_rated else self.auc_without_low_fpr

    def met_by(self, lower: float, threshold: float) -> bool:
        """Say whether a lower bound meets the threshold: L1 wants more than chance, others >=."""
        return lower > threshold if self.name == "L1" else lower >= threshold


LEVELS: Final[tuple[Level, ...]] = (
    Level("L1", "trace", 0.001, 0.01, 0.50, 0.50, "A trace, not usable on its own"),
    Level(
        "L2", "noticeable", 0.003, 0.03, 0.60, 0.60,
        "Some people can be guessed better than chance",
    ),
    Level(
        "L3", "serious", 0.01, 0.10, 0.80, 0.70,
        "Some people can be picked out with confidence",
    ),
    Level("L4", "severe", 0.05, 0.25, None, None, "Many people can be picked out"),
)  # fmt: skip
"""Levels above L0, lowest first. L4 is never reached on the AUC alone."""


@dataclass(frozen=True, slots=True)
class PowerGuard:
    """Sample sizes from which a figure may be shown (reportable) and may count (rated)."""

    reportable_members: int
    reportable_nonmembers: int
    rated_members: int
    rated_nonmembers: int

    def reportable(self, n_members: int, n_nonmembers: int) -> bool:
        """Say whether the figure may be shown at these sizes."""
        return n_members >= self.reportable_members and n_nonmembers >= self.reportable_nonmembers

    def rated(self, n_members: int, n_nonmembers: int) -> bool:
        """Say whether the figure may move the verdict at these sizes."""
        return n_members >= self.rated_members and n_nonmembers >= self.rated_nonmembers

    def flags(self, n_members: int, n_nonmembers: int) -> dict[str, bool]:
        """Return both answers under the names of the result document."""
        sizes = n_members, n_nonmembers
        return {"reportable": self.reportable(*sizes), "rated": self.rated(*sizes)}


POWER: Final[Mapping[str, PowerGuard]] = {
    "0.001": PowerGuard(1, 3_000, 3_000, 10_000),
    "0.01": PowerGuard(1, 300, 1_000, 1_000),
    "0.1": PowerGuard(1, 30, 100, 100),  # printed only, no trigger; same 3/alpha and 10/alpha
    "auc": PowerGuard(100, 100, 500, 500),
    "epsilon": PowerGuard(100, 100, 1_000, 1_000),
}

DEPTH_1_ATTACKS: Final = frozenset({"gap", "loss", "entropy", "population"})
REFERENCE_ATTACKS: Final = frozenset({"rmia", "lira", "learned"})
LABEL_ONLY_ATTACKS: Final = frozenset({"label_noise"})
FULL_DEPTH: Final = 4

FAMILIES: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("entropy", "loss"),
    2: ("entropy", "loss", "quantile"),
    3: ("entropy", "loss", "quantile", "label_noise"),
    4: ("rmia", "lira", "learned", "quantile", "label_noise"),
}
"""Depth -> attacks the verdict rests on; fixed in advance, all others are diagnostics."""

GATES: Final = frozenset(
    {
        "blind_baseline",
        "duplicates",
        "sizes",
        "classes",
        "reference_accuracy",
        "schema",
        "self_test",
    }
)
VOIDING_GATES: Final = frozenset({"blind_baseline", "classes", "self_test"})
GRADE_CAPS: Final[Mapping[tuple[str, GateState], Grade]] = {
    ("blind_baseline", "unsettled"): "C",
    ("blind_baseline", "not_run"): "C",  # waived where membership was drawn at random
    ("duplicates", "failed"): "B",
    ("reference_accuracy", "failed"): "C",
    ("reference_accuracy", "unsettled"): "C",
    ("sizes", "failed"): "C",
}
"""(gate, its state) -> best grade still possible. A failed voiding gate voids instead."""


LEAST_IN_GROUP: Final = 50
"""Members and non-members a class or subgroup needs; smaller ones are named without figures."""


def rated_triggers(n_members: int, n_nonmembers: int) -> tuple[Trigger, ...]:
    """Return the triggers that may move a verdict at these sizes."""
    triggers: tuple[Trigger, ...] = ("0.001", "0.01", "auc")
    return tuple(t for t in triggers if POWER[t].rated(n_members, n_nonmembers))


def family_of(depth: int, ran: Collection[str]) -> tuple[str, ...]:
    """Return the attacks the verdict rests on: the depth's fixed family, those that ran.

    Parameters
    ----------
    depth
        1 predictions, 2 + features, 3 + a model to query, 4 + a recipe to re-train.
    ran
        Keys of the attacks that ran. Without a reference attack the audit is at most depth 3,
        whatever the inputs would have allowed.

    Raises
    ------
    ValueError
        The depth is not 1 to 4.
    """
    if depth not in FAMILIES:
        raise ValueError(f"depth must be 1 to 4, got {depth}")
    if depth == FULL_DEPTH and not REFERENCE_ATTACKS.intersection(ran):
        depth = FULL_DEPTH - 1
    return tuple(key for key in FAMILIES[depth] if key in ran)


def reach_error(family_size: int, n_members: int, n_nonmembers: int) -> float:
    """Return the error of each lower bound behind "reached": BETA over attacks x rated triggers.

    Returns BETA / family_size where no trigger is rated (nothing can be reached then).
    """
    return BETA / (family_size * max(1, len(rated_triggers(n_members, n_nonmembers))))
