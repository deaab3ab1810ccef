"""The fleet and the client page: what a technician and an owner see first."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.db.models import Count, Max, Q
from django.utils import timezone

from audits.enums import (
    ACTIVE_STATES,
    Answer,
    ClientState,
    JobKind,
    RatingBadge,
    ToolDecision,
)
from audits.guidance.readiness import Readiness
from audits.models import AIModel, AITool, Audit, ChecklistItem, Client, Dataset, Job
from audits.queries import activity, audit, risk
from audits.queries import checklist as checklists
from audits.queries.activity import ActivityLine
from audits.queries.checklist import ChecklistRow
from audits.queries.risk import ModelRisk

BUCKETS = ("attention", "ok", "unknown")
CHOICES = (*BUCKETS, "running", "failed", "overdue")


@dataclass(frozen=True, kw_only=True)
class FleetRow:
    """One client as the fleet table shows it."""

    client: Client
    worst: ModelRisk | None
    models: int
    tools: int
    tools_unreviewed: int
    last_audit: datetime | None
    open_actions: int
    overdue_actions: int
    running_audits: int
    failed_audits: int

    @property
    def counts(self) -> bool:
        """A prospect is shown and not counted."""
        return self.client.state == ClientState.ACTIVE

    def shown_by(self, chosen: str) -> bool:
        """Say whether the row stays when this choice is made above the table."""
        if chosen in BUCKETS:
            return self.counts and self.bucket == chosen
        kept = {
            "running": self.running_audits,
            "failed": self.failed_audits,
            "overdue": self.overdue_actions,
        }
        return bool(kept[chosen])

    @property
    def badge(self) -> RatingBadge | None:
        """The worst badge of the client's models; None without a model."""
        return self.worst.badge if self.worst is not None else None

    @property
    def bucket(self) -> str:
        if self.overdue_actions or (self.worst is not None and self.worst.needs_attention):
            return "attention"
        if self.badge is None or self.badge in risk.UNKNOWN:
            return "unknown"
        return "ok"

    @property
    def sort_key(self) -> tuple[tuple[int, int], int, str]:
        last = len(risk.BADGE_ORDER)
        place = self.worst.urgency if self.worst is not None else (last, last)
        return place, -self.open_actions, self.client.name.casefold()


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Every client in scope, worst first, with the figures above the table."""

    rows: list[FleetRow]
    buckets: dict[str, int]

    @property
    def clients(self) -> int:
        return sum(row.counts for row in self.rows)

    @property
    def prospects(self) -> int:
        return len(self.rows) - self.clients

    @property
    def running(self) -> int:
        return sum(row.running_audits for row in self.rows)

    @property
    def failed(self) -> int:
        return sum(row.failed_audits for row in self.rows)

    @property
    def overdue(self) -> int:
        return sum(row.overdue_actions for row in self.rows)


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
        ChecklistItem.objects.exclude(answer__in=checklists.SETTLED)
        .order_by()
        .values_list("client_id")
        .annotate(open=Count("id", filter=asked), overdue=Count("id", filter=Q(due__lt=today)))
    )
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _audit_jobs() -> tuple[Counter[int], Counter[int]]:
    """Audits on their way, and audits that failed and were not tried again."""
    running = Job.objects.filter(kind=JobKind.AUDIT, state__in=ACTIVE_STATES)
    return (
        Counter(running.values_list("client_id", flat=True)),
        Counter(audit.failed().values_list("client_id", flat=True)),
    )


def _last_audits() -> dict[int, datetime]:
    """When the newest audit of each client was finished, whatever it said."""
    rows = Audit.objects.filter(completed_at__isnull=False).order_by().values_list("client_id")
    return dict(rows.annotate(last=Max("completed_at")))


def fleet() -> Fleet:
    """Every client in scope with its worst badge; the number of queries does not depend on rows."""
    risks: dict[int, list[ModelRisk]] = defaultdict(list)
    for found in risk.risks_of(AIModel.objects.all()):
        risks[found.model.client_id].append(found)
    tools, unreviewed = _tools()
    open_actions, overdue = _actions(timezone.localdate())
    running, failed = _audit_jobs()
    last_audits = _last_audits()
    rows = [
        FleetRow(
            client=client,
            worst=risks[client.pk][0] if risks[client.pk] else None,
            models=len(risks[client.pk]),
            tools=tools.get(client.pk, 0),
            tools_unreviewed=unreviewed.get(client.pk, 0),
            last_audit=last_audits.get(client.pk),
            open_actions=open_actions.get(client.pk, 0),
            overdue_actions=overdue.get(client.pk, 0),
            running_audits=running[client.pk],
            failed_audits=failed[client.pk],
        )
        for client in Client.objects.exclude(state=ClientState.ARCHIVED)
    ]
    counted = Counter(row.bucket for row in rows if row.counts)
    return Fleet(
        rows=sorted(rows, key=lambda row: row.sort_key),
        buckets={name: counted[name] for name in BUCKETS},
    )


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything the client page shows."""

    risks: list[ModelRisk]
    datasets: int
    tools: int
    tools_unreviewed: int
    checklist: list[ChecklistRow]
    activity: list[ActivityLine]
    failed: list[Audit]
    running: list[Audit]

    @property
    def tested(self) -> int:
        """How many models have a result."""
        return sum(found.audit is not None for found in self.risks)

    @property
    def actions_open(self) -> int:
        """As the fleet counts them: asked for by a finding, or answered no or partly."""
        return sum(
            row.is_open and (bool(row.because) or row.item.answer != Answer.UNANSWERED)
            for row in self.checklist
        )

    @property
    def worst(self) -> ModelRisk | None:
        return self.risks[0] if self.risks else None

    @property
    def badge(self) -> RatingBadge | None:
        return self.worst.badge if self.worst is not None else None

    @property
    def top_actions(self) -> list[ChecklistRow]:
        return checklists.top_actions(self.checklist)

    @property
    def score(self) -> Readiness:
        return checklists.score(self.checklist)


def overview(client: Client) -> Overview:
    """Gather the client page."""
    risks = risk.risks_of(AIModel.objects.filter(client=client))
    tools, unreviewed = _tools()
    return Overview(
        risks=risks,
        datasets=Dataset.objects.filter(client=client).count(),
        tools=tools.get(client.pk, 0),
        tools_unreviewed=unreviewed.get(client.pk, 0),
        checklist=checklists.rows(client),
        activity=activity.latest(client),
        failed=audit.attention(client),
        running=audit.running(client),
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
