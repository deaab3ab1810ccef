"""What a portfolio report is made of: the clients in scope and what is open at them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from audits.enums import RatingBadge, ToolDecision
from audits.models import AITool
from audits.queries import authorisation, checklist, plan, portfolio_shared, risk
from audits.queries import fleet as fleets
from audits.queries.fleet_row import FleetRow
from audits.queries.portfolio_shared import Shared
from audits.queries.report_frame import HouseFrame
from audits.queries.risk import ModelRisk

GRAVE = frozenset({RatingBadge.HIGH, RatingBadge.CRITICAL})
MOST_ROWS = 60
"""Rows of a list of single things; a table of clients has all of them."""


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """The clients in a report, the worst first; those that count, and all that are shown.

    `grave` are models that are High or Critical, or to be treated so, the latest first;
    `unpermitted` how many models of a client may not be audited today.
    """

    frame: HouseFrame
    rows: list[FleetRow]
    overdue: list[checklist.ChecklistRow]
    tools: list[AITool]
    undecided: int
    grave: list[ModelRisk]
    unpermitted: dict[int, int]
    shared: list[Shared]

    @property
    def counting(self) -> list[FleetRow]:
        return [row for row in self.rows if row.counts]

    @property
    def reached(self) -> list[FleetRow]:
        """Clients of which every model has a result that stands."""
        return [row for row in self.counting if row.is_reached]

    def in_bucket(self, name: str) -> list[FleetRow]:
        return [row for row in self.counting if row.bucket == name]

    def day(self, value: date | datetime | None) -> str:
        """A date as the tables have it."""
        return self.frame.day(value, form="j M Y") if value is not None else _("Never")

    @property
    def covers(self) -> list[int]:
        return sorted(row.client.pk for row in self.rows)


def of_scope(frame: HouseFrame) -> Portfolio:
    """Read the clients in scope; the number of queries does not depend on how many there are."""
    rows = [row for row in fleets.fleet().rows if not row.client.synthetic]
    shown = [row.client.pk for row in rows if row.counts]  # a prospect's work is nobody's yet
    late = plan.overdue().filter(client__in=shown)
    tools = AITool.objects.filter(client__in=shown, decision=ToolDecision.UNDECIDED)
    return Portfolio(
        frame=frame,
        rows=rows,
        overdue=checklist.joined(late.order_by("due", "client__name", "pk")[:MOST_ROWS]),
        tools=list(
            tools.select_related("client").order_by("client__name", "name", "pk")[:MOST_ROWS]
        ),
        undecided=tools.count(),
        grave=_grave(rows),
        unpermitted=authorisation.missing_by_client(shown),
        shared=portfolio_shared.of_clients(shown),
    )


def _grave(rows: list[FleetRow]) -> list[ModelRisk]:
    """Rate the models of those clients alone that are known to have one so grave."""
    clients = [
        row.client.pk
        for row in rows
        if row.counts and any(one.severity in GRAVE for one in row.risk.standings)
    ]
    listed = risk.in_use().filter(client__in=clients).select_related("client")
    found = [one for one in risk.risks_of(listed) if one.standing.severity in GRAVE]
    return sorted(found, key=_by_deadline)


def _by_deadline(one: ModelRisk) -> tuple[bool, datetime | None, int]:
    until = one.deadline
    return until is None, until.at if until is not None else None, one.model.pk
