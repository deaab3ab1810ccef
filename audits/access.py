"""The doors: who may do what, and which object an address opens.

Absent and not-yours look alike.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.db import models
from django.http import Http404

from audits import tenancy
from audits.enums import STAFF_ROLES, Role
from audits.models import Client, Membership, User
from audits.queries import members

Row = TypeVar("Row", bound=models.Model)


class Owned(Protocol):
    """Anything that belongs to a client."""

    client_id: int


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A logged-in person with the role held at each client."""

    user: User
    provider_id: int | None
    staff_role: Role | None
    roles: Mapping[int, Role]
    all_clients: bool = False

    @property
    def client_ids(self) -> frozenset[int]:
        return frozenset(self.roles)

    def role_at(self, client_id: int) -> Role | None:
        return self.roles.get(client_id)

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None


_STAFF = frozenset(STAFF_ROLES)
_EVERYONE = frozenset(Role)
_ANSWERING = _STAFF | {Role.CLIENT_OWNER}

# Who may do what. An action on a client's object is decided by the role held at that client.
ACTIONS: dict[str, frozenset[Role]] = {
    "fleet.view": _STAFF,
    "client.create": _STAFF,
    "client.view": _EVERYONE,
    "client.edit": _STAFF,
    "model.edit": _STAFF,
    "dataset.edit": _STAFF,
    "tool.edit": _STAFF,
    "audit.start": _STAFF,
    "audit.cancel": _STAFF,
    "technical.view": _STAFF,
    "checklist.answer": _ANSWERING,
    "report.create": _ANSWERING,
    "report.download": _EVERYONE,
}


def may(actor: Actor, action: str, obj: Client | Owned | None = None) -> bool:
    """Say whether the actor may do this, to this object where one is given."""
    allowed = ACTIONS[action]
    if obj is None:
        if action == "client.create" and not actor.all_clients:
            return False
        return actor.staff_role in allowed
    client_id = obj.pk if isinstance(obj, Client) else obj.client_id
    return actor.role_at(client_id) in allowed


def require(actor: Actor, action: str, obj: Client | Owned | None = None) -> None:
    """Answer as if the page did not exist where the actor may not do this."""
    if not may(actor, action, obj):
        raise Http404


def _staff_clients(held: list[Membership]) -> dict[int, Role]:
    """Client ids of the staff memberships, each with the staff role."""
    roles: dict[int, Role] = {}
    granted = members.granted_client_ids([row.pk for row in held if not row.all_clients])
    for row in held:
        if row.all_clients:
            with tenancy.scope(
                provider_id=row.provider_id, client_ids=(), every_client_of=row.provider_id
            ):
                ids = members.client_ids_of_provider(row.provider_id)
        else:
            ids = granted.get(row.pk, [])
        roles.update(dict.fromkeys(ids, Role(row.role)))
    return roles


def actor_for(user: User) -> Actor:
    """Resolve what a person may open, from memberships and grants alone."""
    held = members.memberships_of(user.pk)
    staff = [row for row in held if row.client_id is None]
    roles = {row.client_id: Role(row.role) for row in held if row.client_id is not None}
    roles.update(_staff_clients(staff))
    first = staff[0] if staff else (held[0] if held else None)
    return Actor(
        user=user,
        provider_id=first.provider_id if first else None,
        staff_role=Role(staff[0].role) if staff else None,
        roles=roles,
        all_clients=bool(staff and staff[0].all_clients),
    )


@contextmanager
def opened(user: User, *, slug: str | None) -> Iterator[tuple[Actor, Client | None]]:
    """Enter the scope of a request: one client where the address names one, else the granted list.

    Raises Http404 for a client that does not exist and for one that is not the person's.
    """
    with ExitStack() as stack:
        actor = actor_for(user)
        stack.enter_context(
            tenancy.scope(provider_id=actor.provider_id, client_ids=actor.client_ids)
        )
        client = None
        if slug is not None:
            client = Client.objects.filter(slug=slug).first()
            if client is None:
                raise Http404
            stack.enter_context(
                tenancy.scope(provider_id=client.provider_id, client_ids=[client.pk])
            )
        yield actor, client


def open_row(actor: Actor, rows: models.QuerySet[Row], pk: int, *, action: str) -> Row:
    """Open one row of the client in scope, if the actor may do this to it; else 404."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    require(actor, action, row)  # type: ignore[arg-type]
    return row
