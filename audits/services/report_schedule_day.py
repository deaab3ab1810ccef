"""One day of a schedule: begun once, brought on until its report waits for review, or is sent.

Every step is a transaction of its own, and the row of the day says how far it has come, so that a
worker that dies leaves the rest to the next round and nothing happens twice.
"""

import logging
from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import ACTIVE_STATES, ReportRhythm, ReportRunState, StartedBy
from audits.models import Client, Report, ReportRun, ReportSchedule, ReportSending
from audits.queries import report_readers
from audits.queries import report_schedule as schedules
from audits.services import activity, report, report_sending, report_waits
from audits.services.errors import InvalidInput, NotPossible, ServiceError
from audits.services.job_kinds import Scoped

logger = logging.getLogger(__name__)

# Where a mailed link leads, and where anybody can check the file: begins as the schedule says.
Link = Callable[[ReportSchedule, ReportSending], str]
CheckAt = Callable[[ReportSchedule], str]


def begin_in_scope(schedule_id: int, /, *, in_scope: Scoped, check_at: CheckAt) -> bool:
    """Begin one schedule's report if it is due; a failure leaves the others their turn."""
    try:
        with in_scope():
            return begin_if_due(schedule_id, check_at=check_at)
    except Exception:
        logger.exception("The report of schedule %s could not be begun.", schedule_id)
        return False


def go_on_in_scope(run_id: int, /, *, in_scope: Scoped, link: Link) -> bool:
    """Bring one begun report on if it is made; a failure leaves the others their turn."""
    try:
        with in_scope():
            return go_on(run_id, link=link)
    except Exception:
        logger.exception("The report of run %s could not be brought on.", run_id)
        return False


@transaction.atomic
def begin_if_due(schedule_id: int, *, check_at: CheckAt) -> bool:
    """Make the report of a schedule whose day has come at the client; say whether one was begun.

    Days on which nothing ran are made up for by one report, that of the last of them. At a client
    that gets no reports the days pass.
    """
    rows = ReportSchedule.objects.select_for_update(of=("self",)).select_related("client")
    schedule = rows.filter(pk=schedule_id, paused_at=None, deleted_at=None).first()
    today = schedules.today_at(schedule.client) if schedule is not None else None
    if schedule is None or today is None or schedule.next_on > today:
        return False
    passed = _pass(schedule, today)
    if not schedules.may_have_any(schedule.client):
        return False
    run, is_new = ReportRun.objects.get_or_create(
        schedule=schedule,
        due_on=passed[-1],
        defaults={
            "provider_id": schedule.provider_id,
            "client": schedule.client,
            "missed": len(passed) - 1,
        },
    )
    if is_new:
        _make(run, check_at(schedule))
    return is_new


def _pass(schedule: ReportSchedule, today: date) -> list[date]:
    """Move the schedule on to its next day; return those that have come, the oldest first."""
    passed: list[date] = []
    rhythm = ReportRhythm(schedule.rhythm)
    for day in schedules.days_from(
        schedule.next_on, rhythm=rhythm, day_of_month=schedule.day_of_month
    ):
        if day > today:
            schedule.next_on = day
            break
        passed.append(day)
    schedule.save(update_fields=["next_on"])
    return passed


def _make(run: ReportRun, check_at: str) -> None:
    wish = schedules.wish_of(run.schedule, run.due_on)
    try:
        with transaction.atomic():
            run.report = report.make(
                client=run.client,
                wish=wish,
                actor=None,
                check_at=check_at,
                started_by=StartedBy.SCHEDULE,
            )
    except ServiceError as error:
        _end(run, ReportRunState.FAILED, problem=str(error))
    else:
        run.save(update_fields=["report"])


@transaction.atomic
def go_on(run_id: int, *, link: Link) -> bool:
    """Hand in or send a report that is made by now; say whether the day is settled with it."""
    rows = ReportRun.objects.select_for_update(of=("self",))
    run = rows.select_related("client", "schedule__client", "report__job").filter(pk=run_id).first()
    if run is None or run.state != ReportRunState.MAKING:
        return False
    made = run.report
    if made is None or made.file_id is None:
        if made is not None and made.job is not None and made.job.state in ACTIVE_STATES:
            return False
        _end(run, ReportRunState.FAILED, problem=_("The PDF could not be made."))
    elif not schedules.may_have_any(run.client):
        _end(run, ReportRunState.FAILED, problem=_("The client was archived before it went out."))
    elif made.was_sent:
        _end(run, ReportRunState.SENT)
    elif made.held:
        _hand_in(run, made)
    elif run.schedule.paused_at is not None or run.schedule.deleted_at is not None:
        _end(run, ReportRunState.FAILED, problem=_("The schedule was stopped before it went out."))
    else:
        _send(run, made, link)
    return True


def _hand_in(run: ReportRun, made: Report) -> None:
    try:
        with transaction.atomic():
            report_sending.hand_in(report=made, actor=None)
    except NotPossible:
        logger.info("Report %s was handed in or sent by somebody already.", made.pk)
    _end(run, ReportRunState.READY)


def _send(run: ReportRun, made: Report, link: Link) -> None:
    """Send a report to those of its schedule who may read it today."""
    schedule = run.schedule
    people = report_readers.sendable(run.client, schedule.readers.select_related("user"))
    try:
        with transaction.atomic():
            report_sending.send(
                report=made,
                actor=None,
                readers=people.shown,
                hidden=people.hidden,
                link=lambda sending: link(schedule, sending),
                only_first=True,
            )
    except InvalidInput:
        _end(run, ReportRunState.FAILED, problem=_("Nobody on the list may read it any more."))
    except ServiceError as error:
        _end(run, ReportRunState.FAILED, problem=str(error))
    else:
        _end(run, ReportRunState.SENT, problem=_left_out(people.gone))


def _left_out(gone: list[str]) -> str:
    """Say of a report that went out who of the list did not get it."""
    if not gone:
        return ""
    return _("Not sent to those who may not read it any more: %(people)s") % {
        "people": ", ".join(gone)
    }


def _end(run: ReportRun, state: ReportRunState, *, problem: str = "") -> None:
    longest = ReportRun._meta.get_field("problem").max_length  # noqa: SLF001 - Django's documented model API
    run.state, run.problem, run.finished_at = state, problem[:longest], timezone.now()
    run.save(update_fields=["state", "problem", "finished_at"])
    if state == ReportRunState.FAILED:
        _log_failure(run.client, run)
    if state != ReportRunState.SENT:
        report_waits.tell(run, problem=run.problem)


def _log_failure(client: Client, run: ReportRun) -> None:
    activity.record(
        client=client,
        actor=None,
        verb="failed",
        obj=run.schedule,
        details={"due on": run.due_on.isoformat(), "because": run.problem},
    )
