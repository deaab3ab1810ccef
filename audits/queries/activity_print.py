"""A log on paper: the lines that were asked for, in the words of whoever reads it."""

from dataclasses import replace
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audits.models import Client, Provider
from audits.queries import list_print
from audits.queries.activity import ActivityLine, Filters, Log
from audits.queries.activity_words import kind_label
from audits.queries.list_print import Printed
from audits.queries.listings import Column, Listing
from audits.queries.narrowing import Asked
from audits.reports.printed_table import MOST_ROWS, PrintedTable


def _moment(told: ActivityLine) -> str:
    return date_format(timezone.localtime(told.at), "j M Y, H:i")


def _changed(told: ActivityLine) -> str:
    return "; ".join(f"{one.label}: {one.before} → {one.after}" for one in told.changes)


LINES: Final = Listing[ActivityLine](
    "activity",
    (
        Column("line", lambda told: told.line.sequence),
        Column("when", _moment),
        Column("who", lambda told: told.who),
        Column("what", lambda told: told.what),
        Column("kind", lambda told: kind_label(told.line.object_type)),
        Column("changes", _changed),
    ),
)
PRINTED: Final = Printed(
    title=_("Activity"),
    action="activity.view",
    listing=LINES,
    number=lambda told: told.line.pk,
    columns={
        "line": (_("Line"), 0.5),
        "when": (_("When"), 1.1),
        "who": (_("Who"), 1.2),
        "what": (_("What"), 2.6),
        "kind": (_("With what"), 0.9),
        "changes": (_("What changed"), 2.2),
    },
)


def of_client(client: Client, log: Log, filters: Filters, asked: Asked) -> PrintedTable:
    """As many lines of a client's log as paper holds, the newest first."""
    kind = replace(PRINTED, paper=lambda line: log.told([line])[0])
    return list_print.table(client, kind, log.found(filters), every=log.rows, asked=asked)


def of_house(house: Provider, log: Log, filters: Filters, asked: Asked) -> PrintedTable:
    """The same of the provider's own log."""
    found = log.found(filters)
    count, total = found.count(), log.rows.count()
    missing = list_print.left_out(count)
    about = ngettext("%(n)s line, as of %(day)s.", "%(n)s lines, as of %(day)s.", total) % {
        "n": list_print.out_of(count, total),
        "day": date_format(timezone.localdate(), "j F Y"),
    }
    return list_print.of_house(
        house,
        title=str(PRINTED.title),
        about=(missing, about),
        columns=PRINTED.columns.values(),
        words=LINES.as_words(log.told(found[:MOST_ROWS]), tuple(PRINTED.columns)),
        asked=asked,
        missing=missing,
    )
