"""From the statistics of the attacks to a level, a ceiling, an outcome and a grade.

A level is reached when a rated lower bound of an attack of the family meets it. The ceiling is
the highest level that is not ruled out; a level is ruled out when every rated upper bound of
every attack of the family is below its value. The numbers live in `policy`, the sentences in
`verdict_text`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from audits.engine.metrics import AttackStatistics
from audits.engine.policy import (
    DEPTH_1_ATTACKS,
    FULL_DEPTH,
    GATES,
    GRADE_CAPS,
    LABEL_ONLY_ATTACKS,
    LEVELS,
    LOW_FPR_TRIGGERS,
    POWER,
    RATING_POLICY,
    REFERENCE_ATTACKS,
    VOIDING_GATES,
    GateState,
    Grade,
    Level,
    LevelName,
    Outcome,
    Split,
    Trigger,
    family_of,
    rated_triggers,
)
from audits.engine.settle import records_to_settle
from audits.engine.types import Unit
from audits.engine.verdict_text import Evidence, Facts, invalid_sentence, sentence_of

__all__ = [
    "POWER",
    "RATING_POLICY",
    "Verdict",
    "decide",
    "family_of",
    "reached_level",
    "records_to_settle",
]

_NAMES: Final[tuple[LevelName, ...]] = ("L0", "L1", "L2", "L3", "L4")
_NOTICEABLE, _SERIOUS = 2, 3
_ALL_TRIGGERS: Final[tuple[Trigger, ...]] = (*LOW_FPR_TRIGGERS, "auc")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of an audit.

    Attributes
    ----------
    reached, ceiling, grade
        None only when the outcome is "invalid"; reached <= ceiling.
    sentence
        One plain English sentence for a technical reader.
    best_attack
        The attack of the family whose lower bound set `reached` (tie: larger lower limit of the
        AUC); None when nothing was reached.
    family
        The attacks the verdict rests on.
    settle
        Open level -> records, or people where they are counted, on each side that would rule it
        out for a model without leakage; only levels that more of them can settle.
    """

    reached: LevelName | None
    ceiling: LevelName | None
    outcome: Outcome
    grade: Grade | None
    sentence: str
    best_attack: str | None
    family: tuple[str, ...]
    settle: Mapping[LevelName, int]

    def as_json(self) -> dict[str, str | None]:
        """Return the verdict's entry of the result document."""
        return {
            "reached": self.reached,
            "ceiling": self.ceiling,
            "outcome": self.outcome,
            "grade": self.grade,
            "sentence": self.sentence,
        }


def decide(
    attacks: Mapping[str, AttackStatistics],
    *,
    depth: int,
    split: Split,
    gates: Mapping[str, GateState],
    unit: Unit = "record",
) -> Verdict:
    """Decide what the attacks have shown.

    Parameters
    ----------
    attacks
        Statistics of every attack that ran, on the same records, summarised with
        ``family_size=len(family_of(depth, attacks))``. May be empty if a voiding gate failed.
    depth
        1 to 4, what the inputs unlocked.
    split
        "random" if membership was drawn at random before training.
    gates
        Validity check -> its state. A failed voiding gate voids, others cap; absent = not run.
    unit
        What the sizes count; the sentence says so.

    Raises
    ------
    ValueError
        No attack of the family ran, sizes differ, or a check or statistic does not belong here.
    """
    if unknown := set(gates) - GATES:
        raise ValueError(f"unknown validity checks: {sorted(unknown)}")
    family = family_of(depth, attacks)
    voided_by = tuple(sorted(g for g in VOIDING_GATES if gates.get(g) == "failed"))
    if voided_by:
        return Verdict(None, None, "invalid", None, invalid_sentence(voided_by), None, family, {})
    stats = _family_statistics(attacks, family)
    n1, n0 = stats[family[0]].n_members, stats[family[0]].n_nonmembers
    evidence = _strongest_evidence(stats)
    reached = evidence.level if evidence else 0
    ceiling = max(reached, _ceiling(stats))
    settle = _settle(reached, ceiling, n1, n0, len(family))
    outcome = _outcome(reached, ceiling, attacks, n1, n0)
    facts = Facts(
        n_members=n1,
        n_nonmembers=n0,
        n_attacks=len(family),
        reached=reached,
        ceiling=ceiling,
        evidence=evidence,
        depth_1_only=DEPTH_1_ATTACKS.issuperset(attacks),
        can_retrain=depth == FULL_DEPTH,
        unlike=gates.get("reference_accuracy") == "failed",
        doubtful=gates.get("blind_baseline") == "unsettled",
        rarest_rated=LOW_FPR_TRIGGERS[0] in rated_triggers(n1, n0),
        settle=settle,
        unit=unit,
    )
    return Verdict(
        reached=_NAMES[reached],
        ceiling=_NAMES[ceiling],
        outcome=outcome,
        grade=_grade(attacks, n1, n0, split, gates),
        sentence=sentence_of(outcome, facts),
        best_attack=evidence.attack if evidence else None,
        family=family,
        settle=settle,
    )


def _family_statistics(
    attacks: Mapping[str, AttackStatistics], family: tuple[str, ...]
) -> dict[str, AttackStatistics]:
    if not family:
        raise ValueError("no attack of the family ran: there is nothing to rest a verdict on")
    stats = {key: attacks[key] for key in family}
    if len({(s.n_members, s.n_nonmembers) for s in stats.values()}) != 1:
        raise ValueError("the attacks of one audit must score the same records")
    if any(s.family_size != len(family) for s in stats.values()):
        raise ValueError(f"statistics must be summarised with family_size={len(family)}")
    return stats


def _low_fpr_rated(stats: AttackStatistics) -> bool:
    return any(trigger in stats.reach for trigger in LOW_FPR_TRIGGERS)


def _level_met(level: Level, trigger: Trigger, stats: AttackStatistics) -> bool:
    threshold = level.threshold(trigger, low_fpr_rated=_low_fpr_rated(stats))
    return threshold is not None and level.met_by(stats.reach[trigger], threshold)


def reached_level(
    family: Mapping[str, AttackStatistics], *, triggers: Collection[Trigger] = _ALL_TRIGGERS
) -> int:
    """Return the level (0 to 4) these attacks reach on the given triggers, if rated.

    The blind baseline asks this of the low-FPR triggers, the self-test of all.
    """
    evidence = _strongest_evidence(family, triggers)
    return evidence.level if evidence else 0


def _strongest_evidence(
    family: Mapping[str, AttackStatistics], triggers: Collection[Trigger] = _ALL_TRIGGERS
) -> Evidence | None:
    """Return the bound that sets the reached level; ties go to the larger AUC, then the lower FPR.

    None if not even L1 is met.
    """
    met = [
        (number, stats.auc.low, -place, Evidence(number, key, trigger, stats.reach[trigger]))
        for key, stats in family.items()
        for place, trigger in enumerate(stats.reach)
        for number, level in enumerate(LEVELS, start=1)
        if trigger in triggers and _level_met(level, trigger, stats)
    ]
    return max(met, key=lambda row: row[:3])[3] if met else None


def _ceiling(family: Mapping[str, AttackStatistics]) -> int:
    """Return the highest level not ruled out; a level no rated trigger speaks to stays open."""
    for number in range(len(LEVELS), 0, -1):
        if not _ruled_out(LEVELS[number - 1], family):
            return number
    return 0


def _ruled_out(level: Level, family: Mapping[str, AttackStatistics]) -> bool:
    checks = [
        upper < threshold
        for stats in family.values()
        for trigger, upper in stats.rule_out.items()
        if (threshold := level.threshold(trigger, low_fpr_rated=_low_fpr_rated(stats))) is not None
    ]
    return bool(checks) and all(checks)


def _outcome(
    reached: int, ceiling: int, ran: Mapping[str, AttackStatistics], n1: int, n0: int
) -> Outcome:
    if reached >= _NOTICEABLE:
        return LEVELS[reached - 1].outcome
    low_fpr_rated = any(t in LOW_FPR_TRIGGERS for t in rated_triggers(n1, n0))
    if ceiling >= _SERIOUS or not low_fpr_rated or DEPTH_1_ATTACKS.issuperset(ran):
        return "inconclusive"
    return LEVELS[0].outcome if reached else "no_sign"


def _grade(
    ran: Mapping[str, AttackStatistics],
    n1: int,
    n0: int,
    split: Split,
    gates: Mapping[str, GateState],
) -> Grade:
    """Return how good the evidence is: sizes, attacks and split first, then the gates' caps."""
    grade: Grade = "B" if POWER["0.01"].rated(n1, n0) else "C"
    full_attacks = REFERENCE_ATTACKS.intersection(ran) and LABEL_ONLY_ATTACKS.intersection(ran)
    if POWER["0.001"].rated(n1, n0) and full_attacks and split == "random":
        grade = "A"
    for (gate, state), cap in GRADE_CAPS.items():
        waived = state == "not_run" and split == "random"
        if gates.get(gate, "not_run") == state and not waived:
            grade = max(grade, cap)  # "C" > "B" > "A": the weaker letter wins
    return grade


def _settle(reached: int, ceiling: int, n1: int, n0: int, family_size: int) -> dict[LevelName, int]:
    """Return the sizes for the open levels that matter: serious and noticeable, above reached."""
    if reached >= _NOTICEABLE:
        return {}
    open_levels = [_NAMES[n] for n in (_SERIOUS, _NOTICEABLE) if n <= ceiling]
    sizes = {n: records_to_settle(n, n1, n0, family_size=family_size) for n in open_levels}
    return {name: size for name, size in sizes.items() if size is not None}
