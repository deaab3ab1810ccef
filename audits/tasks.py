"""Celery entry points: take primary keys, enter the scope, call one service."""

from functools import partial

from celery import shared_task

from audits import queue, tenancy
from audits.services import job, job_run


@shared_task(name=queue.RUN_UNIT)
def run_unit(unit_id: int, client_id: int, provider_id: int) -> None:
    """Run one unit of a job; each of its database steps is a transaction in the client's scope."""
    job_run.run(
        unit_id,
        in_scope=partial(tenancy.scope, provider_id=provider_id, client_ids=[client_id]),
    )


@shared_task(name=queue.RECOVER_JOBS)
def recover_jobs() -> None:
    """Take back what a killed worker held, and ring again for what waited too long."""
    with tenancy.system_scope("leases of every client run out on one clock"):
        job.recover()
