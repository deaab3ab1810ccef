"""What the answers of a tool review come to: its risk, what stops it, what it may be approved for.

House scheme. Risk = 100 x sum of weight x points over sum of weight x 3, over the questions that
are asked. Not knowing counts as the worst answer, and so does not answering, which besides never
passes. Weak proof drifts towards the worst: an answer of p points with evidence credit c counts
as 3 - (3 - p) x c.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from audits.guidance.questions import (
    NOT_APPLICABLE,
    NOT_KNOWN,
    REVIEW_VERSION,
    WORST_POINTS,
    Question,
    by_id,
    load,
)

MONTHS_VALID = 12
PLAN, DATA, TRAINS, OPT_OUT, AGREEMENT = "V-01", "V-02", "V-03", "V-04", "V-08"
ISOLATION, OUTSIDERS, TESTED = "V-14", "V-16", "V-18"


class Evidence(StrEnum):
    """What an answer rests on."""

    CONTRACT = "contract"  # a contract or an audit report
    PAGE = "page"  # a published page
    EMAIL = "email"
    CALL = "call"  # a sales call, or nothing that could be shown


CREDIT: Mapping[Evidence, float] = MappingProxyType(
    {Evidence.CONTRACT: 1.0, Evidence.PAGE: 0.9, Evidence.EMAIL: 0.7, Evidence.CALL: 0.4}
)
# The highest risk that passes, by the impact of the data that goes in.
PASS_MARK: Mapping[int, int] = MappingProxyType({1: 55, 2: 55, 3: 40, 4: 30, 5: 20})
IMPACT_OF: Mapping[str, int] = MappingProxyType(
    {"public": 1, "internal": 2, "personal": 3, "confidential": 4, "special": 5}
)
PERSONAL, SENSITIVE, SPECIAL = 3, 4, 5


class Verdict(StrEnum):
    """The most that the answers allow; a person decides, and may always decide for less."""

    APPROVE = "approve"
    APPROVE_LISTED = "approve_listed"
    RESTRICT = "restrict"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and what it rests on."""

    answer: str
    evidence: Evidence = Evidence.CALL


Answers = Mapping[str, Answered]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: a service provider runs the tool for several clients at once."""

    impact: int
    is_provider: bool = False


class Counted(NamedTuple):
    """One question in the sum: points after the evidence was weighed, and its weight."""

    question: str
    points: float
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The result of a review.

    `risk` is 0 (best) to 100 (worst). `knock_outs` are questions whose answer rules an approval
    out whatever the risk. `listed_impact` is the highest impact of data that the answers would
    pass for, 0 if not even public data would.
    """

    risk: int
    pass_mark: int
    impact: int
    open: tuple[str, ...]
    knock_outs: tuple[str, ...]
    listed_impact: int
    counted: tuple[Counted, ...] = field(repr=False)
    version: str = REVIEW_VERSION

    @property
    def passes(self) -> bool:
        return not self.open and not self.knock_outs and self.risk <= self.pass_mark

    @property
    def verdict(self) -> Verdict:
        if self.passes:
            return Verdict.APPROVE
        if not self.knock_outs and not self.open and self.listed_impact > 1:
            return Verdict.APPROVE_LISTED
        return Verdict.RESTRICT

    def allows(self, decision: str) -> bool:
        """Say whether a decision is within what the answers allow; refusing always is."""
        ranks = ["reject", Verdict.RESTRICT, Verdict.APPROVE_LISTED, Verdict.APPROVE]
        return ranks.index(decision) <= ranks.index(self.verdict)


def asked(answers: Answers) -> tuple[Question, ...]:
    """Questions that are shown: those not settled by another answer."""
    return tuple(question for question in load() if not _is_hidden(question, answers))


def _is_hidden(question: Question, answers: Answers) -> bool:
    return any(
        other in answers and answers[other].answer == answer for other, answer in question.hidden_if
    )


def _is_open(question: Question, answers: Answers) -> bool:
    return question.id not in answers or not question.accepts(answers[question.id].answer)


def assess(answers: Answers, *, impact: int | None = None, is_provider: bool = False) -> Review:
    """Sum the answers up; `impact` (1 to 5) replaces what V-02 says where the data is known.

    The stricter of the two holds: what is registered can be more sensitive than what was said.
    Raises ValueError for an unknown question or an answer that the question does not have.
    """
    _check(answers)
    asker = Asker(impact=max(_stated_impact(answers), impact or 1), is_provider=is_provider)
    shown = asked(answers)
    counted = tuple(_count(question, answers) for question in shown if _counts(question, answers))
    risk = _risk(counted)
    return Review(
        risk=risk,
        pass_mark=PASS_MARK[asker.impact],
        impact=asker.impact,
        open=tuple(question.id for question in shown if _is_open(question, answers)),
        knock_outs=_knock_outs(answers, asker),
        listed_impact=_listed(answers, asker, risk),
        counted=counted,
    )


def _check(answers: Answers) -> None:
    for name, given in answers.items():
        if name not in by_id():
            raise ValueError(f"there is no question {name!r}")
        if not by_id()[name].accepts(given.answer):
            raise ValueError(f"{name} has no answer {given.answer!r}")


def _stated_impact(answers: Answers) -> int:
    """Impact by V-02; not knowing what goes in counts as the most sensitive data."""
    given = answers.get(DATA)
    return IMPACT_OF.get(given.answer, SPECIAL) if given is not None else SPECIAL


def _counts(question: Question, answers: Answers) -> bool:
    given = answers.get(question.id)
    return question.weight > 0 and not (given is not None and given.answer == NOT_APPLICABLE)


def _count(question: Question, answers: Answers) -> Counted:
    given = answers.get(question.id)
    if given is None or given.answer == NOT_KNOWN:
        return Counted(question.id, WORST_POINTS, question.weight)
    credit = CREDIT[given.evidence]
    points = WORST_POINTS - (WORST_POINTS - question.points(given.answer)) * credit
    return Counted(question.id, points, question.weight)


def _risk(counted: tuple[Counted, ...]) -> int:
    """Whole number of 100, rounded up: a risk just above the mark does not pass."""
    most = sum(one.weight for one in counted) * WORST_POINTS
    reached = sum(one.weight * one.points for one in counted)
    # Rounded first: 3 - 3 x 0.4 is a hair over 1.8 in floating point.
    return math.ceil(round(100 * reached / most, 6)) if most else 0


def _says(answers: Answers, question: str, *keys: str) -> bool:
    given = answers.get(question)
    return given is not None and given.answer in keys


def _not_shown(answers: Answers, question: str) -> bool:
    """Whether nobody knows: not answered, or answered with "not known"."""
    return question not in answers or _says(answers, question, NOT_KNOWN)


def _trained_on(answers: Answers, asker: Asker) -> bool:
    if asker.impact < PERSONAL or _says(answers, TRAINS, "never", "no", "opt_in"):
        return False
    switched_off = _says(answers, OPT_OUT, "all", "everybody")
    return not (_says(answers, TRAINS, "opt_out") and switched_off)


def _no_agreement(answers: Answers, asker: Asker) -> bool:
    """No agreement for personal data; for health data it has to be in force, not only on offer."""
    if asker.impact < PERSONAL:
        return False
    in_force = _says(answers, AGREEMENT, "signed", "incorporated")
    on_offer = _says(answers, AGREEMENT, "available")
    return not (in_force or (on_offer and asker.impact < SPECIAL))


def _shared(answers: Answers, asker: Asker) -> bool:
    concerned = asker.is_provider or asker.impact >= SENSITIVE
    return concerned and (_says(answers, ISOLATION, "shared") or _not_shown(answers, ISOLATION))


def _open_to_all(answers: Answers, asker: Asker) -> bool:
    public = _says(answers, OUTSIDERS, "public") or _not_shown(answers, OUTSIDERS)
    return asker.impact >= SENSITIVE and public and not _says(answers, TESTED, "independent")


KNOCK_OUTS: Mapping[str, Callable[[Answers, Asker], bool]] = MappingProxyType(
    {TRAINS: _trained_on, AGREEMENT: _no_agreement, ISOLATION: _shared, OUTSIDERS: _open_to_all}
)


def _knock_outs(answers: Answers, asker: Asker) -> tuple[str, ...]:
    return tuple(name for name, strikes in KNOCK_OUTS.items() if strikes(answers, asker))


def _listed(answers: Answers, asker: Asker, risk: int) -> int:
    """Return the highest impact up to the asker's that the same answers pass for, else 0."""
    for impact in range(asker.impact, 0, -1):
        lower = Asker(impact=impact, is_provider=asker.is_provider)
        if risk <= PASS_MARK[impact] and not _knock_outs(answers, lower):
            return impact
    return 0
