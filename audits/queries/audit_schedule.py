"""Schedules of audits: what is planned, what is due anywhere, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audits.models import AIModel, Audit, AuditRun, AuditSchedule, Client
from audits.queries.report_schedule import days_from, last_days, may_have_any, today_at

__all__ = [
    "Planned",
    "days_from",
    "days_of",
    "due",
    "first_day",
    "may_have_any",
    "not_started",
    "of_client",
    "of_model",
    "runs_of",
    "today_at",
    "unstarted",
    "with_last",
]

# So many days of the past are shown.
SHOWN_RUNS = 24
_MORE_THAN_A_MONTH = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A schedule, and what came of the last day on which its audit was due."""

    schedule: AuditSchedule
    last: AuditRun | None


def of_client(client: Client) -> QuerySet[AuditSchedule]:
    """Schedules of the client, what comes next first."""
    rows = AuditSchedule.objects.filter(client=client, deleted_at=None)
    return rows.select_related("client", "model", "created_by").order_by(
        "next_on", "model__name", "pk"
    )


def unstarted_schedules(client: Client) -> QuerySet[AuditSchedule]:
    """Those of them whose last day could not start its audit, as the fleet counts them."""
    return of_client(client).filter(pk__in=not_started().order_by().values("schedule"))


def with_last(schedules: Iterable[AuditSchedule]) -> list[Planned]:
    """Each schedule with its last day."""
    listed = list(schedules)
    rows = _shown(AuditRun.objects.filter(schedule__in=listed))
    last = {row.schedule_id: row for row in last_days(rows)}
    return [Planned(schedule=one, last=last.get(one.pk)) for one in listed]


def of_model(model: AIModel) -> Planned | None:
    """How audits of the model are planned; None where they are not."""
    found = with_last(of_client(model.client).filter(model=model))
    return found[0] if found else None


def days_of(client: Client) -> QuerySet[AuditRun]:
    """What came of every day on which an audit was due, the last first, of deleted ones too."""
    return _shown(AuditRun.objects.filter(client=client).select_related("schedule__model"))


def runs_of(client: Client) -> list[AuditRun]:
    """As many of the last of these days as a page shows."""
    return list(days_of(client)[:SHOWN_RUNS])


def _shown(rows: QuerySet[AuditRun]) -> QuerySet[AuditRun]:
    """The days with how far their audits are, without the long documents."""
    return rows.select_related("audit__job").defer("audit__document", "audit__rating_trace")


def not_started() -> QuerySet[AuditRun]:
    """Days in scope whose audit could not be started, of schedules that go on.

    Each asks for attention until an audit of the model is asked for again, or until its next day.
    """
    later = AuditRun.objects.filter(
        schedule=OuterRef("schedule"), due_on__gt=OuterRef("due_on"), pk__gt=OuterRef("pk")
    )
    measured = Audit.objects.filter(
        Q(created_at__gt=OuterRef("created_at")) | Q(completed_at__gt=OuterRef("created_at")),
        model_version__model=OuterRef("schedule__model"),
    )
    rows = AuditRun.objects.filter(audit=None, schedule__deleted_at=None, schedule__paused_at=None)
    return rows.exclude(Exists(later)).exclude(Exists(measured))


def unstarted(client: Client) -> list[AuditRun]:
    """Those of the client, the newest day first."""
    return list(not_started().filter(client=client).select_related("schedule__model"))


def first_day(client: Client) -> date:
    """The day that a new schedule begins with unless somebody says otherwise: the next first."""
    return (today_at(client).replace(day=1) + _MORE_THAN_A_MONTH).replace(day=1)


def due() -> list[tuple[int, int, int]]:
    """Schedule, client and provider wherever the day may have come: somewhere it is tomorrow."""
    tomorrow = timezone.now().date() + timedelta(days=1)
    rows = AuditSchedule.objects.filter(deleted_at=None, paused_at=None, next_on__lte=tomorrow)
    return list(rows.order_by("next_on", "pk").values_list("pk", "client_id", "provider_id"))
