"""A list of clients from elsewhere (PSA, spreadsheet): looked over, set up in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.models import Client, ClientGroup, ClientGroupMember, Grant, Membership, Provider
from audits.queries import client as clients
from audits.queries import client_group as groups
from audits.queries import members
from audits.services import activity
from audits.services import client as service
from audits.services.errors import Forbidden
from audits.services.plain_list import Heads, Row, Table, cell, problem_of, told_apart, where

# Words by which other programs head a column, the surest first.
HEADS: Final[Heads] = {
    "name": ("client", "customer", "company", "account", "name"),
    "industry": ("industry", "sector", "branch", "type"),
    "contact_name": ("contact", "owner", "person"),
    "contact_email": ("email", "mail"),
    "group": ("group", "tag", "tags", "segment"),
    "technician": ("technician", "engineer", "assigned", "manager"),
}
_LENGTHS: Final = {"name": 200, "industry": 100, "contact_name": 200, "contact_email": 254}


@dataclass(frozen=True, kw_only=True)
class Found(Row):
    """A client as a row of the list names it."""

    industry: str
    contact_name: str
    contact_email: str
    group: ClientGroup | None
    technician: Membership | None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the words of a list may name: groups and technicians that the actor may give out."""

    groups: Mapping[str, ClientGroup]
    staff: Mapping[str, Membership]


def known_to(*, actor: Actor) -> Known:
    """Groups and staff by name and address; none where the actor may not hand them out."""
    provider_id = access.provider_of(actor)
    own_groups = groups.of_provider(provider_id) if access.may(actor, "group.manage") else []
    own_staff = members.staff_of(provider_id) if access.may(actor, "team.manage") else []
    return Known(
        groups={row.name.casefold(): row for row in own_groups},
        staff={row.user.email.casefold(): row for row in own_staff},
    )


def look_over(*, table: Table, places: Mapping[str, int | None], actor: Actor) -> list[Found]:
    """What each row would become; nothing is written."""
    provider_id = access.provider_of(actor)
    listed = {row.name.casefold() for row in clients.of_provider(provider_id)}
    known = known_to(actor=actor)
    rows = (_found(number, cells, places, table.columns, known) for number, cells in table.rows)
    return told_apart(rows, listed=listed, already=_("a client of yours already"))


def _found(
    number: int,
    cells: Sequence[str],
    places: Mapping[str, int | None],
    columns: Sequence[str],
    known: Known,
) -> Found:
    texts = {name: cell(cells, places.get(name)) for name in HEADS}
    wrong = {
        name: problem
        for name, longest in _LENGTHS.items()
        if (problem := problem_of(texts[name], longest=longest))
    }
    if not texts["name"]:
        wrong["name"] = _("is empty")
    if texts["contact_email"] and not is_address(texts["contact_email"]):
        wrong["contact_email"] = _("is no e-mail address")
    group = known.groups.get(texts["group"].casefold())
    if texts["group"] and group is None:
        wrong["group"] = _("“%(name)s” names no group that you can give") % {
            "name": texts["group"][:60]
        }
    technician = known.staff.get(texts["technician"].casefold())
    if texts["technician"] and technician is None:
        wrong["technician"] = _("is the address of nobody in your team, or not for you to give")
    told = [where(number, columns, places.get(name), problem) for name, problem in wrong.items()]
    return Found(
        number=number,
        name=texts["name"],
        industry=texts["industry"],
        contact_name=texts["contact_name"],
        contact_email=texts["contact_email"],
        group=group,
        technician=technician,
        problem="; ".join(told),
    )


def is_address(text: str) -> bool:
    """Say whether a letter could be sent there."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


@transaction.atomic
def take_over(
    *, actor: Actor, table: Table, places: Mapping[str, int | None], time_zone: str
) -> list[Client]:
    """Set up every new row as a client, each with key, checklist and line; the others are left.

    The rows are judged once more under a lock: a list that is sent twice adds nothing twice.
    Raises NotPossible where the actor may not set up clients.
    """
    if not access.may(actor, "client.create"):
        raise Forbidden(
            _("Clients are set up by staff who open every client."), action="client.create"
        )
    provider_id = access.provider_of(actor)
    Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
    rows = look_over(table=table, places=places, actor=actor)
    made: list[tuple[Found, Client]] = []
    for row in (one for one in rows if one.is_new):
        client = service.create(
            provider_id=provider_id,
            actor=actor.user,
            name=row.name,
            industry=row.industry,
            contact_name=row.contact_name,
            contact_email=row.contact_email,
            time_zone=time_zone,
        )
        if row.group is not None:
            ClientGroupMember.objects.create(
                provider_id=provider_id, group=row.group, client=client
            )
        if row.technician is not None and not row.technician.all_clients:
            Grant.objects.get_or_create(
                provider_id=provider_id, membership=row.technician, client=client
            )
        if row.technician is not None:
            Client.objects.filter(pk=client.pk).update(lead=row.technician)
        made.append((row, client))
    _note_groups(actor, made)
    _note_technicians(actor, made)
    return [client for _row, client in made]


def _note_groups(actor: Actor, made: Sequence[tuple[Found, Client]]) -> None:
    """One line at the provider for each group that got clients."""
    added: dict[ClientGroup, list[str]] = {}
    for row, client in made:
        if row.group is not None:
            added.setdefault(row.group, []).append(client.name)
    for group, names in added.items():
        activity.record_at_provider(
            provider_id=group.provider_id,
            actor=actor.user,
            verb="changed",
            obj=group,
            details={"clients_added": names},
        )


def _note_technicians(actor: Actor, made: Sequence[tuple[Found, Client]]) -> None:
    """One line at the provider for each technician who got clients."""
    added: dict[Membership, list[str]] = {}
    for row, client in made:
        if row.technician is not None and not row.technician.all_clients:
            added.setdefault(row.technician, []).append(client.name)
    for held, names in added.items():
        activity.record_at_provider(
            provider_id=held.provider_id,
            actor=actor.user,
            verb="changed",
            obj=held.user,
            details={"person": held.user.email, "clients_added": names},
        )
