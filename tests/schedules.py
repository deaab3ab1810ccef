"""A schedule of reports with somebody who gets them and a day that has passed."""

from datetime import timedelta
from typing import TypedDict

from django.utils import timezone

from audits.enums import ReportKind, ReportRunState
from audits.models import (
    Client,
    Membership,
    Report,
    ReportRun,
    ReportSchedule,
    ReportScheduleReader,
)


class ScheduleRows(TypedDict):
    """What a client has of it, by its name in the cast."""

    report_schedule: ReportSchedule
    report_schedule_reader: ReportScheduleReader
    report_run: ReportRun


def schedule_rows(client: Client, report: Report, reader: Membership) -> ScheduleRows:
    own = {"provider_id": client.provider_id, "client": client}
    today = timezone.localdate()
    schedule = ReportSchedule.objects.create(
        **own,
        kind=ReportKind.OWNER_SUMMARY,
        next_on=today + timedelta(days=20),
        day_of_month=(today + timedelta(days=20)).day,
    )
    return {
        "report_schedule": schedule,
        "report_schedule_reader": ReportScheduleReader.objects.create(
            **own, schedule=schedule, user=reader.user
        ),
        "report_run": ReportRun.objects.create(
            **own,
            schedule=schedule,
            due_on=today - timedelta(days=10),
            report=report,
            state=ReportRunState.READY,
        ),
    }
