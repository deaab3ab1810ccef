"""The fleet to take away: a table for a spreadsheet, or JSON for a program."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from audits.queries.fleet import FleetRow
from audits.reports import exports
from audits.reports.exports import Cell

_HEADERS = (
    "client",
    "address",
    "state",
    "industry",
    "groups",
    "rating",
    "trend_90_days",
    "models",
    "models_with_result",
    "ai_tools",
    "ai_tools_not_reviewed",
    "last_audit",
    "checklist_percent",
    "open_actions",
    "overdue_actions",
    "looked_after_by",
    "last_report",
)


def as_csv(rows: Iterable[FleetRow]) -> bytes:
    """One line for each client; nothing in it runs as a formula."""
    return exports.csv_table(_HEADERS, [_cells(row) for row in rows])


def as_json(rows: Iterable[FleetRow]) -> bytes:
    """The same figures by name."""
    listed = [dict(zip(_HEADERS, _cells(row), strict=True)) for row in rows]
    return exports.result_json({"clients": listed})


def _cells(row: FleetRow) -> list[Cell]:
    client = row.client
    return [
        client.name,
        client.slug,
        client.get_state_display(),
        client.industry,
        ", ".join(group.name for group in row.groups),
        str(row.badge.label) if row.badge is not None else None,
        str(row.trend.label),
        row.models,
        row.risk.rated,
        row.tools,
        row.tools_unreviewed,
        _day(row.last_audit),
        row.checklist,
        row.open_actions,
        row.overdue_actions,
        row.lead_name or None,
        _day(row.last_report),
    ]


def _day(moment: datetime | None) -> str | None:
    return timezone.localdate(moment).isoformat() if moment is not None else None
