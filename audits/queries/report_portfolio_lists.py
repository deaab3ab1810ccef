"""The lists of a portfolio report: what is overdue, undecided and due, and every client."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import ReportSection
from audits.queries import fleet as fleets
from audits.queries import report_portfolio_words as words
from audits.queries.fleet_row import FleetRow
from audits.queries.portfolio_figures import Portfolio
from audits.queries.report_frame import titled
from audits.reports.document import Section, Table


def overdue(found: Portfolio) -> Section:
    total = sum(row.overdue_actions for row in found.counting)
    return Section(
        *titled(ReportSection.OVERDUE),
        tables=(
            Table(
                caption=_("The longest overdue first"),
                headers=(_("Action"), _("Client"), _("Who"), _("Due")),
                rows=tuple(
                    (
                        row.control.words(plain=False).title,
                        row.item.client.name,
                        row.owner or _("Nobody yet"),
                        found.day(row.item.due),
                    )
                    for row in found.overdue
                ),
                widths=(2.6, 1.5, 1.0, 0.9),
                empty=_("No action is overdue."),
                note=more(total - len(found.overdue)),
            ),
        ),
    )


def more(count: int) -> str:
    return _("and %(more)s more in the portal") % {"more": count} if count > 0 else ""


def tools(found: Portfolio) -> Section:
    return Section(
        *titled(ReportSection.UNDECIDED),
        tables=(
            Table(
                caption=_("Reported or listed, and nobody has decided"),
                headers=(_("Tool"), _("Client"), _("Most sensitive data"), _("Listed on")),
                rows=tuple(
                    (
                        tool.name,
                        tool.client.name,
                        str(tool.get_data_class_display()),
                        found.day(tool.created_at),
                    )
                    for tool in found.tools
                ),
                widths=(1.6, 1.6, 1.6, 0.9),
                empty=_("No tool waits for a decision."),
                note=more(found.undecided - len(found.tools)),
            ),
        ),
    )


def reports_due(found: Portfolio) -> Section:
    since = found.frame.now - timedelta(days=fleets.REPORT_DAYS)
    due = [row for row in found.counting if row.last_report is None or row.last_report < since]
    due.sort(key=lambda row: (row.last_report is not None, row.last_report or since))
    return Section(
        *titled(ReportSection.REPORTS_DUE),
        tables=(
            Table(
                caption=_("Clients without a report within %(days)s days")
                % {"days": fleets.REPORT_DAYS},
                headers=(_("Client"), _("Last report"), _("Looked after by")),
                rows=tuple(
                    (row.client.name, found.day(row.last_report), row.lead_name or _("Nobody"))
                    for row in due
                ),
                widths=(2.4, 1.0, 1.4),
                empty=_("No report is due."),
            ),
        ),
    )


def everybody(found: Portfolio) -> Section:
    return Section(
        *titled(ReportSection.EVERYBODY),
        tables=(
            Table(
                caption=_("Worst first"),
                headers=(
                    _("Client"),
                    _("Rating"),
                    _("90 days"),
                    _("Models with a result"),
                    _("Tools to decide"),
                    _("Actions overdue"),
                    _("Last audit"),
                    _("Last report"),
                ),
                rows=tuple(_client(found, row) for row in found.rows),
                badges=tuple(("", words.mark_of(row)) for row in found.rows),
                widths=(1.9, 1.5, 1.2, 0.8, 0.7, 0.8, 0.95, 0.95),
                empty=_("No client is looked after yet."),
            ),
        ),
    )


def _client(found: Portfolio, row: FleetRow) -> tuple[str, ...]:
    name = row.client.name
    return (
        name if row.counts else _("%(client)s (prospect)") % {"client": name},
        words.rating_of(row),
        words.moved(row, found.day),
        words.reached(row),
        f"{row.tools_unreviewed:,}",
        f"{row.overdue_actions:,}",
        found.day(row.last_audit),
        found.day(row.last_report),
    )


_METHOD: tuple[Callable[[], str], ...] = (
    lambda: _(
        "A client is rated by its worst model. A model is rated by what an attack on it found, by"
        " who can ask it, and by how sensitive its records are."
    ),
    lambda: _(
        "Needs attention: a model that is rated Elevated or worse, or is to be treated so because"
        " nobody has measured it, an action past its date, an audit that failed and was neither"
        " tried again nor acknowledged, or a planned one that could not be started on its last day."
    ),
    lambda: _(
        "Unknown: nothing needs attention, but there is no model, or the worst one was never"
        " audited, its result expired, or its audit settled nothing. A result counts for twelve"
        " months, or less where a rating policy says so."
    ),
    lambda: (
        _(
            "A report is due when a client got none within %(days)s days. Archived clients are left"
            " out."
        )
        % {"days": fleets.REPORT_DAYS}
    ),
)


def method() -> Section:
    zone = timezone.get_default_timezone_name()
    return Section(
        key="method",
        title=_("How to read this"),
        points=(
            *(sentence() for sentence in _METHOD),
            _("Days are those of the time zone %(zone)s.") % {"zone": zone},
        ),
    )
