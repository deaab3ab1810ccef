"""How a person has set up a list: columns, length of a page, what was shown last, views."""

from dataclasses import dataclass

from django.db.models import QuerySet

from audits.enums import COLUMNS_OF, ColumnList, FleetColumn
from audits.models import FleetTable, FleetView, User

SIZES = (25, 50, 100, 200)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Which columns are shown, in the order of the product, and how many rows on a page."""

    columns: list[FleetColumn]
    size: int
    # What the person looked at last, as an address says it.
    query: str = ""

    @property
    def shown(self) -> dict[str, str]:
        """The label of each column that is shown."""
        return {column.value: str(column.label) for column in self.columns}

    @property
    def cells(self) -> int:
        """How many cells a row has beside the name, under which the groups stand."""
        return sum(column != FleetColumn.GROUPS for column in self.columns)


def table_of(user: User) -> Table:
    """What the person chose; everything where nothing was."""
    row = FleetTable.objects.filter(user=user, listing=ColumnList.FLEET).first()
    if row is None:
        return Table(columns=list(FleetColumn), size=SIZES[0])
    chosen = [column for column in FleetColumn if column.value in row.columns]
    return Table(columns=chosen, size=row.size, query=row.query)


@dataclass(frozen=True, kw_only=True)
class ListTable:
    """Which columns somebody took out of a list, and how many rows are on a page."""

    hidden: frozenset[str] = frozenset()
    size: int = SIZES[0]


def list_table_of(user: User, listing: ColumnList) -> ListTable:
    """What the person chose for a list; every column where nothing was.

    People of a client choose nothing: the rows are the provider's own.
    """
    row = FleetTable.objects.filter(user=user, listing=listing).first()
    if row is None:
        return ListTable()
    every = {column.value for column in COLUMNS_OF[listing]}
    return ListTable(hidden=frozenset(every.difference(row.columns)), size=row.size)


def views_of(user: User) -> QuerySet[FleetView]:
    """The person's own views of every list, by name; nobody else's."""
    return FleetView.objects.filter(user=user).order_by("name", "pk")


def views_of_list(user: User, listing: ColumnList) -> QuerySet[FleetView]:
    """Those of one list."""
    return views_of(user).filter(listing=listing)
