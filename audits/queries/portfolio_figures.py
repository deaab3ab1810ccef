"""What a portfolio report is made of: the clients in scope and what is open at them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from audits.enums import ToolDecision
from audits.models import AITool
from audits.queries import checklist, plan
from audits.queries import fleet as fleets
from audits.queries.fleet_row import FleetRow
from audits.queries.report_frame import HouseFrame

MOST_ROWS = 60
"""Rows of a list of single things; a table of clients has all of them."""


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """The clients in a report, the worst first; those that count, and all that are shown."""

    frame: HouseFrame
    rows: list[FleetRow]
    overdue: list[checklist.ChecklistRow]
    tools: list[AITool]
    undecided: int

    @property
    def counting(self) -> list[FleetRow]:
        return [row for row in self.rows if row.counts]

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
    )
