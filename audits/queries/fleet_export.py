"""The fleet to take away: a table for a spreadsheet, JSON for a program, pages for a meeting."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import FleetColumn
from audits.models import Provider
from audits.queries import branding, list_print
from audits.queries.fleet_row import FleetRow
from audits.queries.narrowing import Asked
from audits.queries.report_frame import LANGUAGE
from audits.reports import exports
from audits.reports.exports import Cell
from audits.reports.printed_table import MOST_ROWS, PrintedTable

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
    "overdue_reviews",
    "looked_after_by",
    "last_report",
    "audits_not_started",
    "audits_failed",
    "why",
)


def as_csv(rows: Iterable[FleetRow]) -> bytes:
    """One line for each client; nothing in it runs as a formula."""
    return exports.csv_table(_HEADERS, [_cells(row) for row in rows])


def as_json(rows: Iterable[FleetRow]) -> bytes:
    """The same figures by name."""
    listed = [dict(zip(_HEADERS, _cells(row), strict=True)) for row in rows]
    return exports.result_json({"clients": listed})


def as_printed(
    rows: Sequence[FleetRow],
    house: Provider,
    *,
    every: Sequence[object] | None = None,
    asked: Asked | None = None,
) -> PrintedTable:
    """The list for paper: the columns of the fleet that fit on paper, in its words.

    Above it stands how many clients it has of `every` one, and what was asked for.
    """
    now, total = timezone.now(), len(rows if every is None else every)
    about = ngettext("%(n)s client, as of %(day)s.", "%(n)s clients, as of %(day)s.", total) % {
        "n": list_print.out_of(len(rows), total),
        "day": date_format(timezone.localdate(now), "j F Y"),
    }
    missing = list_print.left_out(len(rows))
    shown = [column for column in FleetColumn if column != FleetColumn.GROUPS]
    return PrintedTable(
        language=LANGUAGE,
        made_at=now.replace(microsecond=0).isoformat(),
        title=_("Clients"),
        provider=house.name,
        about=" ".join(filter(None, (missing, about))),
        asked=asked.pairs() if asked is not None else (),
        headers=(_("Client"), _("Why"), *(str(column.label) for column in shown)),
        rows=tuple(
            (row.client.name, _why(row), *(_printed(row)[column] for column in shown))
            for row in rows[:MOST_ROWS]
        ),
        widths=(2.0, 2.2, 1.2, 1.1, 0.7, 1.1, 1.3, 0.9, 1.1, 1.3, 1.0),
        left_out=missing,
        brand=branding.brand_of(house),
    )


def _why(row: FleetRow) -> str:
    """Every reason to look at a client, as the page says them."""
    return "; ".join(reason.words for reason in row.reasons)


def _printed(row: FleetRow) -> dict[FleetColumn, str]:
    """What stands in each column, as words."""
    tools, actions = str(row.tools), str(row.open_actions)
    if row.tools_unreviewed:
        tools = _("%(n)s (%(open)s not reviewed)") % {"n": tools, "open": row.tools_unreviewed}
    if row.overdue_actions:
        actions = _("%(n)s (%(late)s overdue)") % {"n": actions, "late": row.overdue_actions}
    if row.overdue_reviews:
        late = ngettext("%(n)s review overdue", "%(n)s reviews overdue", row.overdue_reviews)
        actions = _("%(actions)s; %(late)s") % {
            "actions": actions,
            "late": late % {"n": row.overdue_reviews},
        }
    return {
        FleetColumn.RISK: str(row.badge.label) if row.badge is not None else _("no model yet"),
        FleetColumn.TREND: _trend_in_words(row),
        FleetColumn.MODELS: str(row.models),
        FleetColumn.TOOLS: tools,
        FleetColumn.AUDIT: _audit_in_words(row),
        FleetColumn.CHECKLIST: f"{row.checklist}%" if row.checklist is not None else "",
        FleetColumn.ACTIONS: actions,
        FleetColumn.LEAD: row.lead_name or _("nobody"),
        FleetColumn.REPORT: _day_in_words(row.last_report),
    }


def _trend_in_words(row: FleetRow) -> str:
    if row.expired_since is not None:
        return _("Expired since %(day)s") % {"day": _day_in_words(row.expired_since)}
    return str(row.trend.label)


def _audit_in_words(row: FleetRow) -> str:
    """When one last finished, and apart from it what failed or did not start."""
    said = [_finished_in_words(row)]
    if row.failed_audits:
        late = ngettext(
            "%(n)s failed, not tried again", "%(n)s failed, not tried again", row.failed_audits
        )
        said.append(late % {"n": row.failed_audits})
    if row.unstarted_audits:
        late = ngettext(
            "%(n)s not started on its day", "%(n)s not started on their days", row.unstarted_audits
        )
        said.append(late % {"n": row.unstarted_audits})
    return "; ".join(said)


def _finished_in_words(row: FleetRow) -> str:
    if row.last_audit is not None:
        return _("finished %(day)s") % {"day": _day_in_words(row.last_audit)}
    return _("none finished") if row.failed_audits else _("never")


def _day_in_words(moment: datetime | None) -> str:
    return date_format(timezone.localdate(moment), "j M Y") if moment is not None else _("never")


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
        row.overdue_reviews,
        row.lead_name or None,
        _day(row.last_report),
        row.unstarted_audits,
        row.failed_audits,
        _why(row) or None,
    ]


def _day(moment: datetime | None) -> str | None:
    return timezone.localdate(moment).isoformat() if moment is not None else None
