"""The life of a job row: asked for, claimed unit by unit, finished once, cancelled, recovered.

Leases run on the database's clock. A unit's result counts only under the token of its claim, so a
worker that was thought dead and comes back changes nothing. Whoever writes locks the job before
its units, always in this order, so that no two of them can wait for each other.
"""

import uuid
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from audits import queue
from audits.enums import ACTIVE_STATES, JobKind, JobState, ProviderJobKind, StartedBy
from audits.models import (
    AnyJob,
    AnyUnit,
    Client,
    Job,
    JobUnit,
    ProviderJob,
    ProviderJobUnit,
    StoredFile,
    User,
)
from audits.services import files, origin
from audits.services.errors import AlreadyRunning
from audits.services.job_kinds import UnitOutput, handler_of

Row = TypeVar("Row", Job, ProviderJob)
CAUSE_CRASHED = "The work stopped three times without a result."
# Both kinds of owner have tables of their own; what happens to a row is the same.
_JOBS: dict[type[AnyUnit], type[AnyJob]] = {JobUnit: Job, ProviderJobUnit: ProviderJob}
REMEDY_CRASHED = "Start it again; if it stops once more, tell whoever runs the portal."


def start(
    *,
    client: Client,
    actor: User | None,
    kind: JobKind,
    object_id: int,
    key: str,
    steps: int,
    started_by: str = StartedBy.WEB,
    retry_of: Job | None = None,
) -> Job:
    """Create the job and its first unit, and ring the worker once all of it is committed."""
    try:
        with transaction.atomic():
            job = Job.objects.create(
                provider_id=client.provider_id,
                client=client,
                kind=kind,
                object_id=object_id,
                actor=actor,
                key=key,
                steps=steps,
                started_by=started_by,
                request_id=origin.current().request_id,
                retry_of=retry_of,
            )
    except IntegrityError as error:
        if "job_active_once" not in str(error):
            raise
        refuse_if_active(client=client, kind=kind, key=key)
        raise  # the other one ended in this very moment: asking again will do
    _add_unit(job, handler_of(kind).first_unit(job), index=0)
    return job


def start_at_provider(
    *,
    provider_id: int,
    actor: User | None,
    kind: ProviderJobKind,
    object_id: int,
    key: str,
    steps: int,
    started_by: str = StartedBy.WEB,
) -> ProviderJob:
    """Create a job of the provider itself and its first unit, as `start` does for a client."""
    job = ProviderJob.objects.create(
        provider_id=provider_id,
        kind=kind,
        object_id=object_id,
        actor=actor,
        key=key,
        steps=steps,
        started_by=started_by,
        request_id=origin.current().request_id,
    )
    _add_unit(job, handler_of(kind).first_unit(job), index=0)
    return job


def refuse_if_active(*, client: Client, kind: JobKind, key: str) -> None:
    """Raise AlreadyRunning where the client has this very work queued or running."""
    rows = Job.objects.filter(client=client, kind=kind, key=key, state__in=ACTIVE_STATES)
    running = rows.first()
    if running is not None:
        raise AlreadyRunning(running)


def _add_unit(job: AnyJob, name: str, *, index: int) -> None:
    units: type[Any] = ProviderJobUnit if isinstance(job, ProviderJob) else JobUnit
    _ring(units.objects.create(**job.owners, job=job, name=name, index=index, queued_at=Now()))


def _ring(unit: AnyUnit) -> None:
    if isinstance(unit, ProviderJobUnit):
        queue.ring_provider(unit_id=unit.pk, provider_id=unit.provider_id)
    else:
        queue.ring(unit_id=unit.pk, client_id=unit.client_id, provider_id=unit.provider_id)


def _all(rows: type[AnyJob | AnyUnit]) -> QuerySet[Any]:
    return rows.objects.all()


def _lock(jobs: QuerySet[Any]) -> AnyJob | None:
    """Lock a job against every other writer; rows that point at it can still be added."""
    return jobs.select_for_update(no_key=True, of=("self",)).first()


def claim(unit_id: int, *, units: type[AnyUnit] = JobUnit) -> AnyUnit | None:
    """Take a queued unit, or return None where it is taken, finished, cancelled or gone."""
    token = uuid.uuid4()
    jobs = _all(_JOBS[units]).filter(units=unit_id)
    _lock(jobs)
    taken = (
        _all(units)
        .filter(
            pk=unit_id,
            state=JobState.QUEUED,
            job__cancel_requested_at=None,
            job__state__in=ACTIVE_STATES,
        )
        .update(
            state=JobState.RUNNING,
            token=token,
            attempts=F("attempts") + 1,
            lease_until=Now() + timedelta(seconds=settings.MIA_LEASE_SECONDS),
            heartbeat_at=Now(),
        )
        == 1
    )
    if not taken:
        return None
    jobs.update(
        state=JobState.RUNNING,
        started_at=Coalesce("started_at", Now()),
        heartbeat_at=Now(),
    )
    found: AnyUnit = _all(units).select_related("job").get(pk=unit_id)
    return found


def beat(unit: AnyUnit, *, step_name: str, log: str) -> bool:
    """Extend the lease and show progress; False: stop, the claim is lost or cancel was asked."""
    jobs = _all(_JOBS[type(unit)]).filter(pk=unit.job_id)
    _lock(jobs)
    running = _all(type(unit)).filter(pk=unit.pk, token=unit.token, state=JobState.RUNNING)
    held = running.update(
        lease_until=Now() + timedelta(seconds=settings.MIA_LEASE_SECONDS), heartbeat_at=Now()
    )
    if not held:
        return False
    shown = {"step_name": step_name[:200]} if step_name else {}
    jobs.update(heartbeat_at=Now(), **({"log_tail": log[-4000:]} if log else {}), **shown)
    return not jobs.filter(cancel_requested_at__isnull=False).exists()


def _held(unit: AnyUnit) -> AnyUnit | None:
    """Lock job and unit, if the claim still stands."""
    _lock(_all(_JOBS[type(unit)]).filter(pk=unit.job_id))
    rows = _all(type(unit)).select_related("job")
    found: AnyUnit | None = rows.filter(
        pk=unit.pk, token=unit.token, state=JobState.RUNNING
    ).first()
    return found


def finish(unit: AnyUnit, result: UnitOutput, stored: StoredFile | bytes | None) -> bool:
    """Keep a unit's result and go on: to the next unit, or to the end of the job.

    What it made is a stored file of the client, or bytes sealed under the provider's key.

    Returns False, with nothing written, where the claim was lost meanwhile.
    """
    held = _held(unit)
    if held is None:
        return False
    held.state = JobState.SUCCEEDED
    held.output = result.output
    if stored is not None:
        setattr(held, held.kept_in, stored)
    held.save(update_fields=["state", "output", held.kept_in])
    job = held.job
    job.step += 1
    if job.cancel_requested_at is not None:
        _end(job, JobState.CANCELLED)
        return True
    handler = handler_of(job.kind)
    following = handler.next_unit(job, held)
    if following is not None:
        job.save(update_fields=["step"])
        _add_unit(job, following, index=held.index + 1)
        return True
    handler.complete(job, held)
    job.steps = job.step
    _end(job, JobState.SUCCEEDED)
    return True


def _end(job: AnyJob, state: JobState, *, cause: str = "", remedy: str = "") -> None:
    job.state = state
    job.cause = cause[:500]
    job.remedy = remedy[:500]
    job.finished_at = Now()
    job.save(update_fields=["state", "cause", "remedy", "finished_at", "step", "steps"])
    if state != JobState.SUCCEEDED:
        files.drop_outputs(job)


def stop(unit: AnyUnit, *, state: JobState, cause: str = "", remedy: str = "") -> bool:
    """End unit and job as failed or cancelled, if the claim still stands."""
    held = _held(unit)
    if held is None:
        return False
    held.state = state
    held.save(update_fields=["state"])
    _end(held.job, state, cause=cause, remedy=remedy)
    return True


def release(unit: AnyUnit) -> None:
    """Give a unit back after a defect of ours: it is tried again, three times in all."""
    held = _held(unit)
    if held is not None:
        _again_or_fail(held)


def _again_or_fail(unit: AnyUnit) -> None:
    if unit.job.cancel_requested_at is not None:
        unit.state = JobState.CANCELLED
        unit.save(update_fields=["state"])
        _end(unit.job, JobState.CANCELLED)
    elif unit.attempts >= settings.MIA_MAX_ATTEMPTS:
        unit.state = JobState.FAILED
        unit.save(update_fields=["state"])
        _end(unit.job, JobState.FAILED, cause=CAUSE_CRASHED, remedy=REMEDY_CRASHED)
    else:
        unit.state = JobState.QUEUED
        unit.token = None
        unit.lease_until = None
        unit.queued_at = Now()
        unit.save(update_fields=["state", "token", "lease_until", "queued_at"])
        _ring(unit)


def cancel(job: Row) -> Row:
    """Ask a job to stop. Queued work ends here; a running child is killed by its worker."""
    rows = _all(type(job)).select_for_update(no_key=True, of=("self",))
    locked: Row = rows.get(pk=job.pk)
    if locked.state not in ACTIVE_STATES or locked.cancel_requested_at is not None:
        return locked
    locked.cancel_requested_at = Now()
    locked.save(update_fields=["cancel_requested_at"])
    if not locked.units.filter(state=JobState.RUNNING).exists():
        locked.units.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED)
        _end(locked, JobState.CANCELLED)
    locked.refresh_from_db()
    return locked


def recover() -> int:
    """Take back units whose lease ran out and ring again for those that waited too long."""
    return sum(_recover(units) for units in _JOBS)


def _recover(units: type[AnyUnit]) -> int:
    lost = _all(units).filter(state=JobState.RUNNING, lease_until__lt=Now())
    count = 0
    for pk, job_id in list(lost.values_list("pk", "job_id")):
        with transaction.atomic():
            _lock(_all(_JOBS[units]).filter(pk=job_id))
            unit = lost.select_related("job").filter(pk=pk).first()
            if unit is not None:
                _again_or_fail(unit)
                count += 1
    waiting = _all(units).filter(
        state=JobState.QUEUED,
        job__state__in=ACTIVE_STATES,
        queued_at__lt=Now() - timedelta(seconds=settings.MIA_REQUEUE_SECONDS),
    )
    for unit in waiting:
        unit.queued_at = Now()
        unit.save(update_fields=["queued_at"])
        _ring(unit)
        count += 1
    return count
