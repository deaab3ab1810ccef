"""One change to ticked actions of several clients: at each as far as it is open to the person."""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from audits.access import Actor
from audits.models import ChecklistItem, Client, User
from audits.queries import members
from audits.services import list_bulk
from audits.services.errors import NotPossible, ServiceError
from audits.services.list_bulk import Outcome

Change = Callable[[list[ChecklistItem]], Outcome]


def assign(*, actor: Actor, items: Iterable[ChecklistItem], owner: User | None) -> Outcome:
    """Have somebody of the provider see to these actions, or nobody."""

    def refuse_outsider(client: Client) -> None:
        opening = members.staff_opening(client)
        if owner is not None and not opening.filter(user=owner).exists():
            raise NotPossible(_("Who is to see to it does not open this client."))

    return _at_each_client(
        actor,
        items,
        lambda rows: list_bulk.assign(items=rows, actor=actor.user, owner=owner, plain=False),
        refuse_outsider,
    )


def set_due(*, actor: Actor, items: Iterable[ChecklistItem], due: date | None) -> Outcome:
    """Set one day for all of these actions, or none."""
    return _at_each_client(
        actor,
        items,
        lambda rows: list_bulk.set_due(items=rows, actor=actor.user, due=due, plain=False),
    )


def mark_done(*, actor: Actor, items: Iterable[ChecklistItem], reason: str) -> Outcome:
    """Answer that these actions are in place, and say what makes it so."""
    return _at_each_client(
        actor,
        items,
        lambda rows: list_bulk.mark_done(items=rows, actor=actor.user, reason=reason, plain=False),
    )


def _at_each_client(
    actor: Actor,
    items: Iterable[ChecklistItem],
    change: Change,
    refuse: Callable[[Client], None] | None = None,
) -> Outcome:
    """Change the rows of each client that is open to it; rows are called by their client, too."""
    outcome = Outcome()
    # An answer may lock its client: in one order, as everywhere.
    for client, listed in groupby(sorted(items, key=_place), lambda item: item.client):
        rows = list(listed)
        try:
            list_bulk.require_open(actor=actor, client=client, action="checklist.manage")
            if refuse is not None:
                refuse(client)
        except ServiceError as error:
            found = list_bulk.kept(items=rows, reason=str(error))
        else:
            found = change(rows)
        outcome.add(found, at=client.name)
    return outcome


def _place(item: ChecklistItem) -> tuple[int, int]:
    return item.client_id, item.pk
