"""How far a checklist has come: the score and, apart from it, how much has been answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Answer(StrEnum):
    UNANSWERED = "unanswered"
    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


WORTH: Mapping[Answer, float] = MappingProxyType(
    {
        Answer.YES: 1.0,
        Answer.PARTLY: 0.5,
        Answer.NO: 0.0,
        Answer.UNANSWERED: 0.0,
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One control on a checklist; `stale` says that its evidence is older than 12 months."""

    weight: int
    answer: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Readiness:
    """`percent` weighs what is in place, `progress` what is answered; None if nothing is asked."""

    percent: int | None
    progress: int | None
    answered: int
    applicable: int


def readiness(items: Iterable[Item]) -> Readiness:
    """Score a checklist: unanswered counts nothing, not applicable is left out of both figures."""
    asked = [item for item in items if Answer(item.answer) is not Answer.NOT_APPLICABLE]
    answered = sum(Answer(item.answer) is not Answer.UNANSWERED for item in asked)
    weight = sum(item.weight for item in asked)
    reached = sum(item.weight * _worth(item) for item in asked)
    return Readiness(
        percent=_percent(reached, weight),
        progress=_percent(answered, len(asked)),
        answered=answered,
        applicable=len(asked),
    )


def _worth(item: Item) -> float:
    worth = WORTH[Answer(item.answer)]
    return min(worth, WORTH[Answer.PARTLY]) if item.stale else worth


def _percent(part: float, whole: float) -> int | None:
    """Return whole per cents, rounded down: 100 means all of it."""
    return int(100 * part / whole) if whole else None
