"""The client page, and who the clients are."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.db import models
from django.utils.translation import gettext as _

from audits.enums import ClientState, RatingBadge
from audits.guidance.readiness import Readiness
from audits.models import Audit, AuditRun, Client, ClientGroup, Dataset, Membership
from audits.queries import (
    activity,
    audit,
    audit_schedule,
    client_figures,
    client_group,
    expiring,
    facts,
    fleet_figures,
    next_actions,
    rating_policy,
    report_frame,
    retention,
    risk,
    risk_history,
    risk_order,
    since_review,
)
from audits.queries import checklist as checklists
from audits.queries.activity import ActivityLine
from audits.queries.checklist import ChecklistRow
from audits.queries.client_figures import Known
from audits.queries.expiring import Expiring
from audits.queries.risk_history import History
from audits.queries.risk_order import Placed
from audits.queries.since_review import SinceReview

# As many models as the client page shows, the worst of them.
SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything the client page shows."""

    models: list[Placed]
    datasets: int
    tools: int
    tools_unreviewed: int
    checklist: list[ChecklistRow]
    activity: list[ActivityLine]
    failed: list[Audit]
    unstarted: list[AuditRun]
    running: list[Audit]
    ending: list[Dataset]
    lead: Membership | None
    history: History
    since: SinceReview
    expiring: Expiring
    top_actions: list[ChecklistRow]
    # What comes before a verdict that no longer counts; empty where it does.
    outdated: str

    @property
    def tested(self) -> int:
        """How many models have a result."""
        return sum(found.audit is not None for found in self.models)

    @property
    def risks(self) -> list[Placed]:
        """The worst of the models in use: those that are shown."""
        return self.models[:SHOWN]

    @property
    def more(self) -> int:
        """How many models are not shown."""
        return len(self.models) - len(self.risks)

    @cached_property
    def reviews_overdue(self) -> list[Placed]:
        """Models whose day of the next review is over."""
        return [found for found in self.models if found.is_review_overdue]

    @property
    def actions_open(self) -> int:
        """As the fleet counts them: asked for by a finding, or answered no or partly."""
        return sum(row.is_action and not row.is_left for row in self.checklist)

    @property
    def worst(self) -> Placed | None:
        return self.models[0] if self.models else None

    @property
    def badge(self) -> RatingBadge | None:
        return self.worst.badge if self.worst is not None else None

    @property
    def first_fall_due(self) -> bool:
        """Say whether one of the first actions has a day that the list of days leaves to them."""
        return any(map(expiring.falls_due, self.top_actions))

    @property
    def score(self) -> Readiness:
        return checklists.score(self.checklist)


def overview(client: Client, *, with_held: bool = True, is_plain: bool = False) -> Overview:
    """Gather the client page, of which the client's own people see nothing that is held."""
    policy = rating_policy.of_client(client)
    listed = risk_order.placed(risk.in_use().filter(client=client), policy)
    tools, unreviewed = fleet_figures.tools()
    checklist = checklists.standing(client)
    worst, first = listed[0].model if listed else None, next_actions.first(checklist)
    if first:
        known = facts.known_of(client, model=worst, policy=policy)
        first = checklists.begun(first, known.assets, model=worst)
    told = {row.item.pk for row in first}
    history = risk_history.of_models(client, [found.model for found in listed])
    return Overview(
        models=listed,
        datasets=Dataset.objects.filter(client=client).count(),
        tools=tools.get(client.pk, 0),
        tools_unreviewed=unreviewed.get(client.pk, 0),
        checklist=checklist,
        top_actions=first,
        outdated=_outdated(client, listed[0]) if listed else "",
        activity=activity.latest(client, with_held=with_held, is_plain=is_plain),
        failed=audit.attention(client),
        unstarted=audit_schedule.unstarted(client),
        running=audit.running(client),
        ending=retention.ending_soon(client),
        lead=_lead(client),
        history=history,
        since=since_review.of_client(client, models=listed, history=history, checklist=checklist),
        # What stands among the first actions is not told again below them.
        expiring=expiring.of_client(
            client,
            models=listed,
            policy=policy,
            checklist=[row for row in checklist if row.item.pk not in told],
        ),
    )


def _outdated(client: Client, worst: Placed) -> str:
    if worst.badge != RatingBadge.EXPIRED or worst.audit is None:
        return ""
    finished, severity = worst.audit.completed_at, worst.standing.severity
    told = {
        "name": worst.model.name,
        "day": report_frame.day_at(client, finished) if finished is not None else "",
        "badge": severity.label if severity is not None else "",
    }
    if severity is None:
        return (
            _("The last result of %(name)s is of %(day)s and no longer counts. Test it again.")
            % told
        )
    return (
        _(
            "The last result of %(name)s is of %(day)s and no longer counts: treat it as %(badge)s"
            " until it is tested again."
        )
        % told
    )


def _lead(client: Client) -> Membership | None:
    """Who of the provider looks after the client; None where that is not told to the reader."""
    if client.lead_id is None:
        return None
    return Membership.objects.filter(pk=client.lead_id).select_related("user").first()


def in_scope() -> models.QuerySet[Client]:
    """Every client in scope that is not archived, by name."""
    return Client.objects.exclude(state=ClientState.ARCHIVED).order_by("name", "pk")


def ids_in_scope() -> frozenset[int]:
    """Ids of the same clients."""
    return frozenset(in_scope().order_by().values_list("pk", flat=True))


def of_provider(provider_id: int) -> models.QuerySet[Client]:
    """Every client of the provider in scope, by name."""
    return Client.objects.filter(provider_id=provider_id).order_by("name", "pk")


def numbers_at(provider_id: int, slug: str) -> list[int]:
    """The client of an address by its number; none where the provider has none there in scope."""
    return list(of_provider(provider_id).filter(slug=slug).values_list("pk", flat=True))


def active(provider_id: int) -> models.QuerySet[Client]:
    """Clients that are looked after today, by name: those for which work can be begun."""
    return of_provider(provider_id).exclude(state=ClientState.ARCHIVED)


def clients() -> list[Client]:
    """Every client in scope, by name."""
    return list(in_scope())


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A client in the switcher, with what tells it from the others."""

    client: Client
    groups: list[ClientGroup]
    badge: RatingBadge | None
    is_running: bool
    checklist: int | None


def choices(known: Known) -> list[Choice]:
    """Every client in scope, by name, as the switcher lists it."""
    listed = clients()
    figures = known.figures
    tags = client_group.tags_of(client.pk for client in listed)
    found = []
    for client in listed:
        own = figures.get(client.pk, client_figures.NOTHING)
        worst = own.risk.worst
        found.append(
            Choice(
                client=client,
                groups=tags.get(client.pk, []),
                badge=worst.badge if worst is not None else None,
                is_running=own.running_audits > 0,
                checklist=own.checklist,
            )
        )
    return found
