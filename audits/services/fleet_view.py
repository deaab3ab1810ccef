"""Writes how a person sets up a list. It concerns nobody else, so nothing is logged."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from audits.access import Actor
from audits.enums import COLUMNS_OF, ColumnList, FleetColumn
from audits.models import FleetTable, FleetView
from audits.queries import fleet_views
from audits.services import names
from audits.services.errors import NotPossible

# As many as a menu can show.
MOST_VIEWS = 30


@transaction.atomic
def set_table(
    *, actor: Actor, provider_id: int, columns: Sequence[FleetColumn], size: int
) -> FleetTable:
    """Keep which columns the person wants to see, and how many rows on a page."""
    values = {"columns": [column.value for column in columns], "size": size}
    row, _made = FleetTable.objects.update_or_create(
        provider_id=provider_id, user=actor.user, listing=ColumnList.FLEET, defaults=values
    )
    return row


@transaction.atomic
def set_columns(
    *, actor: Actor, provider_id: int, listing: ColumnList, columns: Sequence[str], size: int
) -> FleetTable:
    """Keep which columns of a list the person wants, and how many rows on a page.

    Those of a client's list are the same at every client.
    """
    known = [column.value for column in COLUMNS_OF[listing] if column.value in columns]
    row, _made = FleetTable.objects.update_or_create(
        provider_id=provider_id,
        user=actor.user,
        listing=listing,
        defaults={"columns": known, "size": size},
    )
    return row


@transaction.atomic
def remember(*, actor: Actor, provider_id: int, query: str) -> None:
    """Keep what of the fleet the person looks at, so that it is there when they come back."""
    FleetTable.objects.update_or_create(
        provider_id=provider_id,
        user=actor.user,
        listing=ColumnList.FLEET,
        defaults={"query": query},
        create_defaults={"query": query, "columns": FleetColumn.values},
    )


@transaction.atomic
def keep(
    *,
    actor: Actor,
    provider_id: int,
    name: str,
    query: str,
    listing: ColumnList = ColumnList.FLEET,
) -> FleetView:
    """Keep what the address of a list chooses under a name.

    Raises InvalidInput on "name" where the person has a view of that name, NotPossible where there
    are too many.
    """
    if fleet_views.views_of_list(actor.user, listing).count() >= MOST_VIEWS:
        raise NotPossible(_("There are as many views as can be kept. Delete one first."))
    row = FleetView(
        provider_id=provider_id, user=actor.user, listing=listing, name=name, query=query
    )
    with names.refused_if_taken():
        row.save()
    return row


@transaction.atomic
def rename(*, view: FleetView, name: str) -> FleetView:
    """Give a view another name; raises InvalidInput on "name" where it is taken."""
    view.name = name
    with names.refused_if_taken():
        view.save(update_fields=["name"])
    return view


@transaction.atomic
def delete(*, view: FleetView) -> None:
    """Take a view away; the rows in it stay."""
    view.delete()
