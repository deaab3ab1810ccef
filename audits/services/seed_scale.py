"""A world for load tests: a provider of its own whose every row is made up, and can be removed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db.models import Q
from django.utils import timezone

from audits.enums import (
    Answer,
    ClientState,
    DataClass,
    Hue,
    Role,
    ToolDecision,
    TrainsOnData,
    WorkStatus,
)
from audits.models import (
    AITool,
    ChecklistItem,
    Client,
    ClientGroup,
    ClientGroupMember,
    Membership,
    Provider,
    StoredFile,
    ToolRuling,
    User,
)
from audits.queries import rating_policy
from audits.services import checklist, made_results, made_rows, removal
from audits.services import client as clients
from audits.services.made_plan import PlannedClient
from audits.services.made_rows import Drawn, Results
from audits.services.scale_plan import TOOLS
from audits.tenancy import made_up

PROVIDER = "Load test (made-up data)"
DOMAIN = "load.example"
ADMIN = f"admin@{DOMAIN}"
_TECHNICIANS = 5
_GROUPS = ("North", "South", "Coast", "Health", "Finance", "Retail", "Key accounts", "New")


@dataclass(frozen=True, kw_only=True)
class House:
    """The provider, its people and groups, and what the engine measured for all of its clients."""

    provider: Provider
    admin: User
    technicians: tuple[Membership, ...]
    groups: tuple[ClientGroup, ...]
    results: Results
    now: datetime


def exists() -> bool:
    """Say whether there is such a world already."""
    return User.objects.filter(email__endswith=f"@{DOMAIN}").exists()


def measured(*, seed: int) -> Results:
    """Have the engine measure every case."""
    return made_rows.results_of(made_results.CASES, seed=seed)


def begin(*, provider: Provider, results: Results, password: str) -> House:
    """Give a new provider its people and groups."""
    admin = User.objects.create_user(ADMIN, password, name="Load Admin")
    Membership.objects.create(user=admin, provider=provider, role=Role.MSP_ADMIN, all_clients=True)
    technicians = [
        Membership.objects.create(
            user=User.objects.create_user(
                f"technician-{number}@{DOMAIN}", password, name=f"Load Technician {number}"
            ),
            provider=provider,
            role=Role.TECHNICIAN,
            all_clients=True,
        )
        for number in range(1, _TECHNICIANS + 1)
    ]
    groups = [
        ClientGroup.objects.create(provider=provider, name=name, hue=Hue.values[place])
        for place, name in enumerate(_GROUPS)
    ]
    return House(
        provider=provider,
        admin=admin,
        technicians=tuple(technicians),
        groups=tuple(groups),
        results=results,
        now=timezone.now(),
    )


def add_client(house: House, planned: PlannedClient) -> Client:
    """Create one client of the plan with everything that belongs to it."""
    chance = planned.chance()
    lead = chance.choice(house.technicians)
    client = clients.create(
        provider_id=house.provider.pk,
        actor=lead.user,
        name=planned.name,
        industry=planned.industry,
        contact_name=planned.contact,
        contact_email=f"{planned.contact.replace(' ', '-').lower()}@{DOMAIN}",
        time_zone="Europe/London",
    )
    state = chance.choices([*ClientState], weights=(4, 93, 3))[0]
    began = house.now - timedelta(days=chance.randint(1100, 1500))
    Client.objects.filter(pk=client.pk).update(state=state, lead=lead, created_at=began)
    ClientGroupMember.objects.create(
        provider=house.provider, group=chance.choice(house.groups), client=client
    )
    made_rows.fill(
        Drawn(
            client=client,
            planned=planned,
            actor=lead.user,
            results=house.results,
            policy=rating_policy.of_client(client),
            now=house.now,
            chance=chance,
        )
    )
    _list_tools(house, client, planned, chance)
    checklist.refresh(client=client)
    _answer(house, client, lead.user, chance)
    return client


def _list_tools(house: House, client: Client, planned: PlannedClient, chance: Random) -> None:
    own = {"provider": house.provider, "client": client}
    asker = house.technicians[0].user
    made = AITool.objects.bulk_create(
        AITool(
            **own,
            name=name,
            vendor="Example vendor",
            people=chance.randint(1, 60),
            data_class=chance.choice([planned.data_class, DataClass.INTERNAL, DataClass.PUBLIC]),
            trains_on_data=chance.choice([*TrainsOnData]),
            requested_by=asker,
            requested_at=house.now - timedelta(days=chance.randint(1, 400)),
            decision=chance.choices([*ToolDecision], weights=(4, 3, 3, 2, 1))[0],
            next_review=house.now.date() + timedelta(days=chance.randint(-60, 300)),
        )
        for name in chance.sample(TOOLS, chance.randint(0, 7))
    )
    ToolRuling.objects.bulk_create(
        ToolRuling(
            **own,
            tool=tool,
            decision=tool.decision,
            review_on=tool.next_review or house.now.date(),
            requested_by=asker,
            decided_by=house.admin,
            impact=planned.impact,
        )
        for tool in made
        if tool.decision != ToolDecision.UNDECIDED
    )


# How answers fall, and how far the work on each is.
_ANSWERS: Mapping[Answer, tuple[int, WorkStatus]] = {
    Answer.UNANSWERED: (4, WorkStatus.TO_DO),
    Answer.YES: (5, WorkStatus.DONE),
    Answer.PARTLY: (3, WorkStatus.IN_PROGRESS),
    Answer.NO: (2, WorkStatus.TO_DO),
}


def _answer(house: House, client: Client, actor: User, chance: Random) -> None:
    weights = [weight for weight, _status in _ANSWERS.values()]
    items = list(ChecklistItem.objects.filter(client=client).order_by("control"))
    for item in items:
        item.answer = chance.choices([*_ANSWERS], weights)[0]
        item.status = _ANSWERS[Answer(item.answer)][1]
        if item.answer != Answer.UNANSWERED:
            item.answered_by = actor
            item.answered_at = house.now - timedelta(days=chance.randint(1, 700))
        if item.answer in (Answer.PARTLY, Answer.NO):
            item.owner_name = client.contact_name
            item.due = house.now.date() + timedelta(days=chance.randint(-40, 120))
    ChecklistItem.objects.bulk_update(
        items,
        ["answer", "status", "answered_by", "answered_at", "owner_name", "due"],
        batch_size=200,
    )


def remove(providers: Iterable[Provider]) -> int:
    """Delete providers that were made up, with everything of theirs; returns how many went."""
    gone = 0
    for provider in providers:
        names = StoredFile.objects.filter(provider=provider).values_list("name", flat=True)
        for name in list(names):
            removal.ask(name)
        people = Membership.objects.filter(provider=provider).values_list("user_id", flat=True)
        accounts = User.objects.filter(Q(pk__in=list(people)) & Q(email__endswith=f"@{DOMAIN}"))
        listed = [user.pk for user in accounts]
        made_up.remove_provider(provider.pk)
        User.objects.filter(pk__in=listed).delete()
        gone += 1
    return gone
