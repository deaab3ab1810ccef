"""Of the quarterly review: which actions fell due in the quarter, and which were closed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ReportSection, Treatment
from audits.models import ChecklistItem, RiskDecision
from audits.queries import checklist
from audits.queries.checklist import ChecklistRow
from audits.queries.report_frame import Frame, titled
from audits.queries.report_periods import Period
from audits.reports.document import Section, Table


def section(period: Period, frame: Frame) -> Section:
    """Actions with a day within the quarter, each with the day on which it was closed."""
    due = ChecklistItem.objects.filter(
        client=frame.client, due__gte=period.first, due__lte=period.last, retired_from=None
    )
    rows = checklist.joined(checklist.items_with_figures(due.order_by("due", "control")))
    return Section(
        *titled(ReportSection.PROMISES),
        paragraphs=(_counted(rows, frame), _to_fix(period, frame)),
        tables=(
            Table(
                caption=_("Actions that were to be done in this quarter"),
                headers=(_("Action"), _("Who"), _("Due"), _("Closed")),
                rows=tuple(
                    (
                        row.control.words(plain=True).title,
                        row.owner or _("Nobody yet"),
                        frame.day(row.item.due),
                        _how(row, frame),
                    )
                    for row in rows
                ),
                widths=(2.4, 1.1, 1.0, 1.3),
                empty=_("No action has a day in this quarter."),
                note=_("By the days that stand now: an action whose day was moved counts there.")
                if rows
                else "",
            ),
        ),
    )


def _closed_on(row: ChecklistRow, frame: Frame) -> date | None:
    """The day on which it was put in place, or found not to apply; None while it is open."""
    at: datetime | None = row.item.confirmed_at or row.item.answered_at
    if row.is_open or at is None:
        return None
    return at.astimezone(ZoneInfo(frame.client.time_zone)).date()


def _how(row: ChecklistRow, frame: Frame) -> str:
    closed, due = _closed_on(row, frame), row.item.due
    if row.is_left:
        return _("Left, by decision")
    if closed is not None:
        day = frame.day(closed)
        return _("%(day)s, late") % {"day": day} if due is not None and closed > due else day
    return _("Open, overdue") if row.overdue else _("Open")


def _counted(rows: list[ChecklistRow], frame: Frame) -> str:
    closed = [(row, day) for row in rows if (day := _closed_on(row, frame)) is not None]
    in_time = sum(row.item.due is not None and day <= row.item.due for row, day in closed)
    if not rows:
        return _("Due in this quarter: no action.")
    said = ngettext(
        "Due in this quarter: one action. Closed: %(closed)s, in time: %(in_time)s.",
        "Due in this quarter: %(all)s actions. Closed: %(closed)s, in time: %(in_time)s.",
        len(rows),
    )
    return said % {"all": len(rows), "closed": len(closed), "in_time": in_time}


def _to_fix(period: Period, frame: Frame) -> str:
    """Of the actions that it was decided in the quarter to fix, how many are closed today."""
    begins, ends = period.bounds(frame.client)
    decided = RiskDecision.objects.filter(
        client=frame.client,
        treatment=Treatment.FIX,
        recorded_at__gte=begins,
        recorded_at__lt=ends,
    )
    items = ChecklistItem.objects.filter(pk__in=decided.order_by().values("item"))
    rows = checklist.joined(checklist.items_with_figures(items))
    closed = sum(_closed_on(row, frame) is not None for row in rows)
    return _("Decided in this quarter to fix: %(all)s; closed of these: %(closed)s.") % {
        "all": len(rows),
        "closed": closed,
    }
