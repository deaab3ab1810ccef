from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.enums import Hue
from audits.models import Client, ClientGroup, ClientGroupMember
from audits.queries import client_group as groups
from audits.services import activity, names
from audits.services.errors import Forbidden, InvalidInput


@transaction.atomic
def save(
    *,
    actor: Actor,
    provider_id: int,
    group: ClientGroup | None,
    name: str,
    hue: Hue,
    clients: Sequence[Client],
) -> ClientGroup:
    """Create a group, or change its name, colour and clients; who holds it opens them at once.

    Raises InvalidInput on "name" where the provider has a group of that name.
    """
    _bound_to_house(actor, provider_id)
    if any(client.provider_id != provider_id for client in clients):
        raise InvalidInput("clients", _("This is not a client of yours."))
    before = _described(group) if group is not None else {}
    row = group or ClientGroup(provider_id=provider_id)
    row.name, row.hue = name, hue
    with names.refused_if_taken():
        row.save()
    _fill(row, clients)
    after = _described(row)
    activity.record_at_provider(
        provider_id=provider_id,
        actor=actor.user,
        verb="changed" if group is not None else "created",
        obj=row,
        details={
            key: {"before": before.get(key), "after": value}
            for key, value in after.items()
            if value != before.get(key)
        },
    )
    return row


def _fill(group: ClientGroup, clients: Iterable[Client]) -> None:
    wanted = {client.pk: client for client in clients}
    rows = ClientGroupMember.objects.filter(group=group)
    rows.exclude(client_id__in=list(wanted)).delete()
    present = set(rows.values_list("client_id", flat=True))
    for pk, client in wanted.items():
        if pk not in present:
            ClientGroupMember.objects.create(
                provider_id=group.provider_id, group=group, client=client
            )


def _described(group: ClientGroup) -> dict[str, object]:
    return {
        "name": group.name,
        "colour": str(Hue(group.hue).label),
        "clients": [client.name for client in groups.clients_in(group)],
    }


@transaction.atomic
def delete(*, actor: Actor, group: ClientGroup) -> None:
    """Take a group away; its clients stay, and who opened them through it alone does no longer."""
    _bound_to_house(actor, group.provider_id)
    activity.record_at_provider(
        provider_id=group.provider_id,
        actor=actor.user,
        verb="deleted",
        obj=group,
        details=_described(group),
    )
    group.delete()


def _bound_to_house(actor: Actor, provider_id: int) -> None:
    if provider_id != actor.provider_id or not access.may(actor, "group.manage"):
        raise Forbidden(
            _("Groups are managed by an administrator of the provider."), action="group.manage"
        )
