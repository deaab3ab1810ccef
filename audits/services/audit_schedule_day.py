"""One day of a schedule: the model is measured again, once, or the day says why it was not."""

import logging
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from audits.enums import AuditRhythm, StartedBy
from audits.models import Audit, AuditRun, AuditSchedule
from audits.queries import audit_repeat
from audits.queries import audit_schedule as schedules
from audits.services import activity, unstarted_audit
from audits.services import audit_repeat as again
from audits.services.errors import NotPossible, ServiceError, TooMany
from audits.services.job_kinds import Scoped

logger = logging.getLogger(__name__)

# Many models may be due on one day, and an hour allows a client so many audits: the rest waits.
WAITS: Final = timedelta(days=1)


def begin_in_scope(schedule_id: int, /, *, in_scope: Scoped) -> bool:
    """Start one schedule's audit if it is due; a failure leaves the others their turn."""
    try:
        with in_scope():
            return begin_if_due(schedule_id)
    except Exception:
        logger.exception("The audit of schedule %s could not be begun.", schedule_id)
        return False


@transaction.atomic
def begin_if_due(schedule_id: int) -> bool:
    """Start the audit of a schedule whose day has come at the client; say whether the day is done.

    Days on which nothing ran are made up for by one audit, that of the last of them. At a client
    for which no audits are planned the days pass.
    """
    rows = AuditSchedule.objects.select_for_update(of=("self",))
    living = rows.select_related("client", "model").filter(paused_at=None, deleted_at=None)
    schedule = living.filter(pk=schedule_id).first()
    today = schedules.today_at(schedule.client) if schedule is not None else None
    if schedule is None or today is None or schedule.next_on > today:
        return False
    passed = _pass(schedule, today)
    due_on, missed = passed[-1], len(passed) - 1
    known = AuditRun.objects.filter(schedule=schedule, due_on=due_on)
    if not schedules.may_have_any(schedule.client) or known.exists():
        schedule.save(update_fields=["next_on"])
        return False
    run = AuditRun(
        provider_id=schedule.provider_id,
        client=schedule.client,
        schedule=schedule,
        due_on=due_on,
        missed=missed,
    )
    try:
        with transaction.atomic():
            run.audit = _measured_again(schedule)
    except TooMany as error:
        if today - due_on < WAITS:
            return False
        run.problem = str(error)
    except ServiceError as error:
        run.problem = str(error)
    schedule.save(update_fields=["next_on"])
    _keep(run)
    return True


def _pass(schedule: AuditSchedule, today: date) -> list[date]:
    """Move the schedule on to its next day; return those that have come, the oldest first."""
    passed: list[date] = []
    rhythm = AuditRhythm(schedule.rhythm)
    for day in schedules.days_from(
        schedule.next_on, rhythm=rhythm, day_of_month=schedule.day_of_month
    ):
        if day > today:
            schedule.next_on = day
            break
        passed.append(day)
    return passed


def _measured_again(schedule: AuditSchedule) -> Audit:
    found = audit_repeat.of_model(schedule.model)
    if found is None:
        raise NotPossible(_("It is retired."))
    return again.repeat(one=found, actor=None, started_by=StartedBy.SCHEDULE)


def _keep(run: AuditRun) -> None:
    """Keep what came of the day, and tell of one on which nothing was started."""
    longest = AuditRun._meta.get_field("problem").max_length  # noqa: SLF001 - Django's documented model API
    run.problem = run.problem[:longest]
    run.save()
    if run.audit is not None:
        return
    activity.record(
        client=run.client,
        actor=None,
        verb="failed",
        obj=run.schedule,
        details={"due on": run.due_on.isoformat(), "because": run.problem},
    )
    unstarted_audit.tell(run)
