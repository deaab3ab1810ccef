"""One change to many clients: each by itself, so that one that cannot be changed stops no other."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.enums import ACTIVE_STATES, ClientState
from audits.models import Client, ClientGroup, ClientGroupMember, Grant, Job, Membership
from audits.queries import members
from audits.services import activity, changes
from audits.services.errors import Forbidden, NotPossible


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Which clients are as they were asked to be, and which are not, and why."""

    done: list[Client]
    refused: list[tuple[Client, str]]


def _each(clients: Iterable[Client], change: Callable[[Client], None]) -> Outcome:
    done: list[Client] = []
    refused: list[tuple[Client, str]] = []
    for client in clients:
        try:
            with transaction.atomic():
                change(client)
        except NotPossible as error:
            refused.append((client, str(error)))
        else:
            done.append(client)
    return Outcome(done=done, refused=refused)


def _bound_to_staff(actor: Actor, client: Client) -> None:
    if not access.may(actor, "client.edit", client):
        raise Forbidden(_("You may not change this client."), action="client.edit", obj=client)


def assign(*, actor: Actor, clients: Iterable[Client], lead: Membership | None) -> Outcome:
    """Say who of the provider looks after these clients; it opens nothing by itself."""
    opened = _opened_by(lead) if lead is not None else None
    names = {row.pk: str(row.user) for row in members.staff_of(access.provider_of(actor))}

    def change(client: Client) -> None:
        _bound_to_staff(actor, client)
        if lead is not None and lead.pk not in names:
            raise NotPossible(_("This person is not in your team."))
        if opened is not None and client.pk not in opened:
            raise NotPossible(
                _("%(name)s may not open this client.") % {"name": names[lead.pk if lead else 0]}
            )
        changed = changes.write(client, {"lead_id": lead.pk if lead is not None else None})
        if changed:
            _log_lead(actor, client, changed["lead_id"], names)

    return _each(clients, change)


def _opened_by(lead: Membership) -> set[int] | None:
    """Clients that the person may open; None for every one."""
    if lead.all_clients:
        return None
    granted = Grant.objects.filter(membership=lead).values_list("client_id", flat=True)
    return {*granted, *members.client_ids_of_groups(lead.pk)}


def _log_lead(
    actor: Actor, client: Client, change: changes.Change, names: Mapping[int, str]
) -> None:
    told = {when: names.get(change[when], "") for when in ("before", "after")}
    activity.record(
        client=client, actor=actor.user, verb="assigned", obj=client, details={"lead": told}
    )


def join(*, actor: Actor, clients: Iterable[Client], group: ClientGroup) -> Outcome:
    """Put these clients into a group: whoever is granted the group opens them at once."""

    def change(client: Client) -> None:
        _bound_to_group(actor, client, group)
        _row, made = ClientGroupMember.objects.get_or_create(
            provider_id=group.provider_id, group=group, client=client
        )
        if made:
            _log_group(actor, group, "clients_added", client)

    return _each(clients, change)


def leave(*, actor: Actor, clients: Iterable[Client], group: ClientGroup) -> Outcome:
    """Take these clients out of a group: who opened them through it alone does no longer."""

    def change(client: Client) -> None:
        _bound_to_group(actor, client, group)
        gone, _rows = ClientGroupMember.objects.filter(group=group, client=client).delete()
        if gone:
            _log_group(actor, group, "clients_removed", client)

    return _each(clients, change)


def _bound_to_group(actor: Actor, client: Client, group: ClientGroup) -> None:
    if not access.may(actor, "group.manage", group) or client.provider_id != group.provider_id:
        raise Forbidden(
            _("Groups are managed by an administrator of the provider."),
            action="group.manage",
            obj=group,
        )
    _bound_to_staff(actor, client)


def _log_group(actor: Actor, group: ClientGroup, key: str, client: Client) -> None:
    activity.record_at_provider(
        provider_id=group.provider_id,
        actor=actor.user,
        verb="changed",
        obj=group,
        details={key: [client.name]},
    )


def archive(*, actor: Actor, clients: Iterable[Client]) -> Outcome:
    """Put these clients away: nothing is deleted, and they are in no list until they come back."""

    def change(client: Client) -> None:
        _bound_to_staff(actor, client)
        if Job.objects.filter(client=client, state__in=ACTIVE_STATES).exists():
            raise NotPossible(_("Work is still running there. Wait for it, or cancel it."))
        _set_state(actor, client, ClientState.ARCHIVED, "archived")

    return _each(clients, change)


def restore(*, actor: Actor, clients: Iterable[Client]) -> Outcome:
    """Bring clients back from the archive."""

    def change(client: Client) -> None:
        _bound_to_staff(actor, client)
        if client.state == ClientState.ARCHIVED:
            _set_state(actor, client, ClientState.ACTIVE, "restored")

    return _each(clients, change)


def _set_state(actor: Actor, client: Client, state: ClientState, verb: str) -> None:
    if changes.write(client, {"state": state}):
        activity.record(client=client, actor=actor.user, verb=verb, obj=client)
