"""Figures of every client in scope: each in one query, whatever the number of clients."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, Max, Q

from audits.enums import ACTIVE_STATES, JobKind, ToolDecision
from audits.models import AITool, Audit, ChecklistItem, Job, Report
from audits.queries import audit, audit_schedule, risk
from audits.queries import checklist as checklists


class Late(NamedTuple):
    """How many reviews of a client are overdue, and what has waited the longest."""

    number: int = 0
    name: str = ""


def tools() -> tuple[dict[int, int], dict[int, int]]:
    """AI tools of each client, and those that nobody has decided about."""
    rows = list(
        AITool.objects.order_by()
        .values_list("client_id")
        .annotate(all=Count("id"), open=Count("id", filter=Q(decision=ToolDecision.UNDECIDED)))
    )
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def actions(today: date) -> tuple[dict[int, int], dict[int, int]]:
    """Open actions as the plan counts them, and late ones."""
    rows = list(
        ChecklistItem.objects.filter(checklists.TO_DO)
        .order_by()
        .values_list("client_id")
        .annotate(
            open=Count("id", filter=checklists.IS_ASKED),
            overdue=Count("id", filter=checklists.IS_ASKED & Q(due__lt=today)),
        )
    )
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def reviews(today: date) -> tuple[dict[int, Late], dict[int, Late]]:
    """Models in use, and tools that were decided about, whose day of the next review is over."""
    models = risk.in_use().filter(next_review__lt=today).order_by("next_review", "pk")
    tools = AITool.objects.exclude(decision=ToolDecision.UNDECIDED).filter(next_review__lt=today)
    return (
        _late(models.values_list("client_id", "name")),
        _late(tools.order_by("next_review", "pk").values_list("client_id", "name")),
    )


def _late(rows: Iterable[tuple[int, str]]) -> dict[int, Late]:
    """Of each client how many there are; the first one gives its name."""
    found: dict[int, Late] = {}
    for client_id, name in rows:
        known = found.get(client_id, Late(name=name))
        found[client_id] = known._replace(number=known.number + 1)
    return found


def audit_jobs() -> tuple[Counter[int], Counter[int]]:
    """Audits on their way, and audits that failed and were not tried again."""
    running = Job.objects.filter(kind=JobKind.AUDIT, state__in=ACTIVE_STATES)
    return (
        Counter(running.values_list("client_id", flat=True)),
        Counter(audit.failed().values_list("client_id", flat=True)),
    )


def unstarted_audits() -> Counter[int]:
    """Schedules of each client whose last day could not start its audit."""
    rows = audit_schedule.not_started().order_by()
    return Counter(rows.values_list("client_id", flat=True))


def last_audits() -> dict[int, datetime]:
    """When the newest audit of each client was finished, whatever it said."""
    rows = Audit.objects.filter(completed_at__isnull=False).order_by().values_list("client_id")
    return dict(rows.annotate(last=Max("completed_at")))


def last_reports() -> dict[int, datetime]:
    """When a report was last sent to people of each client: for the first time, not once more."""
    rows = Report.objects.filter(sent_at__isnull=False).order_by()
    return dict(rows.values_list("client_id").annotate(last=Max("sent_at")))
