"""Further tables to take away: reports, schedules, people of a provider, vendors, policies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import RatingBadge
from audits.guidance.frameworks import Framework
from audits.models import (
    AuditRun,
    AuditSchedule,
    PortfolioReport,
    Report,
    ReportRun,
    ReportSchedule,
)
from audits.queries.api_token import TokenRow
from audits.queries.audit_schedule import Planned
from audits.queries.checklist import ChecklistRow
from audits.queries.client_group import GroupRow
from audits.queries.framework import Line
from audits.queries.listings import Column, Listing
from audits.queries.rating_policy import Knob
from audits.queries.team import Colleague
from audits.queries.tool import ToolRow


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment is not None else None


def _rating(badge: str) -> str | None:
    return str(RatingBadge(badge).label) if badge else None


REPORTS: Final = Listing[Report](
    "reports",
    (
        Column("report", lambda row: str(row.data["report_number"])),
        Column("kind", lambda row: str(row.get_kind_display())),
        Column("about", lambda row: row.subject),
        Column(
            "rating_in_it", lambda row: str(RatingBadge(row.badge).label) if row.badge else None
        ),
        Column("state", lambda row: str(row.get_state_display())),
        Column("held_for_review", lambda row: "yes" if row.held else "no", staff=True),
        Column("made", lambda row: _day(row.created_at)),
        Column("made_by", lambda row: str(row.created_by or "") or None),
        Column("sent", lambda row: _day(row.sent_at)),
        Column("sha256", lambda row: row.file.sha256 if row.file is not None else None),
    ),
)


def _next_on(schedule: AuditSchedule | ReportSchedule) -> date | None:
    """Its next day; none while it is paused, because letting it go on chooses another."""
    return None if schedule.paused_at else schedule.next_on


def _went(run: AuditRun | None) -> str | None:
    """How the audit of a day stands, as the page says it."""
    if run is None:
        return None
    if run.audit is None:
        return _("Not started")
    return str(run.audit.job.get_state_display()) if run.audit.job else None


def _people(schedule: ReportSchedule, *, hidden: bool) -> str | None:
    listed = [one.user for one in schedule.readers.all() if one.is_hidden == hidden]
    return ", ".join(map(str, listed)) or None


AUDIT_SCHEDULES: Final = Listing[Planned](
    "audit-schedules",
    (
        Column("model", lambda row: row.schedule.model.name),
        Column("how_often", lambda row: str(row.schedule.get_rhythm_display())),
        Column("next_on", lambda row: _next_on(row.schedule)),
        Column("paused_since", lambda row: _day(row.schedule.paused_at)),
        Column("last_day", lambda row: row.last.due_on if row.last else None),
        Column("how_it_went", lambda row: _went(row.last)),
        Column("why_not_started", lambda row: (row.last.problem or None) if row.last else None),
        Column("planned", lambda row: _day(row.schedule.created_at)),
        Column("planned_by", lambda row: str(row.schedule.created_by or "") or None),
    ),
)

AUDIT_DAYS: Final = Listing[AuditRun](
    "audit-schedule-days",
    (
        Column("due_on", lambda row: row.due_on),
        Column("earlier_days_missed", lambda row: row.missed),
        Column("model", lambda row: row.schedule.model.name),
        Column("audit", lambda row: row.audit_id),
        Column("how_it_went", _went),
        Column("why_not_started", lambda row: row.problem or None),
    ),
)

REPORT_SCHEDULES: Final = Listing[ReportSchedule](
    "report-schedules",
    (
        Column("kind", lambda row: str(row.get_kind_display())),
        Column("how_often", lambda row: str(row.get_rhythm_display())),
        Column("next_on", _next_on),
        Column("paused_since", lambda row: _day(row.paused_at)),
        Column("held_for_review", lambda row: "yes" if row.held else "no"),
        Column("sent_to", lambda row: _people(row, hidden=False)),
        Column("hidden_copies_to", lambda row: _people(row, hidden=True)),
        Column("planned", lambda row: _day(row.created_at)),
        Column("planned_by", lambda row: str(row.created_by or "") or None),
    ),
)

REPORT_DAYS: Final = Listing[ReportRun](
    "report-schedule-days",
    (
        Column("due_on", lambda row: row.due_on),
        Column("earlier_days_missed", lambda row: row.missed),
        Column("kind", lambda row: str(row.schedule.get_kind_display())),
        Column("report", lambda row: str(row.report.data["report_number"]) if row.report else None),
        Column("how_it_went", lambda row: str(row.get_state_display())),
        Column("what_went_wrong", lambda row: row.problem or None),
        Column("finished", lambda row: _day(row.finished_at)),
    ),
)

PORTFOLIOS: Final = Listing[PortfolioReport](
    "portfolio-reports",
    (
        Column("report", lambda row: str(row.data["report_number"])),
        Column("clients", lambda row: len(row.covers)),
        Column("every_client", lambda row: "yes" if row.whole else "no"),
        Column("made", lambda row: _day(row.created_at)),
        Column("made_by", lambda row: str(row.created_by or "") or None),
        Column("superseded", lambda row: _day(row.superseded_at)),
        Column("sha256", lambda row: row.sha256 or None),
    ),
)

TEAM: Final = Listing[Colleague](
    "team",
    (
        Column("name", lambda row: row.held.user.name or None),
        Column("email", lambda row: row.held.user.email),
        Column("role", lambda row: str(row.held.get_role_display())),
        Column("every_client", lambda row: "yes" if row.held.all_clients else "no"),
        Column("clients", lambda row: ", ".join(one.name for one in row.clients)),
        Column("groups", lambda row: ", ".join(one.name for one in row.groups)),
        Column("second_factor", lambda row: "yes" if row.has_second_factor else "no"),
        Column("last_seen", lambda row: _day(row.held.seen_at)),
    ),
)

GROUPS: Final = Listing[GroupRow](
    "groups",
    (
        Column("group", lambda row: row.group.name),
        Column("how_many_clients", lambda row: len(row.clients)),
        Column("clients", lambda row: ", ".join(one.name for one in row.clients)),
        Column("granted_to", lambda row: ", ".join(str(held.user) for held in row.people)),
    ),
)

_STANDING: Final = (
    Column[ToolRow]("data_that_goes_in", lambda row: str(row.tool.get_data_class_display())),
    Column[ToolRow]("users", lambda row: row.tool.people),
    Column[ToolRow]("state", lambda row: str(row.state.label)),
    Column[ToolRow]("decision", lambda row: str(row.tool.get_decision_display())),
    Column[ToolRow]("next_review", lambda row: row.review_on),
)

REPORTED: Final = Listing[ToolRow](
    "reported-tools",
    (
        Column("tool", lambda row: row.tool.name),
        Column("vendor", lambda row: row.tool.vendor),
        Column("client", lambda row: row.tool.client.name),
        Column("reported", lambda row: _day(row.tool.created_at)),
        *_STANDING,
    ),
)

TOOL_USERS: Final = Listing[ToolRow](
    "clients-of-tool",
    (
        Column("client", lambda row: row.tool.client.name),
        Column("tool", lambda row: row.tool.name),
        *_STANDING,
    ),
)


def _says(place: int) -> Callable[[Knob], str]:
    return lambda knob: knob.values[place].text


def _is_stricter(place: int) -> Callable[[Knob], str]:
    return lambda knob: "yes" if knob.values[place].is_stricter else "no"


PROVIDER_POLICY: Final = Listing[Knob](
    "rating-policy",
    (
        Column("rule", lambda knob: knob.label),
        Column("house_policy", _says(0)),
        Column("provider", _says(1)),
        Column("provider_is_stricter", _is_stricter(1)),
    ),
)

CLIENT_POLICY: Final = Listing[Knob](
    PROVIDER_POLICY.name,
    (
        *PROVIDER_POLICY.columns,
        Column("client", _says(2)),
        Column("client_is_stricter", _is_stricter(2)),
    ),
)

# What a token is called and may do; the token itself is kept nowhere, so no file can have it.
TOKENS: Final = Listing[TokenRow](
    "api-tokens",
    (
        Column("name", lambda row: row.name),
        Column("begins_with", lambda row: row.prefix),
        Column("person", lambda row: row.person),
        Column("state", lambda row: str(row.state.label)),
        Column("may", lambda row: ", ".join(row.scopes)),
        Column("clients", lambda row: ", ".join(row.clients) if row.is_narrowed else "all"),
        Column("made", lambda row: _day(row.created_at)),
        Column("ends", lambda row: _day(row.expires_at)),
        Column("last_used", lambda row: _day(row.last_used_at)),
        Column("last_used_from", lambda row: row.last_used_from),
    ),
)


FRAMEWORKS: Final = Listing[Framework](
    "frameworks",
    (
        Column("framework", lambda row: row.name),
        Column("title", lambda row: row.title),
        Column("publisher", lambda row: row.publisher),
        Column("about", lambda row: row.about),
        Column("link", lambda row: row.link),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Supported:
    """A passage and one of the client's own rows that supports it."""

    reference: str
    row: ChecklistRow


def supported(lines: list[Line]) -> Iterator[Supported]:
    """A row for each passage and each control that supports it."""
    return (Supported(reference=one.reference, row=row) for one in lines for row in one.rows)


def framework(*, plain: bool) -> Listing[Supported]:
    """The crosswalk in the words of its reader: an owner's are plain."""
    return Listing[Supported](
        "framework",
        (
            Column("passage", lambda one: one.reference),
            Column("control", lambda one: one.row.control.id),
            Column("question", lambda one: one.row.control.words(plain=plain).title),
            Column("answer", lambda one: str(one.row.item.get_answer_display())),
            Column("evidence", lambda one: one.row.evidence),
            Column("answered", lambda one: _day(one.row.item.answered_at)),
        ),
    )
