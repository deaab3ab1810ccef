"""Lists of a client for paper: what staff hands on, so without what only staff may read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audits.models import Client, Provider
from audits.queries import branding, house_listings, listings, plan
from audits.queries.listings import Listing
from audits.queries.narrowing import Asked
from audits.queries.report_frame import LANGUAGE, day_at
from audits.reports.printed_table import MOST_ROWS, PrintedTable


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A list with its heading and the columns that fit on paper: heading and width.

    `number` is what a row is ticked by, `paper` leaves out of one what only staff may read, and
    `open` is which rows others may read at all, where not all of them.
    """

    title: Promise
    action: str
    listing: Listing[Any]
    number: Callable[[Any], int]
    columns: Mapping[str, tuple[Promise, float]]
    paper: Callable[[Any], Any] = lambda row: row
    open: Q | None = None


PRINTED: Final[Mapping[str, Printed]] = {
    "models": Printed(
        title=gettext_lazy("AI models"),
        action="model.view",
        listing=listings.MODELS,
        number=lambda row: row.model.pk,
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
    "audits": Printed(
        title=gettext_lazy("Audits"),
        action="audit.view",
        listing=listings.AUDITS,
        number=lambda row: row.pk,
        columns={
            "audit": (gettext_lazy("Audit"), 0.6),
            "model": (gettext_lazy("Model"), 1.8),
            "version": (gettext_lazy("Version"), 0.7),
            "records": (gettext_lazy("Records"), 1.6),
            "depth": (gettext_lazy("Depth"), 0.9),
            "state": (gettext_lazy("State"), 0.9),
            "result": (gettext_lazy("Result"), 1.6),
            "rating_then": (gettext_lazy("Rating then"), 1.0),
            "finished": (gettext_lazy("Finished"), 1.0),
        },
    ),
    "datasets": Printed(
        title=gettext_lazy("Datasets"),
        action="dataset.view",
        listing=listings.DATASETS,
        number=lambda row: row.pk,
        columns={
            "dataset": (gettext_lazy("Dataset"), 2.0),
            "owner": (gettext_lazy("Owner"), 1.2),
            "kind_of_data": (gettext_lazy("Kind of data"), 1.3),
            "sensitivity": (gettext_lazy("Sensitivity"), 1.2),
            "used_for_training": (gettext_lazy("Used for training"), 0.9),
            "held_out": (gettext_lazy("Held out"), 0.9),
            "uploaded": (gettext_lazy("Uploaded"), 1.0),
            "kept_until": (gettext_lazy("Kept until"), 1.0),
            "records_deleted": (gettext_lazy("Records deleted"), 1.0),
        },
    ),
    "reports": Printed(
        title=gettext_lazy("Reports"),
        action="report.view",
        listing=house_listings.REPORTS,
        number=lambda row: row.pk,
        open=Q(held=False) | Q(sent_at__isnull=False),
        columns={
            "report": (gettext_lazy("Report"), 1.3),
            "kind": (gettext_lazy("Kind"), 1.3),
            "about": (gettext_lazy("About"), 1.8),
            "rating_in_it": (gettext_lazy("Rating in it"), 1.0),
            "state": (gettext_lazy("State"), 1.0),
            "made": (gettext_lazy("Made"), 1.0),
            "sent": (gettext_lazy("Sent on"), 1.0),
        },
    ),
    "tools": Printed(
        title=gettext_lazy("AI tools"),
        action="tool.view",
        listing=listings.TOOLS,
        number=lambda row: row.tool.pk,
        paper=lambda row: replace(row, sheet=None),
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
        listing=listings.checklist(plain=True),
        number=lambda row: row.item.pk,
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
    "people": Printed(
        title=gettext_lazy("People"),
        action="people.manage",
        listing=listings.PEOPLE,
        number=lambda row: row.pk,
        columns={
            "name": (gettext_lazy("Name"), 1.6),
            "email": (gettext_lazy("E-mail"), 2.0),
            "role": (gettext_lazy("Role"), 1.2),
            "last_seen": (gettext_lazy("Last seen"), 1.0),
        },
    ),
    "plan": Printed(
        title=gettext_lazy("Action plan"),
        action="plan.view",
        listing=plan.listing(plain=True),
        number=lambda row: row.item.pk,
        columns={
            "action": (gettext_lazy("Action"), 2.8),
            "priority": (gettext_lazy("Priority"), 0.7),
            "why": (gettext_lazy("Why"), 2.4),
            "answer": (gettext_lazy("Answer"), 0.9),
            "owner": (gettext_lazy("Who"), 1.2),
            "due": (gettext_lazy("Due"), 0.9),
            "overdue": (gettext_lazy("Overdue"), 0.7),
            "decision": (gettext_lazy("Decision"), 0.9),
            "signature": (gettext_lazy("Signed by"), 1.1),
        },
    ),
}


Rows = Sequence[Any] | QuerySet[Any]


def of_house(
    house: Provider,
    *,
    title: str,
    about: Sequence[str],
    columns: Iterable[tuple[Promise | str, float]],
    words: Iterable[tuple[str, ...]],
    asked: Asked | None,
    missing: str,
) -> PrintedTable:
    """A list of every client together, in the look of the provider's own papers."""
    shown = [*columns]
    return PrintedTable(
        language=LANGUAGE,
        made_at=timezone.now().replace(microsecond=0).isoformat(),
        title=title,
        provider=house.name,
        about=" ".join(filter(None, about)),
        asked=asked.pairs() if asked is not None else (),
        headers=tuple(str(heading) for heading, _width in shown),
        rows=tuple(words),
        widths=tuple(width for _heading, width in shown),
        left_out=missing,
        brand=branding.brand_of(house),
    )


def table(
    client: Client,
    kind: Printed,
    rows: Rows,
    *,
    every: Rows | None = None,
    asked: Asked | None = None,
) -> PrintedTable:
    """These rows of a list as they are now, in the look of the client's reports.

    Above them stands how many they are of `every` row of the list, and what was asked for.
    """
    now = timezone.now()
    house = client.provider
    if kind.open is not None and isinstance(rows, QuerySet):
        rows = rows.filter(kind.open)
    if kind.open is not None and isinstance(every, QuerySet):
        every = every.filter(kind.open)
    count = many(rows)
    shown = [kind.paper(row) for row in rows[:MOST_ROWS]]
    day = day_at(client, now.astimezone(ZoneInfo(client.time_zone)))
    return PrintedTable(
        language=LANGUAGE,
        made_at=now.replace(microsecond=0).isoformat(),
        title=str(kind.title),
        provider=house.name,
        about=_about(client, count, count if every is None else many(every), day),
        asked=asked.pairs() if asked is not None else (),
        headers=tuple(str(heading) for heading, _width in kind.columns.values()),
        rows=tuple(kind.listing.as_words(shown, kind.columns)),
        widths=tuple(width for _heading, width in kind.columns.values()),
        left_out=left_out(count),
        brand=branding.brand_of(house, client),
    )


def many(rows: Rows) -> int:
    return rows.count() if isinstance(rows, QuerySet) else len(rows)


def _about(client: Client, count: int, every: int, day: str) -> str:
    """Whose rows they are, how many and of when; where some are missing that comes first."""
    said = ngettext(
        "%(client)s, %(n)s row, as of %(day)s.", "%(client)s, %(n)s rows, as of %(day)s.", every
    ) % {"client": client.name, "n": out_of(count, every), "day": day}
    return " ".join(filter(None, (left_out(count), said)))


def out_of(count: int, every: int) -> str:
    """How many there are, of how many where that is more."""
    if count == every:
        return f"{count:,}"
    return _("%(n)s of %(all)s") % {"n": f"{count:,}", "all": f"{every:,}"}


def left_out(count: int) -> str:
    """Say that a list is too long for paper, and where the rest of it is; nothing where it fits."""
    if count <= MOST_ROWS:
        return ""
    words = {"most": f"{MOST_ROWS:,}", "all": f"{count:,}"}
    return _("Only the first %(most)s of %(all)s rows. The CSV and JSON files have all.") % words
