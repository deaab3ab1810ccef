"""Schedules of reports: what is planned, what is due anywhere, and what came of it."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from audits.enums import (
    SECTIONS_OF,
    AuditRhythm,
    ClientState,
    ReportKind,
    ReportRhythm,
    ReportRunState,
)
from audits.models import AuditRun, Client, Report, ReportRun, ReportSchedule
from audits.queries import report as reports
from audits.queries import report_periods
from audits.queries.report_content import Wish

Run = TypeVar("Run", AuditRun, ReportRun)

_MONTHS = 12
# So many days of the past are shown.
SHOWN_RUNS = 24


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A schedule, and what came of the last day on which its report was due."""

    schedule: ReportSchedule
    last: ReportRun | None


def of_client(client: Client) -> QuerySet[ReportSchedule]:
    """Schedules of the client with their people, what comes next first."""
    rows = ReportSchedule.objects.filter(client=client, deleted_at=None)
    return rows.select_related("client", "created_by").prefetch_related("readers__user")


def with_last(schedules: Iterable[ReportSchedule]) -> list[Planned]:
    """Each schedule with its last day."""
    listed = list(schedules)
    rows = ReportRun.objects.filter(schedule__in=listed)
    last = {row.schedule_id: row for row in last_days(rows)}
    return [Planned(schedule=one, last=last.get(one.pk)) for one in listed]


def last_days(rows: QuerySet[Run]) -> QuerySet[Run]:
    """Of days of several schedules the last one of each."""
    return rows.order_by("schedule_id", "-due_on", "-pk").distinct("schedule_id")


def days_of(client: Client) -> QuerySet[ReportRun]:
    """What came of every day on which a report was due, the last first, of deleted ones too."""
    rows = ReportRun.objects.filter(client=client).select_related("schedule", "report")
    return rows.defer("report__logo")


def runs_of(client: Client) -> list[ReportRun]:
    """As many of the last of these days as a page shows."""
    return list(days_of(client).defer("report__data", "report__logo")[:SHOWN_RUNS])


def run_of(report: Report) -> ReportRun | None:
    """The day of a schedule for which a report was made; None for one that somebody asked for."""
    rows = ReportRun.objects.filter(report=report).select_related("schedule__client")
    return rows.prefetch_related("schedule__readers__user").first()


def today_at(client: Client, now: datetime | None = None) -> date:
    """The day at the client."""
    return (now or timezone.now()).astimezone(ZoneInfo(client.time_zone)).date()


def planned_since(client: Client, moment: datetime) -> int:
    """How many were planned since then, those that were deleted again among them."""
    return ReportSchedule.objects.filter(client=client, created_at__gte=moment).count()


def may_have_any(client: Client) -> bool:
    """Say whether reports are made for the client at all."""
    return client.state != ClientState.ARCHIVED and not client.synthetic


def first_day(kind: ReportKind, client: Client) -> date:
    """The day that a new schedule begins with unless somebody says otherwise.

    A review of a quarter is made when the quarter has ended, anything else on the next first.
    """
    today = today_at(client)
    if kind == ReportKind.QUARTER:
        return report_periods.of_day(today).following().first
    return (today.replace(day=1) + timedelta(days=31)).replace(day=1)


def due() -> list[tuple[int, int, int]]:
    """Schedule, client and provider wherever the day may have come: somewhere it is tomorrow."""
    tomorrow = timezone.now().date() + timedelta(days=1)
    rows = ReportSchedule.objects.filter(deleted_at=None, paused_at=None, next_on__lte=tomorrow)
    return list(rows.order_by("pk").values_list("pk", "client_id", "provider_id"))


def unfinished() -> list[tuple[int, int, int]]:
    """Run, client and provider of every report that a schedule has begun and not brought on."""
    rows = ReportRun.objects.filter(state=ReportRunState.MAKING)
    return list(rows.order_by("pk").values_list("pk", "client_id", "provider_id"))


def days_from(
    first: date, *, rhythm: ReportRhythm | AuditRhythm, day_of_month: int
) -> Iterator[date]:
    """Each day on which something is due; in a month without that day it is the last one."""
    yield first
    months = first.year * _MONTHS + first.month - 1
    while True:
        months += rhythm.months
        year, month = divmod(months, _MONTHS)
        last = monthrange(year, month + 1)[1]
        yield date(year, month + 1, min(day_of_month, last))


def wish_of(schedule: ReportSchedule, due_on: date) -> Wish:
    """What the schedule asks for on a day.

    Of the audits it is the one that speaks for the model that is rated worst today; of the quarters
    the last one that has ended with the day before: one that has just begun shows nothing.
    """
    kind = ReportKind(schedule.kind)
    is_quarter = kind == ReportKind.QUARTER
    listed = {one.value for one in SECTIONS_OF[kind]}
    return Wish(
        kind=kind,
        audit=None if is_quarter else reports.worst_audit(schedule.client),
        period=report_periods.ended_by(due_on) if is_quarter else None,
        left_out=frozenset(listed - set(schedule.sections)),
        held=schedule.held,
    )
