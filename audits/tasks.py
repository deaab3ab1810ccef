"""Celery entry points: take primary keys, enter the scope, call one service.

Worker and beat say that they are alive in the same place: the page of the operator reads it.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from celery import shared_task
from celery.signals import after_task_publish, beat_init, heartbeat_sent
from django.conf import settings
from django.db import DatabaseError, connection

from audits import queue, tenancy
from audits.enums import Via
from audits.models import ProviderJobUnit, ReportSchedule, ReportSending
from audits.queries import audit_schedule as audit_schedules
from audits.queries import report_schedule as schedules
from audits.queries import retention as retained
from audits.services import (
    audit_schedule_day,
    break_glass,
    client_figures,
    job,
    job_run,
    mail,
    origin,
    removal,
    report_paths,
    report_schedule_day,
    retention,
    sign_of_life,
    version_retention,
)

_PULSE_SECONDS = 15.0
logger = logging.getLogger(__name__)


@shared_task(name=queue.RUN_UNIT)
def run_unit(unit_id: int, client_id: int, provider_id: int) -> None:
    """Run one unit of a job; each of its database steps is a transaction in the client's scope."""
    job_run.run(
        unit_id,
        in_scope=partial(tenancy.scope, provider_id=provider_id, client_ids=[client_id]),
    )


@shared_task(name=queue.RUN_PROVIDER_UNIT)
def run_provider_unit(unit_id: int, provider_id: int) -> None:
    """Run one unit of a provider's own job, which sees its rows and no client."""
    job_run.run(
        unit_id,
        in_scope=partial(tenancy.scope, provider_id=provider_id, client_ids=(), provider_rows=True),
        units=ProviderJobUnit,
    )


@shared_task(name=queue.RECOVER_JOBS)
def recover_jobs() -> None:
    """Take back what a killed worker held, and ring again for what waited too long."""
    with tenancy.system_scope("leases of every client run out on one clock"):
        job.recover()


@shared_task(name=queue.DELIVER_MAIL)
def deliver_mail(mail_id: int) -> None:
    """Send one letter."""
    mail.deliver(mail_id)


@shared_task(name=queue.DELIVER_DUE_MAIL)
def deliver_due_mail() -> None:
    """Send what an earlier attempt or a killed worker left behind."""
    mail.deliver_due()


@shared_task(name=queue.END_LOOKS)
def end_looks() -> None:
    """Write the end of every operator's look whose time is over into its client's log."""
    with (
        origin.entered(via=Via.JOB),
        tenancy.system_scope("looks at every client end by one clock"),
    ):
        break_glass.end_overdue()


@shared_task(name=queue.DELETE_DUE_RECORDS)
def delete_due_records() -> None:
    """Delete records and files whose last day is over, each in the scope of its client."""
    with tenancy.system_scope("the last days of records of every client pass by one clock"):
        due = [(retention.delete_in_scope, row) for row in retained.due()]
        due += [(version_retention.delete_in_scope, row) for row in retained.versions_due()]
    for delete, (pk, client_id, provider_id) in due:
        in_scope = partial(tenancy.scope, provider_id=provider_id, client_ids=[client_id])
        with origin.entered(via=Via.JOB):
            delete(pk, in_scope=in_scope)


@shared_task(name=queue.REMOVE_FILES)
def remove_files() -> None:
    """Remove stored bytes that an earlier deletion had to leave behind."""
    removal.carry_out_waiting()


@shared_task(name=queue.REFRESH_FIGURES)
def refresh_figures() -> None:
    """Count the figures of clients about whom something changed, so that nobody waits for it."""
    with tenancy.system_scope("figures of every client age by one clock"):
        batches = client_figures.stale_everywhere()
    for provider_id, clients in batches:
        with tenancy.scope(provider_id=provider_id, client_ids=clients):
            client_figures.refresh()


@shared_task(name=queue.MAKE_DUE_REPORTS)
def make_due_reports() -> None:
    """Begin reports whose day has come at their client, and bring on those that are made."""
    begin = partial(report_schedule_day.begin_in_scope, check_at=_check_at)
    go_on = partial(report_schedule_day.go_on_in_scope, link=_link_to)
    with tenancy.system_scope("days of reports come at every client by one clock"):
        waiting = [(begin, row) for row in schedules.due()]
        waiting += [(go_on, row) for row in schedules.unfinished()]
    for carry_out, (pk, client_id, provider_id) in waiting:
        in_scope = partial(
            tenancy.scope, provider_id=provider_id, client_ids=[client_id], provider_rows=True
        )
        with origin.entered(via=Via.JOB):
            carry_out(pk, in_scope=in_scope)


@shared_task(name=queue.START_DUE_AUDITS)
def start_due_audits() -> None:
    """Measure models again whose day has come at their client."""
    with tenancy.system_scope("days of audits come at every client by one clock"):
        waiting = audit_schedules.due()
    for pk, client_id, provider_id in waiting:
        in_scope = partial(
            tenancy.scope, provider_id=provider_id, client_ids=[client_id], provider_rows=True
        )
        with origin.entered(via=Via.JOB):
            audit_schedule_day.begin_in_scope(pk, in_scope=in_scope)


def _address(schedule: ReportSchedule, path: str) -> str:
    """The whole address of a page: as the operator says, else as the schedule was saved at."""
    return f"{settings.MIA_PUBLIC_URL or schedule.portal}{path}"


def _check_at(schedule: ReportSchedule) -> str:
    """Where anybody can check a report, as people type it."""
    parts = urlsplit(_address(schedule, report_paths.check()))
    return f"{parts.netloc}{parts.path}"


def _link_to(schedule: ReportSchedule, sending: ReportSending) -> str:
    return _address(schedule, report_paths.sent(schedule.client, sending))


class _Pulse:
    """Writes a sign of life, but not at every beat; a database that is down stops no program."""

    def __init__(self) -> None:
        self._next = 0.0

    def write(self, note: Callable[[], None]) -> None:
        """Write it if the last one is old enough, and leave no connection for a fork to inherit."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PULSE_SECONDS
        try:
            note()
        except DatabaseError:
            logger.warning("The database cannot be reached; no sign of life was written.")
        finally:
            connection.close()


_pulse = _Pulse()


@heartbeat_sent.connect
def _worker_is_alive(sender: Any, **_: object) -> None:  # noqa: ANN401 - the library's own, untyped
    """Hear of the worker's own heartbeat, in its main process, which goes on while units run."""
    _pulse.write(partial(sign_of_life.note_worker, name=str(sender.eventer.hostname)))


def _beat_is_alive(**_: object) -> None:
    _pulse.write(sign_of_life.note_beat)


@beat_init.connect
def _listen_to_the_beat(**_: object) -> None:
    """In the beat alone: whatever it asks for shows that its clock runs."""
    after_task_publish.connect(_beat_is_alive, weak=False)
