"""A tool review as people fill it in: five steps, what is shown of them, what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.enums import (
    TOOL_DECISIONS,
    DataClass,
    ReviewEvidence,
    SheetState,
    ToolDecision,
    TrainsOnData,
)
from audits.guidance import questions, reviews
from audits.guidance.questions import NOT_APPLICABLE, NOT_KNOWN, Question
from audits.guidance.reviews import Answered, Evidence, Review
from audits.models import AITool, VendorReview
from audits.queries.facts import IMPACT_BY_CLASS

SOON_DAYS = 30
VERSION = questions.REVIEW_VERSION
WORD_OF_IMPACT = {impact: word for word, impact in reviews.IMPACT_OF.items()}
_NOT_KNOWN = gettext_lazy("Not known: counts as the worst answer")
_UNKNOWN = "unknown"
_TRAINS = {
    "never": TrainsOnData.NO,
    "no": TrainsOnData.NO,
    "opt_in": TrainsOnData.NO,
    "opt_out": TrainsOnData.OPT_OUT,
    "yes": TrainsOnData.YES,
}
_KNOCK_OUTS = {
    reviews.TRAINS: gettext_lazy(
        "The vendor trains on data about people, or nobody knows that it does not."
    ),
    reviews.AGREEMENT: gettext_lazy("No agreement is in force on what happens to data of people."),
    reviews.ISOLATION: gettext_lazy(
        "What is built from the data is shared with other customers, or this is not known."
    ),
    reviews.OUTSIDERS: gettext_lazy(
        "Anybody may ask a model built on the data, and no independent test of it is shown."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One page of the review."""

    key: str
    title: object
    lead: object
    questions: tuple[str, ...] = ()


def _ids(numbers: str) -> tuple[str, ...]:
    return tuple(f"V-{number}" for number in numbers.split())


STEPS = (
    Step(
        key="what",
        title=gettext_lazy("What it is"),
        lead=gettext_lazy("The plan, how people log in, and who can see and limit what they do."),
        questions=_ids("01 17 27"),
    ),
    Step(
        key="data",
        title=gettext_lazy("What goes in"),
        lead=gettext_lazy("The data, and who else could get at it through the tool."),
        questions=_ids("02 26 14 15 16"),
    ),
    Step(
        key="training",
        title=gettext_lazy("Training"),
        lead=gettext_lazy(
            "Whether the vendor learns from the data, and what is known of its model."
        ),
        questions=_ids("03 04 05 09 13 18 19 20"),
    ),
    Step(
        key="keeping",
        title=gettext_lazy("Keeping and contract"),
        lead=gettext_lazy("Retention, region, other companies, certificates, and who is liable."),
        questions=_ids("06 07 08 10 11 12 21 22 23 24 25 28"),
    ),
    Step(
        key="result",
        title=gettext_lazy("Result"),
        lead=gettext_lazy("What the answers come to, and how far a decision may go."),
    ),
)
BY_KEY = {step.key: step for step in STEPS}


def after(step: Step) -> Step:
    """The page that follows; the last one stays."""
    return STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]


def answers_of(stored: Mapping[str, Mapping[str, str]]) -> dict[str, Answered]:
    """Stored answers in the form in which they are judged; what no question takes is left out."""
    known = questions.by_id()
    return {
        name: Answered(given["answer"], Evidence(given["evidence"]))
        for name, given in stored.items()
        if name in known and known[name].accepts(given.get("answer", ""))
    }


def choices_of(question: Question) -> list[tuple[str, object]]:
    """Every answer of a question, from best to worst, and the ways of not giving one."""
    found: list[tuple[str, object]] = [
        (one.key, one.text) for one in question.choices if one.key != _UNKNOWN
    ]
    if question.may_not_apply:
        found.append((NOT_APPLICABLE, question.may_not_apply))
    return [*found, (unsure(question), _NOT_KNOWN)]


def unsure(question: Question) -> str:
    """The answer that says that nobody knows: a question's own one, or the one of them all."""
    own = any(one.key == _UNKNOWN for one in question.choices)
    return _UNKNOWN if own else NOT_KNOWN


def chosen(question: Question, answer: str) -> str:
    """An answer as it is offered today: both ways of not knowing are one choice."""
    return unsure(question) if answer == NOT_KNOWN else answer


def shown_in(step: Step, answers: Mapping[str, Answered]) -> tuple[Question, ...]:
    """Questions of a step that the other answers leave open, in its order."""
    asked = {question.id: question for question in reviews.asked(answers)}
    return tuple(asked[name] for name in step.questions if name in asked)


def said(stored: Mapping[str, Mapping[str, str]], question: Question) -> str:
    """What was answered, in the words of the answer."""
    given = stored.get(question.id, {}).get("answer", "")
    return str(dict(choices_of(question)).get(chosen(question, given), ""))


def assess(
    stored: Mapping[str, Mapping[str, str]], *, is_provider: bool, impact: int | None = None
) -> Review:
    """Sum up what is answered.

    Where more sensitive data goes in than the review speaks of, what it left out is asked again,
    and is unanswered: a review of public data says nothing for patients.
    """
    answers = answers_of(stored)
    given = answers.get(reviews.DATA)
    stated = reviews.IMPACT_OF.get(given.answer) if given is not None else None
    if impact is not None and stated is not None and impact > stated:
        answers[reviews.DATA] = Answered(WORD_OF_IMPACT[impact])
    return reviews.assess(answers, impact=impact, is_provider=is_provider)


def knock_out_words(names: tuple[str, ...] | list[str]) -> list[str]:
    return [str(_KNOCK_OUTS[name]) for name in names if name in _KNOCK_OUTS]


def told(
    found: Review, stored: Mapping[str, Mapping[str, str]], *, used_for: DataClass | None
) -> dict[str, object]:
    """A result as the pages show it: its figures, and what rules an approval out in words.

    `used_for` is the most sensitive data that a client puts in. The stricter of that and of what
    the review speaks of holds there, so where the two differ the pass mark of both is said.
    """
    given = answers_of(stored).get(reviews.DATA)
    at_clients = IMPACT_BY_CLASS[used_for] if used_for is not None else found.impact
    return {
        "found": found,
        "room": 100 - found.pass_mark,
        "knock_outs": knock_out_words(found.knock_outs),
        "is_assumed": given is None or given.answer not in reviews.IMPACT_OF,
        "at_clients": at_clients if at_clients != found.impact else None,
        "is_stricter_there": at_clients > found.impact,
        "mark_at_clients": reviews.PASS_MARK[at_clients],
    }


def trains(review: VendorReview | None) -> TrainsOnData:
    """Whether the vendor trains on what goes in, as a completed review says."""
    given = (review.answers if review is not None else {}).get(reviews.TRAINS, {})
    return _TRAINS.get(given.get("answer", ""), TrainsOnData.UNKNOWN)


def valid_until(review: VendorReview) -> date:
    """The day on which a completed review is a year old."""
    if review.completed_at is None:
        raise ValueError("A review that is not completed has no end.")
    return a_year_after(timezone.localdate(review.completed_at))


def state_on(today: date, *, until: date) -> SheetState:
    """How a review stands that holds until a day: on that day it is due, after it overdue."""
    if until < today:
        return SheetState.OVERDUE
    if until == today:
        return SheetState.DUE
    return SheetState.DUE_SOON if (until - today).days <= SOON_DAYS else SheetState.CURRENT


def a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + reviews.MONTHS_VALID // 12)
    except ValueError:  # 29 February
        return day.replace(year=day.year + reviews.MONTHS_VALID // 12, day=28)


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How far a decision about one tool may go, and the figures it rests on."""

    impact: int
    found: Review | None = field(repr=False)
    until: date

    @property
    def decisions(self) -> list[ToolDecision]:
        """Decisions that may be taken, from the least to the most."""
        if self.found is None:
            return [ToolDecision.REJECT, ToolDecision.RESTRICT]
        return [one for one in TOOL_DECISIONS if self.found.allows(one)]

    @property
    def data(self) -> list[DataClass]:
        """Kinds of data that may be listed in an approval."""
        most = self.found.listed_impact if self.found is not None else 0
        return [one for one in DataClass if IMPACT_BY_CLASS[one] <= most]

    @property
    def reasons(self) -> list[str]:
        """Why a decision may not go further."""
        if self.found is None:
            return [_("No completed review is in force, so nothing can be approved.")]
        told = knock_out_words(self.found.knock_outs)
        if self.found.open:
            told.append(_("Questions are not answered for data of this kind."))
        if self.found.risk > self.found.pass_mark:
            told.append(self._too_high(self.found))
        return told

    def _too_high(self, found: Review) -> str:
        """That the risk is above the mark, and whose mark that is: it need not be this client's."""
        figures = {"risk": found.risk, "mark": found.pass_mark, "impact": found.impact}
        said = (
            _(
                "The review finds a risk of %(risk)s out of 100; for data of impact S%(impact)s"
                " at most %(mark)s passes."
            )
            % figures
        )
        if found.impact <= self.impact:
            return said
        stricter = _(
            "S%(impact)s counts as long as the review does not say that nothing beyond S%(here)s"
            " goes in."
        )
        return " ".join((said, stricter % {"impact": found.impact, "here": self.impact}))

    @property
    def says_figures(self) -> bool:
        """Whether the risk stands among the reasons, or in the sentence that there are none."""
        found = self.found
        return found is not None and (found.risk > found.pass_mark or not self.reasons)


def bounds(tool: AITool, standing: VendorReview | None, *, is_shared: bool) -> Bounds:
    """How far the review in force (or none) lets a decision about this tool go."""
    impact = IMPACT_BY_CLASS[DataClass(tool.data_class)]
    today = timezone.localdate()
    if standing is None:
        return Bounds(impact=impact, found=None, until=a_year_after(today))
    found = assess(standing.answers, impact=impact, is_provider=is_shared)
    return Bounds(impact=impact, found=found, until=valid_until(standing))


def evidence_choices() -> list[tuple[str, object]]:
    """What an answer may rest on, the weakest first: it is what stands there unasked."""
    return [(one.value, one.label) for one in reversed(ReviewEvidence)]
