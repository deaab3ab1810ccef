"""Lists of a client for paper: what staff hands on, so without what only staff may read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audits.models import Client
from audits.queries import ai_model, branding, checklist, listings, tool
from audits.queries.listings import Listing
from audits.queries.report_frame import LANGUAGE, day_at
from audits.reports.printed_table import PrintedTable


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A list with its heading, its rows and the columns that fit on paper: heading and width."""

    title: Promise
    action: str
    page: str
    listing: Listing[Any]
    rows: Callable[[Client], Any]
    columns: Mapping[str, tuple[Promise, float]]


PRINTED: Final[Mapping[str, Printed]] = {
    "models": Printed(
        title=gettext_lazy("AI models"),
        action="model.view",
        page="models",
        listing=listings.MODELS,
        rows=ai_model.register,
        columns={
            "model": (gettext_lazy("Model"), 2.0),
            "version": (gettext_lazy("Version"), 0.7),
            "rating": (gettext_lazy("Rating"), 1.0),
            "act_until": (gettext_lazy("Act by"), 1.0),
            "status": (gettext_lazy("Status"), 1.0),
            "reachable_by": (gettext_lazy("Who can ask it"), 1.4),
            "owner": (gettext_lazy("Owner"), 1.2),
            "last_audit": (gettext_lazy("Last audit"), 1.0),
            "next_review": (gettext_lazy("Next review"), 1.0),
        },
    ),
    "tools": Printed(
        title=gettext_lazy("AI tools"),
        action="tool.view",
        page="tools",
        listing=listings.TOOLS,
        rows=lambda client: tool.rows_of(tool.of_client(client), with_sheets=False),
        columns={
            "tool": (gettext_lazy("Tool"), 1.6),
            "vendor": (gettext_lazy("Vendor"), 1.2),
            "data_that_goes_in": (gettext_lazy("Data that goes in"), 1.4),
            "vendor_trains_on_it": (gettext_lazy("Trains on it?"), 0.9),
            "decision": (gettext_lazy("Decision"), 1.2),
            "data_allowed": (gettext_lazy("Data allowed"), 1.5),
            "conditions": (gettext_lazy("Conditions"), 1.8),
            "next_review": (gettext_lazy("Next review"), 1.0),
        },
    ),
    "checklist": Printed(
        title=gettext_lazy("Checklist"),
        action="checklist.view",
        page="checklist",
        listing=listings.checklist(plain=True),
        rows=checklist.rows,
        columns={
            "section": (gettext_lazy("Section"), 1.3),
            "question": (gettext_lazy("Question"), 3.2),
            "answer": (gettext_lazy("Answer"), 1.0),
            "status": (gettext_lazy("Status"), 1.0),
            "owner": (gettext_lazy("Owner"), 1.2),
            "due": (gettext_lazy("Due"), 0.9),
            "overdue": (gettext_lazy("Overdue"), 0.7),
            "evidence": (gettext_lazy("Evidence"), 0.8),
        },
    ),
}


def table(client: Client, kind: Printed) -> PrintedTable:
    """The whole list as it is now, in the look of the client's reports."""
    now = timezone.now()
    house = client.provider
    rows = kind.listing.as_words(kind.rows(client), kind.columns)
    day = day_at(client, now.astimezone(ZoneInfo(client.time_zone)))
    return PrintedTable(
        language=LANGUAGE,
        made_at=now.replace(microsecond=0).isoformat(),
        title=str(kind.title),
        provider=house.name,
        about=ngettext(
            "%(client)s, %(n)s row, as of %(day)s.",
            "%(client)s, %(n)s rows, as of %(day)s.",
            len(rows),
        )
        % {"client": client.name, "n": len(rows), "day": day},
        headers=tuple(str(heading) for heading, _width in kind.columns.values()),
        rows=tuple(rows),
        widths=tuple(width for _heading, width in kind.columns.values()),
        left_out=_("The list goes on in the portal."),
        brand=branding.brand_of(house, client),
    )
