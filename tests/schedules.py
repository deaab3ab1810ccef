"""Schedules of reports and audits, with somebody who gets them and a day that has passed."""

from datetime import timedelta
from typing import TypedDict

from django.utils import timezone

from audits.enums import FilePurpose, ReportKind, ReportRunState
from audits.models import (
    Audit,
    AuditRun,
    AuditSchedule,
    Client,
    Membership,
    Report,
    ReportRun,
    ReportSchedule,
    ReportScheduleReader,
    TenantModel,
)
from audits.services import report_seal
from tests.builders import make_file


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


class AuditScheduleRows(TypedDict):
    """The same of audits."""

    audit_schedule: AuditSchedule
    audit_run: AuditRun


def audit_schedule_rows(audit: Audit) -> AuditScheduleRows:
    """A schedule of the audited model, whose last day started this audit."""
    own = {"provider_id": audit.provider_id, "client": audit.client}
    today = timezone.localdate()
    following = today + timedelta(days=60)
    schedule = AuditSchedule.objects.create(
        **own,
        model=audit.model_version.model,
        next_on=following,
        day_of_month=following.day,
    )
    return {
        "audit_schedule": schedule,
        "audit_run": AuditRun.objects.create(
            **own, schedule=schedule, due_on=today - timedelta(days=10), audit=audit
        ),
    }


def free_rows(client: Client, audit: Audit) -> dict[type[TenantModel], TenantModel]:
    """Schedules and a report of which no day speaks."""
    own = {"provider_id": client.provider_id, "client": client}
    return {
        AuditSchedule: AuditSchedule.objects.create(
            **own,
            model=audit.model_version.model,
            next_on=timezone.localdate(),
            day_of_month=1,
            deleted_at=timezone.now(),
        ),
        Report: Report.objects.create(**own, number=99, audit=audit, data={}),
        ReportSchedule: ReportSchedule.objects.create(
            **own, kind=ReportKind.QUARTER, next_on=timezone.localdate(), day_of_month=1
        ),
    }


def drawn(run: ReportRun) -> Report:
    """The report of a day, once its PDF is there."""
    report = run.report
    assert report is not None
    report.file = make_file(report.client, FilePurpose.REPORT, f"report {report.pk}")
    report.save(update_fields=["file"])
    report_seal.finish(report, sha256=f"{report.pk:064}")
    report.refresh_from_db()
    return report
