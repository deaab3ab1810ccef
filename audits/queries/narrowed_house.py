"""What the archive of portfolio reports and the checklist can be asked."""

from typing import Final

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.enums import PortfolioColumn, ReportState, StarterSet
from audits.models import PortfolioReport
from audits.queries.checklist import ChecklistRow
from audits.queries.checklist_view import SHOWN, Filters
from audits.queries.narrowing import Choice, RowNarrowing, TableNarrowing, headings

NAME = "name"

PORTFOLIOS: Final = TableNarrowing[PortfolioReport](
    text_label=_("Number of the report"),
    choices={
        PortfolioColumn.CLIENTS.value: Choice(
            label=_("Clients in it"),
            empty=_("Any"),
            offered=[("every", _("Every client at the time")), ("some", _("Some clients"))],
            at_hand=True,
        ),
        "state": Choice(
            label=_("State"),
            empty=_("Every state"),
            offered=[("current", _("In force")), ("superseded", ReportState.SUPERSEDED.label)],
            at_hand=True,
        ),
    },
    first=PortfolioColumn.MADE.value,
    called={NAME: _("Report"), **headings(PortfolioColumn)},
    falling=frozenset({PortfolioColumn.CLIENTS.value, PortfolioColumn.MADE.value}),
    texts=("data__report_number",),
    fits={
        PortfolioColumn.CLIENTS.value: lambda value: Q(whole=value == "every"),
        "state": lambda value: Q(superseded_at__isnull=value == "current"),
    },
    orders={
        NAME: F("number"),
        PortfolioColumn.CLIENTS.value: F("covers__len"),
        PortfolioColumn.MADE.value: F("created_at"),
    },
)

# Its page has sections in an order of their own: what may be kept of its address under a name.
CHECKLIST: Final = RowNarrowing[ChecklistRow](
    text_label="",
    choices={
        "show": Choice(label=_("Show"), empty=_("All"), offered=SHOWN),
        "set": Choice(label=_("Where to begin"), empty=_("All"), offered=StarterSet.choices),
        "owner": Choice(
            label=_("Owner"), empty=_("Anybody"), of=lambda row: str(row.item.owner_id)
        ),
        "words": Choice(label=_("In whose words"), empty="", offered=[("plain", "plain")]),
        "done": Choice(label=_("Done"), empty=_("Any time"), moment=True),
    },
    first="",
    called={},
    texts=lambda _row: ("",),
    fits={
        "show": lambda row, value: Filters(show=value).keep(row),
        "set": lambda row, value: Filters(set=value).keep(row),
        "owner": lambda row, value: str(row.item.owner_id) == value,
        "words": lambda _row, _value: True,
        "done": lambda row, value: Filters(done=value).keep(row),
    },
    orders={},
)
