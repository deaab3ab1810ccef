"""The client page, and who the clients are."""

from dataclasses import dataclass

from django.db import models

from audits.enums import ACTIVE_STATES, ClientState, RatingBadge
from audits.guidance.readiness import Readiness
from audits.models import AIModel, Audit, Client, Dataset, Job
from audits.queries import activity, audit, fleet_figures, retention, risk
from audits.queries import checklist as checklists
from audits.queries.activity import ActivityLine
from audits.queries.checklist import ChecklistRow
from audits.queries.risk import ModelRisk


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
    ending: list[Dataset]

    @property
    def tested(self) -> int:
        """How many models have a result."""
        return sum(found.audit is not None for found in self.risks)

    @property
    def actions_open(self) -> int:
        """As the fleet counts them: asked for by a finding, or answered no or partly."""
        return sum(row.is_action and not row.is_left for row in self.checklist)

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


def of_the_demo() -> models.QuerySet[Client]:
    """Clients in scope that came with the demo."""
    return Client.objects.filter(is_demo=True)


def overview(client: Client) -> Overview:
    """Gather the client page."""
    risks = risk.risks_of(AIModel.objects.filter(client=client))
    tools, unreviewed = fleet_figures.tools()
    return Overview(
        risks=risks,
        datasets=Dataset.objects.filter(client=client).count(),
        tools=tools.get(client.pk, 0),
        tools_unreviewed=unreviewed.get(client.pk, 0),
        checklist=checklists.rows(client),
        activity=activity.latest(client),
        failed=audit.attention(client),
        running=audit.running(client),
        ending=retention.ending_soon(client),
    )


def in_scope() -> models.QuerySet[Client]:
    """Every client in scope that is not archived, by name."""
    return Client.objects.exclude(state=ClientState.ARCHIVED).order_by("name", "pk")


def of_provider(provider_id: int) -> models.QuerySet[Client]:
    """Every client of the provider in scope, by name."""
    return Client.objects.filter(provider_id=provider_id).order_by("name", "pk")


def clients() -> list[Client]:
    """Every client in scope, by name: the switcher."""
    return list(in_scope())


def running_jobs() -> int:
    """How many jobs are queued or running in scope."""
    return Job.objects.filter(state__in=ACTIVE_STATES).count()
