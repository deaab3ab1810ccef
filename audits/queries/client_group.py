"""Groups of clients: the tags of the fleet, and what a group opens."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from audits.models import Client, ClientGroup, ClientGroupMember, GroupGrant, Membership


def of_provider(provider_id: int) -> QuerySet[ClientGroup]:
    """Every group of the provider."""
    return ClientGroup.objects.filter(provider_id=provider_id)


def tags_of(clients: Iterable[int]) -> dict[int, list[ClientGroup]]:
    """Groups of each of these clients, by name; a client in no group is missing."""
    rows = ClientGroupMember.objects.filter(client_id__any_of=[*clients])
    groups = {group.pk: group for group in ClientGroup.objects.all()}
    found: dict[int, list[ClientGroup]] = {}
    inside = rows.order_by("group__name", "group_id").values_list("client_id", "group_id")
    for client_id, group_id in inside:
        if group_id in groups:
            found.setdefault(client_id, []).append(groups[group_id])
    return found


def in_sight() -> QuerySet[ClientGroup]:
    """Groups with a client that the person may open, by name."""
    inside = ClientGroupMember.objects.filter(client__in=Client.objects.values("pk"))
    return ClientGroup.objects.filter(pk__in=inside.values("group"))


def members_of(group: int) -> QuerySet[ClientGroupMember, Any]:
    """The clients of a group, for asking about them."""
    return ClientGroupMember.objects.filter(group=group).values("client")


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A group with its clients and the people of the provider to whom it is granted."""

    group: ClientGroup
    clients: list[Client]
    people: list[Membership]


def register(provider_id: int) -> list[GroupRow]:
    """Every group of the provider with what is in it, in a fixed number of queries."""
    inside: dict[int, list[Client]] = {}
    members = ClientGroupMember.objects.select_related("client").order_by("client__name")
    for member in members.filter(provider_id=provider_id):
        inside.setdefault(member.group_id, []).append(member.client)
    granted: dict[int, list[Membership]] = {}
    for grant in GroupGrant.objects.filter(provider_id=provider_id).select_related(
        "membership__user"
    ):
        granted.setdefault(grant.group_id, []).append(grant.membership)
    return [
        GroupRow(group=group, clients=inside.get(group.pk, []), people=granted.get(group.pk, []))
        for group in of_provider(provider_id)
    ]


def clients_in(group: ClientGroup) -> QuerySet[Client]:
    """Clients of a group, by name."""
    members = ClientGroupMember.objects.filter(group=group).values_list("client_id", flat=True)
    return Client.objects.filter(pk__in=list(members))
