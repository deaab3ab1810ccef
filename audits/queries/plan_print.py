"""The action plan of every client on paper: in the words of the provider's own people."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.models import ChecklistItem, Provider
from audits.queries import list_print, plan
from audits.queries.narrowing import Asked
from audits.reports.printed_table import MOST_ROWS, PrintedTable

_CLIENT_WIDTH = 1.3


def table(
    items: QuerySet[ChecklistItem],
    house: Provider,
    *,
    every: QuerySet[ChecklistItem] | None = None,
    asked: Asked | None = None,
) -> PrintedTable:
    """As many of these actions as paper holds, in their order, with the client of each."""
    count = items.count()
    total = count if every is None else every.count()
    missing = list_print.left_out(count)
    about = ngettext("%(n)s action, as of %(day)s.", "%(n)s actions, as of %(day)s.", total) % {
        "n": list_print.out_of(count, total),
        "day": date_format(timezone.localdate(), "j F Y"),
    }
    shown = list_print.PRINTED["plan"].columns
    return list_print.of_house(
        house,
        title=_("Action plan"),
        about=(missing, about),
        columns=((_("Client"), _CLIENT_WIDTH), *shown.values()),
        words=plan.listing(plain=False).as_words(
            plan.in_order(plan.numbers_of(items)[:MOST_ROWS]), ("client", *shown)
        ),
        asked=asked,
        missing=missing,
    )
