"""What the components need: looks of statuses, times, numbers with their interval."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django import template
from django.db.models import TextChoices
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audits.enums import (
    Answer,
    HealthState,
    Hue,
    JobState,
    Lifecycle,
    Outcome,
    ProbeState,
    RatingBadge,
    ReportRunState,
    ReportState,
    SealVerdict,
    SheetState,
    TokenState,
    ToolDecision,
    ToolState,
    Treatment,
    Trend,
    WorkStatus,
)
from audits.guidance.catalogue import Control, Words
from audits.queries.checklist import ChecklistRow

register = template.Library()

ABSENT: Final = "–"
# Marks that turn the direction of writing of what follows them, to the end of its paragraph.
_TURNING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


@dataclass(frozen=True)
class Badge:
    """A status as the badge component shows it: word, icon and colour together."""

    word: str
    icon: str
    tone: str
    extra: str = ""


# The word comes from the enum; icon (heroicons), tone and further classes stand here.
LOOKS: Final[dict[type[TextChoices], dict[str, tuple[str, ...]]]] = {
    RatingBadge: {
        RatingBadge.LOW: ("check-circle", "good"),
        RatingBadge.GUARDED: ("shield-check", "calm"),
        RatingBadge.ELEVATED: ("exclamation-circle", "warn"),
        RatingBadge.HIGH: ("exclamation-triangle", "alert"),
        RatingBadge.CRITICAL: ("fire", "critical"),
        RatingBadge.UNTESTED: ("minus-circle", "neutral", "badge-outline"),
        RatingBadge.INCONCLUSIVE: ("question-mark-circle", "unsure"),
        RatingBadge.EXPIRED: ("clock", "neutral"),
    },
    Trend: {
        Trend.BETTER: ("arrow-trending-down", "good", "badge-plain"),
        Trend.SAME: ("arrow-long-right", "neutral", "badge-plain"),
        Trend.WORSE: ("arrow-trending-up", "danger", "badge-plain"),
        Trend.UNKNOWN: ("minus-small", "neutral", "badge-plain"),
    },
    JobState: {
        JobState.QUEUED: ("queue-list", "neutral"),
        JobState.RUNNING: ("arrow-path", "info", "badge-spin"),
        JobState.SUCCEEDED: ("check-circle", "good"),
        JobState.FAILED: ("x-circle", "danger"),
        JobState.CANCELLED: ("stop-circle", "neutral"),
        JobState.EXPIRED: ("clock", "neutral", "badge-outline"),
    },
    Outcome: {
        Outcome.NO_SIGN: ("check-circle", "good"),
        Outcome.TRACE: ("eye", "calm"),
        Outcome.NOTICEABLE: ("exclamation-circle", "warn"),
        Outcome.SERIOUS: ("exclamation-triangle", "alert"),
        Outcome.SEVERE: ("fire", "critical"),
        Outcome.INCONCLUSIVE: ("question-mark-circle", "unsure"),
        Outcome.INVALID: ("no-symbol", "neutral", "badge-outline"),
    },
    ToolDecision: {
        ToolDecision.UNDECIDED: ("minus-circle", "neutral", "badge-outline"),
        ToolDecision.APPROVE: ("check-circle", "good"),
        ToolDecision.APPROVE_LISTED: ("clipboard-document-check", "calm"),
        ToolDecision.RESTRICT: ("hand-raised", "warn"),
        ToolDecision.REJECT: ("no-symbol", "danger"),
    },
    ToolState: {
        ToolState.REPORTED: ("megaphone", "warn"),
        ToolState.IN_REVIEW: ("eye", "info"),
        ToolState.DECIDED: ("check-circle", "good"),
        ToolState.REVIEW_DUE: ("clock", "danger"),
    },
    SheetState: {
        SheetState.NONE: ("minus-circle", "neutral", "badge-outline"),
        SheetState.OPEN: ("pencil-square", "info"),
        SheetState.CURRENT: ("check-circle", "good"),
        SheetState.DUE_SOON: ("clock", "warn"),
        SheetState.DUE: ("exclamation-circle", "danger"),
        SheetState.OVERDUE: ("exclamation-triangle", "danger"),
    },
    Lifecycle: {
        Lifecycle.DRAFT: ("pencil-square", "neutral"),
        Lifecycle.IN_REVIEW: ("eye", "info"),
        Lifecycle.APPROVED: ("check-circle", "good"),
        Lifecycle.RESTRICTED: ("hand-raised", "warn"),
        Lifecycle.BLOCKED: ("no-symbol", "danger"),
        Lifecycle.RETIRED: ("archive-box", "neutral", "badge-outline"),
    },
    Answer: {
        Answer.UNANSWERED: ("minus-circle", "neutral", "badge-outline"),
        Answer.YES: ("check-circle", "good"),
        Answer.PARTLY: ("arrow-right-circle", "warn"),
        Answer.NO: ("x-circle", "danger"),
        Answer.NOT_APPLICABLE: ("no-symbol", "neutral"),
    },
    WorkStatus: {
        WorkStatus.TO_DO: ("minus-circle", "neutral", "badge-outline"),
        WorkStatus.IN_PROGRESS: ("arrow-path", "info"),
        WorkStatus.IN_REVIEW: ("eye", "unsure"),
        WorkStatus.DONE: ("check-circle", "good"),
    },
    Treatment: {
        Treatment.ACCEPT: ("hand-raised", "warn"),
        Treatment.FIX: ("wrench", "info"),
        Treatment.AVOID: ("no-symbol", "neutral"),
        Treatment.TRANSFER: ("arrow-right-circle", "neutral"),
    },
    ReportState: {
        ReportState.DRAFT: ("pencil-square", "neutral"),
        ReportState.READY: ("eye", "info"),
        ReportState.SENT: ("paper-airplane", "good"),
        ReportState.SUPERSEDED: ("archive-box", "neutral", "badge-outline"),
    },
    ReportRunState: {
        ReportRunState.MAKING: ("arrow-path", "info", "badge-spin"),
        ReportRunState.READY: ("eye", "info"),
        ReportRunState.SENT: ("paper-airplane", "good"),
        ReportRunState.FAILED: ("x-circle", "danger"),
    },
    SealVerdict: {
        SealVerdict.GENUINE: ("check-circle", "good"),
        SealVerdict.SUPERSEDED: ("archive-box", "info"),
        SealVerdict.ALTERED: ("x-circle", "danger"),
        SealVerdict.ISSUED: ("information-circle", "info"),
        SealVerdict.UNKNOWN: ("question-mark-circle", "neutral", "badge-outline"),
    },
    ProbeState: {
        ProbeState.OK: ("check-circle", "good"),
        ProbeState.FAILED: ("x-circle", "danger"),
        ProbeState.NOT_APPLICABLE: ("minus-circle", "neutral", "badge-outline"),
    },
    HealthState: {
        HealthState.OK: ("check-circle", "good"),
        HealthState.WATCH: ("exclamation-circle", "warn"),
        HealthState.BAD: ("x-circle", "danger"),
    },
    TokenState: {
        TokenState.ACTIVE: ("check-circle", "good"),
        TokenState.ENDING: ("clock", "warn"),
        TokenState.EXPIRED: ("x-circle", "neutral", "badge-outline"),
        TokenState.REVOKED: ("no-symbol", "neutral"),
    },
}
KINDS: Final[dict[str, type[TextChoices]]] = {
    "rating": RatingBadge,
    "trend": Trend,
    "job": JobState,
    "outcome": Outcome,
    "decision": ToolDecision,
    "lifecycle": Lifecycle,
    "tool": ToolState,
    "sheet": SheetState,
    "answer": Answer,
    "work": WorkStatus,
    "treatment": Treatment,
    "report": ReportState,
    "run": ReportRunState,
    "seal": SealVerdict,
    "probe": ProbeState,
    "token": TokenState,
    "health": HealthState,
}
RATED: Final = (
    RatingBadge.LOW,
    RatingBadge.GUARDED,
    RatingBadge.ELEVATED,
    RatingBadge.HIGH,
    RatingBadge.CRITICAL,
)


def badge_of(kind: str, value: str) -> Badge:
    """Return the badge of a stored status; an unknown kind or value is a programmer's error.

    What was decided is told by its own word, not by the word for deciding it.
    """
    member = KINDS[kind](value)
    icon, tone, *extra = LOOKS[KINDS[kind]][member]
    return Badge(str(getattr(member, "done", member.label)), icon, tone, " ".join(extra))


@register.simple_tag
def badge(kind: str, value: str, size: str = "", *, struck: bool = False) -> SafeString:
    """`{% badge "rating" client.rating %}`, `size="large"`, `struck=True` for an expired result."""
    return _drawn(kind, str(value), size, struck, get_language())


# A long table shows the same few badges again and again.
@lru_cache(maxsize=1000)
def _drawn(kind: str, value: str, size: str, struck: bool, _language: str | None) -> SafeString:  # noqa: FBT001 - a key
    context = {"badge": badge_of(kind, value), "size": size, "struck": struck}
    return render_to_string("components/badge.html", context)


@register.simple_tag
def every_status() -> dict[str, list[str]]:
    """Every kind of status with its values, for the page that shows them all."""
    return {kind: list(words.values) for kind, words in KINDS.items()}


@register.simple_tag
def label_of(kind: str, value: str) -> str:
    """Return the word of a stored status alone."""
    return badge_of(kind, value).word


@register.inclusion_tag("components/badge.html")
def plain_badge(word: str, icon: str, tone: str = "neutral") -> dict[str, Any]:
    """Show a word that is no stored status: `{% plain_badge "Simulated" "beaker" "info" %}`."""
    return {"badge": Badge(word, icon, tone)}


@register.inclusion_tag("components/badge.html")
def rated(rating: str, words: str) -> dict[str, Any]:
    """Show words that give a rating as it looks: `{% rated cell.badge cell.words %}`."""
    return {"badge": replace(badge_of("rating", rating), word=words)}


@register.simple_tag
def word(kind: str, value: str) -> str:
    """Return the word of a stored status alone: `{% word "answer" "yes" %}`."""
    return badge_of(kind, value).word


@register.simple_tag
def words_of(control: Control, may: Mapping[str, bool]) -> Words:
    """Return a control as this reader reads it: `{% words_of row.control may as words %}`."""
    return control.words(plain=not may["technical_view"])


@register.simple_tag
def reason_of(row: ChecklistRow, may: Mapping[str, bool]) -> str:
    """Return why an action is asked for, as this reader reads it; empty where no finding does."""
    return row.reason(plain=not may["technical_view"])


@register.simple_tag
def begin_of(row: ChecklistRow, may: Mapping[str, bool]) -> str:
    """Return the first step of an action about what the client has, as this reader reads it."""
    return row.begin_with(plain=not may["technical_view"])


@register.inclusion_tag("components/rating_scale.html")
def rating_scale(rating: str) -> dict[str, Any]:
    """Where a rating stands among the five; no mark for Untested, Inconclusive, Expired."""
    return {
        "steps": [badge_of("rating", step) for step in RATED],
        "current": badge_of("rating", rating),
    }


@register.simple_tag
def tone(kind: str, value: str) -> str:
    """Return the tone class of a status, for stripes and figures."""
    return f"tone-{badge_of(kind, value).tone}"


@register.filter
def client_hue(key: object) -> str:
    """Return the class of a client's stripe colour; the same for one slug for ever."""
    return f"hue-{zlib.crc32(str(key).encode()) % len(Hue)}"


@register.filter
def first_sentence(text: str) -> str:
    """Return the text up to its first full stop that a space follows."""
    head, stop, _rest = text.partition(". ")
    return head + stop.strip()


@register.filter
def after_first_sentence(text: str) -> str:
    """Return what `first_sentence` leaves."""
    return text.partition(". ")[2]


@register.filter
def thousands(number: int | None) -> str:
    """12500 → "12,500"; nothing → "–"."""
    return f"{number:,}" if isinstance(number, int) else ABSENT


@register.filter
def spaced(name: str) -> str:
    """random_forest → "random forest"."""
    return name.replace("_", " ")


@register.filter
def grouped(code: str) -> str:
    """Part a long code so that it can be typed: "ABCDEFGH" → "ABCD EFGH"."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def unturned(text: object) -> str:
    """Leave out what turns the direction of writing: a name that does would turn its sentence."""
    return str(text).translate(_TURNING)


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """Return a relative time whose tooltip is the exact one."""
    if not moment:
        return ABSENT
    now = timezone.now()
    if abs((now - moment).total_seconds()) < 60:  # noqa: PLR2004 - one minute
        words = _("just now")
    elif moment < now:
        words = _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
    else:
        words = _("in %(time)s") % {"time": timeuntil(moment, now, depth=1)}
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        local.strftime("%Y-%m-%d %H:%M %Z"),
        words,
    )


@register.filter
def interval(estimate: Mapping[str, float], digits: int = 2) -> str:
    """Show value, low and high: "0.81 (0.79–0.84)"."""
    value, low, high = (f"{estimate[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} ({low}–{high})"


@register.simple_tag
def chart_data(figures: Mapping[str, Any]) -> SafeString:
    """Write a figure, or {light, dark}, as the data block that chart.js draws."""
    block = json_script(figures)
    return mark_safe(block.replace("<script ", "<script data-chart ", 1))  # noqa: S308 - json_script has escaped the data
