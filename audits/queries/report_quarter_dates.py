"""What comes next at a client: what is due, ends or is planned, day by day."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from audits.enums import ReportSection
from audits.models import AITool, AuditSchedule, Dataset, ReportSchedule
from audits.queries import report_movement, risk_speaking
from audits.queries.plan import PlanRow
from audits.queries.report_frame import Frame, titled
from audits.queries.report_periods import Period
from audits.reports.document import Section, Table


def section(period: Period, frame: Frame, listed: list[PlanRow]) -> Section:
    """Every day from today to the end of the quarter after."""
    until = max(period.following().last, frame.today)
    dates = sorted(
        (day, text) for day, text in _dates(frame, listed) if frame.today <= day <= until
    )
    return Section(
        *titled(ReportSection.NEXT),
        tables=(
            Table(
                caption=_("Dates until %(day)s") % {"day": frame.day(until)},
                headers=(_("Day"), _("What")),
                rows=tuple((frame.day(day), text) for day, text in dates),
                widths=(1.0, 3.6),
                empty=_("No date falls into that time."),
                # None that the guidance names was verified.
                note=_("Days on which laws begin to hold are not part of this list."),
            ),
        ),
    )


def _dates(frame: Frame, listed: list[PlanRow]) -> Iterator[tuple[date, str]]:
    zone = ZoneInfo(frame.client.time_zone)
    yield from _planned(frame)
    for found in risk_speaking.newest_audits(report_movement.models_of(frame)).values():
        if found.completed_at is not None:
            ends = (found.completed_at + risk_speaking.AUDIT_LASTS).astimezone(zone).date()
            name = found.model_version.model.name
            yield ends, _("The audit of %(model)s is a year old: audit again") % {"model": name}
    for tool in AITool.objects.filter(client=frame.client, next_review__isnull=False):
        if tool.next_review is not None:
            yield tool.next_review, _("Look at %(tool)s again") % {"tool": tool.name}
    for dataset in Dataset.objects.filter(client=frame.client, retain_until__isnull=False):
        if dataset.retain_until is not None and dataset.records_deleted_at is None:
            day = dataset.retain_until + timedelta(days=1)
            yield day, _("The records of %(name)s are deleted") % {"name": dataset.name}
    for one in listed:
        if one.row.item.due is not None and not one.row.is_left:
            title = one.row.control.words(plain=True).title
            yield one.row.item.due, _("Due: %(title)s") % {"title": title}


def _planned(frame: Frame) -> Iterator[tuple[date, str]]:
    """The next audit and the next report of every schedule that goes on."""
    audits = AuditSchedule.objects.filter(client=frame.client, deleted_at=None, paused_at=None)
    for day, model in audits.values_list("next_on", "model__name"):
        yield day, _("Planned audit of %(model)s") % {"model": model}
    reports = ReportSchedule.objects.filter(client=frame.client, deleted_at=None, paused_at=None)
    for report in reports:
        yield report.next_on, _("Planned report: %(kind)s") % {"kind": report.get_kind_display()}
