"""Lists of a provider on paper: for its own people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audits.enums import ColumnList, ReportState
from audits.models import Provider
from audits.queries import house_listings, list_print, listings, tool
from audits.queries.list_print import Rows
from audits.queries.listings import Listing
from audits.queries.narrowing import Asked
from audits.reports.printed_table import MOST_ROWS, PrintedTable


@dataclass(frozen=True, kw_only=True)
class PrintedHouse:
    """A list with the columns that fit on paper: heading and width.

    `of` is whose rows its files hold, as they are called; `number` is what a row is ticked by, and
    `read` makes what is written of a row out of what is read from its table.
    """

    listing: Listing[Any]
    of: str
    columns: Mapping[str, tuple[Promise, float]]
    number: Callable[[Any], int] = lambda row: row.pk
    read: Callable[[Rows], Rows] = lambda rows: rows


PRINTED: Final[Mapping[ColumnList, PrintedHouse]] = {
    ColumnList.VENDORS: PrintedHouse(
        listing=listings.VENDORS,
        of="sheets",
        number=lambda row: row.sheet.pk,
        columns={
            "product": (_("Tool"), 1.6),
            "vendor": (_("Vendor"), 1.4),
            "most_sensitive_data": (_("Most sensitive data"), 1.4),
            "trains_on_data": (_("Trains on it?"), 1.0),
            "clients": (_("Clients"), 0.7),
            "users": (_("Users"), 0.7),
            "decisions_waiting": (_("Waiting"), 0.7),
            "review": (_("Review"), 1.1),
            "next_review": (_("Next review"), 1.0),
        },
    ),
    ColumnList.VENDORS_REPORTED: PrintedHouse(
        listing=house_listings.REPORTED,
        of="clients",
        columns={
            "tool": (_("Tool"), 1.8),
            "vendor": (_("Vendor"), 1.4),
            "client": (_("Client"), 1.6),
            "data_that_goes_in": (_("Data that goes in"), 1.4),
            "users": (_("Users"), 0.7),
            "reported": (_("Reported"), 1.0),
            "state": (_("Step"), 1.0),
            "decision": (_("Decision"), 1.2),
        },
        read=lambda rows: tool.rows_of(rows, with_sheets=False),
    ),
    ColumnList.PORTFOLIOS: PrintedHouse(
        listing=house_listings.PORTFOLIOS,
        of="house",
        columns={
            "report": (_("Report"), 1.4),
            "clients": (_("Clients in it"), 0.8),
            "every_client": (_("Every client"), 0.8),
            "made": (_("Made"), 1.0),
            "made_by": (_("Made by"), 1.4),
            "superseded": (ReportState.SUPERSEDED.label, 1.0),
        },
    ),
    ColumnList.TEAM: PrintedHouse(
        listing=house_listings.TEAM,
        of="house",
        number=lambda row: row.held.pk,
        columns={
            "name": (_("Name"), 1.4),
            "email": (_("E-mail"), 1.8),
            "role": (_("Role"), 1.0),
            "every_client": (_("Every client"), 0.8),
            "clients": (_("Clients"), 2.0),
            "groups": (_("Groups"), 1.2),
            "second_factor": (_("Second factor"), 0.8),
            "last_seen": (_("Last seen"), 1.0),
        },
    ),
}


def table(
    listing: ColumnList, rows: Rows, house: Provider, *, every: Rows, asked: Asked
) -> PrintedTable:
    """As many of these rows as paper holds, in their order."""
    kind, count, total = PRINTED[listing], list_print.many(rows), list_print.many(every)
    missing = list_print.left_out(count)
    about = ngettext("%(n)s row, as of %(day)s.", "%(n)s rows, as of %(day)s.", total) % {
        "n": list_print.out_of(count, total),
        "day": date_format(timezone.localdate(), "j F Y"),
    }
    return list_print.of_house(
        house,
        title=str(listing.label),
        about=(missing, about),
        columns=kind.columns.values(),
        words=kind.listing.as_words(kind.read(rows[:MOST_ROWS]), tuple(kind.columns)),
        asked=asked,
        missing=missing,
    )
