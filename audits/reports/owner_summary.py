"""The two pages an owner reads: frozen texts and numbers in, a tagged PDF/UA-1 out.

Nothing is read but the template beside this file and the fonts that come with matplotlib;
nothing is written. The data travels as one JSON text and is never part of the template.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audits.charts import dots, risk_matrix
from audits.charts.values import Chart
from audits.guidance import wording
from audits.reports import decoding, owner_trend, seal, typesetting
from audits.reports.brand import PLAIN, Brand
from audits.reports.owner_trend import Trend
from audits.reports.owner_words import words_of
from audits.reports.print_text import line, plain
from audits.reports.words import say

TEMPLATE: Final = Path(__file__).with_suffix(".typ")
VERSION: Final = "10"
"""Of the template: raised when the pages say or show something else for the same values."""
_MOST: Final = {
    "meaning": 6,
    "actions": 3,
    "not_tested": 12,
    "tools": 6,
    "terms": 6,
    "decisions": 3,
    "method": 12,
    "care": 4,
}


@dataclass(frozen=True, slots=True)
class Rating:
    """``badge`` is the key that picks colour and shape; ``word`` is what people read."""

    badge: str
    word: str
    struck_through: bool
    likelihood: int | None
    impact: int | None
    grade: str | None
    grade_meaning: str


@dataclass(frozen=True, slots=True)
class Action:
    """``because`` is why it is asked for, where that is not what this report is about.

    ``begin`` is its first step about something that the client has; reports of early days: empty.
    """

    title: str
    owner: str
    effort: str
    due: str
    because: str = ""
    begin: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """An action and what is decided about it; ``chosen`` is empty while that is asked for."""

    title: str
    chosen: str = ""
    signature: str = ""
    date: str = ""
    # Who wrote it down: the signature may be another person's name.
    recorded_by: str = ""
    recorded_on: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """``percent`` in place is 0..100, or None while the checklist has no answers.

    ``summary`` says how much of it is answered, which is another figure.
    """

    percent: int | None
    summary: str


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    vendor: str
    data: str
    trains: str
    decision: str
    next_review: str
    # The vendor's plan, such as Free or Team; empty where it is not known.
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Care:
    """What the provider did in a period; ``none`` is said where there are no points."""

    period: str
    points: tuple[str, ...]
    none: str


@dataclass(frozen=True, slots=True)
class Term:
    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class OwnerSummary:
    """Everything on the two pages, already worded and already decided.

    ``made_at`` is an ISO date-time with offset: it becomes the file's creation time, so that
    the same summary makes the same bytes. Dates inside are texts in the client's own form.
    """

    language: str
    made_at: str
    report_number: str
    provider: str
    client: str
    system: str
    version: str
    audit_date: str
    authorised_by: str
    rating: Rating
    verdict: str
    meaning: tuple[str, ...]
    actions: tuple[Action, ...]
    not_tested: tuple[str, ...]
    dots: dots.DotsSeries
    readiness: Readiness
    tools: tuple[Tool, ...]
    glossary: tuple[Term, ...]
    method: tuple[Fact, ...]
    # What can be decided, and what is or has to be: summaries of early days name neither.
    choices: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    # By which anybody can ask whether the file is genuine, and where; reports of early days: empty.
    code: str = ""
    check_at: str = ""
    # The signed letter in which the audit was allowed, where there is one.
    letter: str = ""
    letter_sha256: str = ""
    # What the permission covers and until when, and on whose word or which paper it rests.
    scope: str = ""
    basis: str = ""
    # How the provider looks on paper, and what was left out when the report was asked for.
    brand: Brand = PLAIN
    left_out: tuple[str, ...] = ()
    # From stored audits and stored work alone; reports of early days hold neither.
    trend: Trend | None = None
    care: Care | None = None

    def to_json(self) -> str:
        return decoding.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "OwnerSummary":
        """Read a frozen one; what no page and no paper shows any more is let go of."""
        stored = json.loads(text)
        if isinstance(stored, dict):
            stored.pop("roc", None)
            if isinstance(readiness := stored.get("readiness"), dict):
                readiness.pop("unmet", None)
        return decoding.from_json(cls, json.dumps(stored))


def footer() -> str:
    """What stands at the foot of every report about a measurement."""
    return wording.say("footer.owner")


def render(summary: OwnerSummary, *, logo: bytes = b"") -> bytes:
    """Make the PDF; the same bytes for the same summary and logo."""
    page = _page_data(summary) | {"logo": list(logo)}
    whole = page | {"words": words_of(page)}
    return typesetting.pdf(TEMPLATE, whole, made_at=summary.made_at)


def _page_data(summary: OwnerSummary) -> dict[str, Any]:
    """Every text cut to its place, every picture drawn."""
    name = plain(say("about.subject", client=summary.client, subject=summary.system), 160)
    facts = summary.method[: _MOST["method"]]
    values = _within(tuple(fact.value for fact in facts), each=240, together=80 * len(facts))
    code = summary.code if seal.is_code(summary.code) else ""
    return {
        "language": summary.language,
        "title": say("owner_summary.document_title", about=name),
        "footer": footer(),
        "brand": typesetting.brand(summary.brand),
        "left_out": list(summary.left_out),
        "provider_name": plain(summary.provider, 80),
        "report_number": line(summary.report_number, 72, word_limit=72),
        "code": code,
        "mark": f"{seal.MARK}{code}" if code else "",
        "check_at": plain(summary.check_at, 44, word_limit=44),
        "provider": line(summary.provider, 48),
        "client": line(summary.client, 56),
        "system": line(summary.system, 64),
        "version": line(summary.version, 32),
        "audit_date": line(summary.audit_date, 32),
        "authorised_by": line(summary.authorised_by, 96),
        "scope": line(summary.scope, 560) if summary.scope else "",
        "basis": line(summary.basis, 480) if summary.basis else "",
        "letter": line(summary.letter, 90) if summary.letter_sha256 else "",
        "letter_sha256": plain(summary.letter_sha256, 64, word_limit=64),
        "rating": _rating(summary.rating),
        "verdict": line(summary.verdict, 380),
        "meaning": _within(summary.meaning[: _MOST["meaning"]], each=620, together=900),
        "trend": owner_trend.shown(summary.trend) if summary.trend is not None else None,
        "care": _care(summary.care) if summary.care is not None else None,
        "actions": [_action(action) for action in summary.actions[: _MOST["actions"]]],
        "not_tested": _within(summary.not_tested[: _MOST["not_tested"]], each=190, together=1500),
        "readiness": _readiness(summary.readiness),
        "choices": [line(choice, 16) for choice in summary.choices],
        "decisions": [
            _decision(one, summary.choices) for one in summary.decisions[: _MOST["decisions"]]
        ],
        "tools": [_tool(tool) for tool in summary.tools[: _MOST["tools"]]],
        "tools_left_out": max(0, len(summary.tools) - _MOST["tools"]),
        "glossary": [
            {"term": line(term.term, 44), "meaning": line(term.meaning, 100)}
            for term in summary.glossary[: _MOST["terms"]]
        ],
        "method": [
            {"name": line(fact.name, 34), "value": value}
            for fact, value in zip(facts, values, strict=True)
        ],
        **_pictures(summary),
    }


def _within(texts: tuple[str, ...], *, each: int, together: int) -> list[str]:
    """Cut every text to ``each``, and to its share where all are too long ``together``."""
    whole = sum(min(len(text), each) for text in texts)
    share = each if whole <= together else together // len(texts)
    return [line(text, share) for text in texts]


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "badge": rating.badge,
        "word": line(rating.word, 24),
        "struck_through": rating.struck_through,
        "grade": None if rating.grade is None else line(rating.grade, 4),
        "grade_meaning": line(rating.grade_meaning, 150),
    }


def _care(care: Care) -> dict[str, Any]:
    return {
        "period": line(care.period, 64),
        "points": _within(care.points[: _MOST["care"]], each=260, together=520),
        "none": line(care.none, 80),
    }


def _action(action: Action) -> dict[str, str]:
    return {
        "title": line(action.title, 150),
        "owner": line(action.owner, 40),
        "effort": line(action.effort, 32),
        "due": line(action.due, 32),
        "because": line(action.because, 130) if action.because else "",
        "begin": line(action.begin, 130) if action.begin else "",
    }


def _decision(decision: Decision, choices: tuple[str, ...]) -> dict[str, Any]:
    return {
        "title": line(decision.title, 72),
        "chosen": [choice == decision.chosen for choice in choices],
        "signature": line(decision.signature, 22) if decision.signature else "",
        "date": line(decision.date, 20) if decision.date else "",
        "recorded": _recorded(decision),
    }


def _recorded(decision: Decision) -> str:
    """Name who signed and who wrote it down; however long one name is, the other is read."""
    if not decision.recorded_by:
        return ""
    signed, person = line(decision.signature, 40), line(decision.recorded_by, 40)
    day = line(decision.recorded_on, 20)
    return say("owner_summary.recorded", signed=signed, person=person, day=day)


def _readiness(readiness: Readiness) -> dict[str, Any]:
    return {
        "percent": readiness.percent,
        "summary": line(readiness.summary, 120),
    }


def _tool(tool: Tool) -> list[str]:
    vendor = tool.vendor
    if tool.plan:
        vendor = say("about.tool_plan", vendor=tool.vendor, plan=tool.plan)
    texts = (tool.name, vendor, tool.data, tool.trains, tool.decision, tool.next_review)
    limits = (34, 30, 48, 26, 28, 24)
    return [line(text, limit) for text, limit in zip(texts, limits, strict=True)]


def place(rating: Rating) -> risk_matrix.RiskMatrixSeries:
    """Where a rating stands in the matrix."""
    where = {
        "likelihood": rating.likelihood,
        "impact": rating.impact,
        "badge": rating.badge,
    }
    return risk_matrix.series(where)


def _pictures(summary: OwnerSummary) -> dict[str, Any]:
    matrix = place(summary.rating)
    return {
        "dots": _picture(dots, summary.dots, dots.svg(summary.dots).decode()),
        "matrix": _picture(risk_matrix, matrix, risk_matrix.svg(matrix).decode()),
    }


def _picture(chart: Chart, series: Any, svg: str) -> dict[str, str]:  # noqa: ANN401 - as in Chart
    return {"title": chart.title(series), "alt": chart.alt_text(series), "svg": svg}
