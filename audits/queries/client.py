"""The fleet and the client page: what a technician and an owner see first."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from audits.enums import (
    ACTIVE_STATES,
    Answer,
    ClientState,
    JobKind,
    JobState,
    RatingBadge,
    ToolDecision,
)
from audits.models import Activity, AIModel, AITool, ChecklistItem, Client, Dataset, Job
from audits.queries import checklist, risk
from audits.queries.risk import ModelRisk


@dataclass(frozen=True, kw_only=True)
class FleetRow:
    """One client as the fleet table shows it."""

    client: Client
    badge: RatingBadge | None
    models: int
    tools: int
    tools_unreviewed: int
    last_audit: datetime | None
    open_actions: int
    overdue_actions: int

    @property
    def bucket(self) -> str:
        if self.badge in risk.NEEDS_ATTENTION or self.overdue_actions:
            return "attention"
        if self.badge is None or self.badge in risk.UNKNOWN:
            return "unknown"
        return "ok"

    @property
    def sort_key(self) -> tuple[int, int, str]:
        place = len(risk.BADGE_ORDER) if self.badge is None else risk.BADGE_ORDER.index(self.badge)
        return place, -self.open_actions, self.client.name.casefold()


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Every client in scope, worst first, with the figures above the table."""

    rows: list[FleetRow]
    buckets: dict[str, int]
    running: int
    failed: int

    @property
    def clients(self) -> int:
        return len(self.rows)


def _tools() -> tuple[dict[int, int], dict[int, int]]:
    rows = list(
        AITool.objects.order_by()
        .values_list("client_id")
        .annotate(all=Count("id"), open=Count("id", filter=Q(decision=ToolDecision.UNDECIDED)))
    )
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _actions(today: date) -> tuple[dict[int, int], dict[int, int]]:
    """Open actions to act on: asked for by a finding, or answered no or partly."""
    asked = Q(finding__isnull=False) | Q(answer__in=[Answer.NO, Answer.PARTLY])
    rows = list(
        ChecklistItem.objects.exclude(answer__in=checklist.SETTLED)
        .order_by()
        .values_list("client_id")
        .annotate(open=Count("id", filter=asked), overdue=Count("id", filter=Q(due__lt=today)))
    )
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def fleet() -> Fleet:
    """Every client in scope with its worst badge; the number of queries does not depend on rows."""
    risks: dict[int, list[ModelRisk]] = defaultdict(list)
    for found in risk.risks_of(AIModel.objects.all()):
        risks[found.model.client_id].append(found)
    tools, unreviewed = _tools()
    open_actions, overdue = _actions(timezone.localdate())
    rows = [
        FleetRow(
            client=client,
            badge=risk.worst(found.badge for found in risks[client.pk]),
            models=len(risks[client.pk]),
            tools=tools.get(client.pk, 0),
            tools_unreviewed=unreviewed.get(client.pk, 0),
            last_audit=max(
                (
                    found.audit.completed_at
                    for found in risks[client.pk]
                    if found.audit is not None and found.audit.completed_at is not None
                ),
                default=None,
            ),
            open_actions=open_actions.get(client.pk, 0),
            overdue_actions=overdue.get(client.pk, 0),
        )
        for client in Client.objects.exclude(state=ClientState.ARCHIVED)
    ]
    jobs = Counter(Job.objects.filter(kind=JobKind.AUDIT).values_list("state", flat=True))
    counted = [row for row in rows if row.client.state == ClientState.ACTIVE]
    return Fleet(
        rows=sorted(rows, key=lambda row: row.sort_key),
        buckets=dict(Counter(row.bucket for row in counted)),
        running=sum(jobs[state] for state in ACTIVE_STATES),
        failed=jobs[JobState.FAILED],
    )


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything the client page shows."""

    badge: RatingBadge | None
    risks: list[ModelRisk]
    datasets: int
    tools: int
    tools_unreviewed: int
    checklist: list[checklist.ChecklistRow]
    activity: list[Activity]

    @property
    def worst(self) -> ModelRisk | None:
        return self.risks[0] if self.risks else None

    @property
    def top_actions(self) -> list[checklist.ChecklistRow]:
        return checklist.top_actions(self.checklist)

    @property
    def score(self) -> checklist.readiness.Readiness:
        return checklist.score(self.checklist)


def overview(client: Client) -> Overview:
    """Gather the client page."""
    risks = risk.risks_of(AIModel.objects.filter(client=client))
    tools, unreviewed = _tools()
    return Overview(
        badge=risk.worst(found.badge for found in risks),
        risks=risks,
        datasets=Dataset.objects.filter(client=client).count(),
        tools=tools.get(client.pk, 0),
        tools_unreviewed=unreviewed.get(client.pk, 0),
        checklist=checklist.rows(client),
        activity=list(
            Activity.objects.filter(client=client).select_related("actor").order_by("-pk")[:10]
        ),
    )


def in_scope() -> models.QuerySet[Client]:
    """Every client in scope that is not archived, by name."""
    return Client.objects.exclude(state=ClientState.ARCHIVED).order_by("name", "pk")


def clients() -> list[Client]:
    """Every client in scope, by name: the switcher."""
    return list(in_scope())


def running_jobs() -> int:
    """How many jobs are queued or running in scope."""
    return Job.objects.filter(state__in=ACTIVE_STATES).count()
