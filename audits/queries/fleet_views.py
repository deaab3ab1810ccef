"""How a person has set up the fleet page: columns, length of a page, views with a name."""

from dataclasses import dataclass

from django.db.models import QuerySet

from audits.enums import FleetColumn
from audits.models import FleetTable, FleetView, User

SIZES = (50, 100, 200)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Which columns are shown, in the order of the product, and how many rows on a page."""

    columns: list[FleetColumn]
    size: int


def table_of(user: User) -> Table:
    """What the person chose; everything where nothing was."""
    row = FleetTable.objects.filter(user=user).first()
    if row is None:
        return Table(columns=list(FleetColumn), size=SIZES[0])
    chosen = [column for column in FleetColumn if column.value in row.columns]
    return Table(columns=chosen, size=row.size)


def views_of(user: User) -> QuerySet[FleetView]:
    """The person's own views, by name; nobody else's."""
    return FleetView.objects.filter(user=user)
