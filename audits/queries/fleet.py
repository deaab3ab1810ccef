"""The fleet: every client that a person may open with what there is to know about it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy

from audits.enums import ClientState, FleetColumn, Trend
from audits.models import Client, ClientGroup, Membership
from audits.queries import client_figures, client_group
from audits.queries.client_figures import Known
from audits.queries.fleet_row import BUCKETS, FleetRow, Listed
from audits.queries.narrowing import headings, order_in_words

# What is so for a while: it may be gone by the time somebody comes back.
PASSING = ("running", "failed", "overdue", "reviews", "unreached")
CHOICES = (*BUCKETS, *PASSING)
# No audit within so many days.
IDLE_DAYS = (30, 90, 180, 365)
# A client gets a report every quarter.
REPORT_DUE = "due"
REPORT_DAYS = 90
NOBODY = "none"
EVERY_STATE = "all"


_TREND_ORDER = (Trend.WORSE, Trend.SAME, Trend.BETTER, Trend.UNKNOWN)
_LONG_AGO = datetime.min.replace(tzinfo=timezone.get_default_timezone())
# By what a column sorts: what wants looking at comes first.
SORTS: Mapping[str, Callable[[FleetRow], Any]] = {
    "risk": lambda row: row.sort_key,
    "name": lambda row: row.client.name.casefold(),
    "trend": lambda row: _TREND_ORDER.index(row.trend),
    "models": lambda row: -row.models,
    "tools": lambda row: (-row.tools_unreviewed, -row.tools),
    "audit": lambda row: row.last_audit or _LONG_AGO,
    "checklist": lambda row: -1 if row.checklist is None else row.checklist,
    "actions": lambda row: (-row.overdue_actions, -row.open_actions),
    "lead": lambda row: (not row.lead_name, row.lead_name.casefold()),
    "report": lambda row: row.last_report or _LONG_AGO,
}
_FALLING = frozenset({"risk", "trend", "models", "tools", "actions"})
_HEADINGS = {"name": gettext_lazy("Client"), **headings(FleetColumn)}


@dataclass(frozen=True, kw_only=True)
class FleetFilters:
    """What the address of the fleet chooses."""

    # The head of a column asks a list whether it can be sorted: a fleet always can.
    is_offered: ClassVar[bool] = True

    q: str = ""
    group: int | None = None
    risk: str = ""
    lead: str = ""
    industry: str = ""
    idle: int | None = None
    report: str = ""
    state: str = ""
    show: str = ""
    sort: str = ""

    @property
    def hidden(self) -> int:
        """How many choices of the folded part are made."""
        return sum(map(bool, (self.industry, self.idle, self.report, self.state, self.lead)))

    @property
    def leaves_out(self) -> bool:
        """Whether fewer clients are counted than there are; what is shown of them is no matter."""
        return bool(self.q or self.group or self.risk or self.hidden)

    @property
    def is_any(self) -> bool:
        return bool(self.show) or self.leaves_out

    @property
    def column(self) -> str:
        """By which column the rows are sorted."""
        return self.sort.removeprefix("-") or "risk"

    @property
    def is_turned(self) -> bool:
        return self.sort.startswith("-")

    @property
    def is_falling(self) -> bool:
        """Whether the greatest value comes first; of ratings and trends that is the worst."""
        return (self.column in _FALLING) != self.is_turned

    @property
    def turned(self) -> str:
        """The same column the other way round, as an address names it."""
        return self.column if self.is_turned else f"-{self.column}"

    @property
    def order_in_words(self) -> str:
        """By which column the rows are in order, for somebody who reads them on paper."""
        return order_in_words(_HEADINGS[self.column], is_falling=self.is_falling)

    def keeps(self, row: FleetRow) -> bool:
        """Say whether a row is one of those that were asked for, whatever its bucket."""
        return self._keeps_client(row.client) and all(
            (
                self.group is None or self.group in {group.pk for group in row.groups},
                not self.risk or (row.badge or NOBODY) == self.risk,
                not self.lead or self.lead == _key_of(row.lead),
                self.idle is None or _is_idle(row.last_audit, self.idle),
                not self.report or _is_idle(row.last_report, REPORT_DAYS),
            )
        )

    def _keeps_client(self, client: Listed) -> bool:
        if self.state == "":
            fits = client.state != ClientState.ARCHIVED
        else:
            fits = self.state in (EVERY_STATE, client.state)
        return fits and self._says(client) and self.industry in ("", client.industry)

    def _says(self, client: Listed) -> bool:
        """Say whether every word that is looked for stands there."""
        if not self.q:
            return True
        said = f"{client.name} {client.industry} {client.contact_name}".casefold()
        return all(word in said for word in self.q.casefold().split())


def _key_of(lead: Membership | None) -> str:
    return str(lead.pk) if lead is not None else NOBODY


def _is_idle(last: datetime | None, days: int) -> bool:
    return last is None or last < timezone.now() - timedelta(days=days)


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Every client in scope, with what one can choose among them by."""

    clients: list[Listed]
    tags: dict[int, list[ClientGroup]]
    team: dict[int, Membership]
    groups: list[ClientGroup]

    @property
    def has_demo(self) -> bool:
        """Say whether some of them came with the demo."""
        return any(one.is_demo for one in self.clients)

    @property
    def industries(self) -> list[str]:
        return sorted({one.industry for one in self.clients if one.industry}, key=str.casefold)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The clients that were asked for, in their order, with the figures above the table."""

    rows: list[FleetRow]
    filters: FleetFilters
    directory: Directory
    # Clients that are being counted, and stand there as they were last counted, if they were.
    behind: int = 0
    buckets: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        counted = Counter(row.bucket for row in self.counting)
        object.__setattr__(self, "buckets", {name: counted[name] for name in BUCKETS})

    @property
    def shown(self) -> list[FleetRow]:
        """Rows that stay after the choice above the table."""
        chosen = self.filters.show
        return [row for row in self.rows if not chosen or row.shown_by(chosen)]

    @property
    def groups(self) -> list[ClientGroup]:
        return self.directory.groups

    @cached_property
    def counting(self) -> list[FleetRow]:
        """Rows that the figures are about: no prospects, no archived clients."""
        return [row for row in self.rows if row.counts]

    @cached_property
    def clients(self) -> int:
        return len(self.counting)

    @cached_property
    def reached(self) -> int:
        """How many of the clients have a result that stands for every model."""
        return sum(row.is_reached for row in self.counting)

    @property
    def not_reached(self) -> int:
        return self.clients - self.reached

    @cached_property
    def prospects(self) -> int:
        return sum(row.client.state == ClientState.PROSPECT for row in self.rows)

    @cached_property
    def running(self) -> int:
        return sum(row.running_audits for row in self.counting)

    @cached_property
    def failed(self) -> int:
        return sum(row.failed_audits for row in self.counting)

    @cached_property
    def overdue(self) -> int:
        return sum(row.overdue_actions for row in self.counting)

    @cached_property
    def reviews(self) -> int:
        return sum(row.overdue_reviews for row in self.counting)

    @property
    def is_whole(self) -> bool:
        """Whether the figures are those of every client: then a list of all of them has as many."""
        return not self.filters.leaves_out

    @property
    def lists_overdue(self) -> bool:
        """Whether the plan of all clients has exactly these actions: it has prospects' as well."""
        return self.is_whole and self.overdue == sum(row.overdue_actions for row in self.rows)

    @cached_property
    def at(self) -> dict[str, int]:
        """At how many clients there is what a figure counts."""
        return {name: sum(row.shown_by(name) for row in self.counting) for name in PASSING}


def directory() -> Directory:
    """Read who the clients are, in four queries."""
    rows = Client.objects.values_list(*Listed._fields)
    clients = [Listed._make(row) for row in rows]
    tags = client_group.tags_of(client.pk for client in clients)
    groups = {group.pk: group for own in tags.values() for group in own}
    held = Membership.objects.filter(client=None).select_related("user")
    return Directory(
        clients=clients,
        tags=tags,
        team={row.pk: row for row in held},
        groups=sorted(groups.values(), key=lambda group: (group.name.casefold(), group.pk)),
    )


def fleet(
    filters: FleetFilters | None = None,
    listed: Directory | None = None,
    known: Known | None = None,
) -> Fleet:
    """Clients in scope, worst first; the number of queries does not depend on rows.

    By figures that are `known`, else by those that hold now, counted where none are kept.
    """
    filters = filters or FleetFilters()
    listed = listed or directory()
    known = known or Known(figures=client_figures.of_everyone(), behind=frozenset())
    kept = [row for row in _rows(listed, known) if filters.keeps(row)]
    return Fleet(
        rows=_in_order(kept, filters),
        filters=filters,
        directory=listed,
        behind=len(known.behind),
    )


def _in_order(rows: Iterable[FleetRow], filters: FleetFilters) -> list[FleetRow]:
    """Worst first, then by the column that was chosen: what is alike there stays in that order."""
    worst_first = sorted(rows, key=lambda row: row.sort_key)
    if not filters.sort:
        return worst_first
    return sorted(worst_first, key=SORTS[filters.column], reverse=filters.is_turned)


def _rows(listed: Directory, known: Known) -> Iterable[FleetRow]:
    for client in listed.clients:
        yield FleetRow(
            client=client,
            groups=listed.tags.get(client.pk, []),
            lead=listed.team.get(client.lead_id or 0),
            figures=known.figures.get(client.pk, client_figures.NOTHING),
            is_uncounted=client.pk in known.behind and client.pk not in known.figures,
        )
