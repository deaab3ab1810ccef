"""The provider's own people as the team page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from audits.models import Client, ClientGroup, Grant, GroupGrant, Membership
from audits.queries import members, second_factor


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """A person of the provider with what is granted by name and by group."""

    held: Membership
    clients: list[Client]
    groups: list[ClientGroup]
    has_second_factor: bool

    @property
    def opens_nothing(self) -> bool:
        return not (self.held.all_clients or self.clients or self.groups)


def of_provider(provider_id: int) -> list[Colleague]:
    """Everybody in the team, in a fixed number of queries."""
    held = list(members.staff_of(provider_id))
    clients, groups = _clients(held), _groups(held)
    users = [row.user_id for row in held]
    protected = second_factor.set_up_by(users)
    return [
        Colleague(
            held=row,
            clients=clients.get(row.pk, []),
            groups=groups.get(row.pk, []),
            has_second_factor=row.user_id in protected,
        )
        for row in held
    ]


def _clients(held: Iterable[Membership]) -> dict[int, list[Client]]:
    found: dict[int, list[Client]] = {}
    rows = Grant.objects.filter(membership__in=[row.pk for row in held])
    for row in rows.select_related("client").order_by("client__name"):
        found.setdefault(row.membership_id, []).append(row.client)
    return found


def _groups(held: Iterable[Membership]) -> dict[int, list[ClientGroup]]:
    found: dict[int, list[ClientGroup]] = {}
    rows = GroupGrant.objects.filter(membership__in=[row.pk for row in held])
    for row in rows.select_related("group").order_by("group__name"):
        found.setdefault(row.membership_id, []).append(row.group)
    return found
