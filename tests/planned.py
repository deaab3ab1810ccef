"""Planning reports and audits in a test, and bringing their day on as the beat's job does."""

from datetime import timedelta

from audits.enums import SECTIONS_OF, AuditRhythm, ReportKind, ReportRhythm
from audits.models import AuditSchedule, Membership, ReportRun, ReportSchedule
from audits.queries import report_schedule as schedules
from audits.services import audit_schedule, report_schedule, report_schedule_day
from audits.services.report_schedule import People, Plan
from tests.factories import World


def owner_of(world: World) -> Membership:
    return world.ours.owner.membership_set.get(client=world.here.client)


def planned(
    world: World,
    *,
    kind: ReportKind = ReportKind.OWNER_SUMMARY,
    rhythm: ReportRhythm = ReportRhythm.MONTHLY,
    held: bool = True,
    people: People | None = None,
    ago: int = 0,
) -> ReportSchedule:
    """A schedule whose first day was so many days ago."""
    today = schedules.today_at(world.here.client)
    made = report_schedule.create(
        client=world.here.client,
        actor=world.ours.technician,
        kind=kind,
        plan=Plan(
            rhythm=rhythm,
            next_on=today,
            sections=[one.value for one in SECTIONS_OF[kind]],
            held=held,
            portal="https://portal.example",
        ),
        people=people or People(readers=[owner_of(world)]),
    )
    if ago:
        first = today - timedelta(days=ago)
        ReportSchedule.objects.filter(pk=made.pk).update(next_on=first, day_of_month=first.day)
        made.refresh_from_db()
    return made


def begin(schedule: ReportSchedule) -> bool:
    return report_schedule_day.begin_if_due(
        schedule.pk, check_at=lambda found: f"{found.portal}/check"
    )


def go_on(run: ReportRun) -> bool:
    return report_schedule_day.go_on(
        run.pk, link=lambda found, sending: f"{found.portal}/sent/{sending.pk}/"
    )


def day_of(schedule: ReportSchedule) -> ReportRun:
    return ReportRun.objects.get(schedule=schedule)


def planned_audits(
    world: World, *, rhythm: AuditRhythm = AuditRhythm.QUARTERLY, ago: int = 0
) -> AuditSchedule:
    """A schedule of the cast's model whose first day was so many days ago."""
    today = schedules.today_at(world.here.client)
    made = audit_schedule.save(
        model=world.here.model, actor=world.ours.technician, rhythm=rhythm, next_on=today
    )
    if ago:
        first = today - timedelta(days=ago)
        AuditSchedule.objects.filter(pk=made.pk).update(next_on=first, day_of_month=first.day)
        made.refresh_from_db()
    return made
