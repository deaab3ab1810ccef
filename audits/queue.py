"""The names of background jobs, and the one way to ask for them: after commit.

A message that gets lost costs time, never work: the beat job rings again for every unit that
waited too long.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

RUN_UNIT = "audits.tasks.run_unit"
RUN_PROVIDER_UNIT = "audits.tasks.run_provider_unit"
RECOVER_JOBS = "audits.tasks.recover_jobs"
DELIVER_MAIL = "audits.tasks.deliver_mail"
DELIVER_DUE_MAIL = "audits.tasks.deliver_due_mail"
END_LOOKS = "audits.tasks.end_looks"
DELETE_DUE_RECORDS = "audits.tasks.delete_due_records"
REMOVE_FILES = "audits.tasks.remove_files"
REFRESH_FIGURES = "audits.tasks.refresh_figures"
MAKE_DUE_REPORTS = "audits.tasks.make_due_reports"
START_DUE_AUDITS = "audits.tasks.start_due_audits"

logger = logging.getLogger(__name__)


def ring(*, unit_id: int, client_id: int, provider_id: int) -> None:
    """Ask a worker to run the unit as soon as the current transaction is committed."""
    transaction.on_commit(partial(_send, RUN_UNIT, unit_id, client_id, provider_id), robust=True)


def ring_provider(*, unit_id: int, provider_id: int) -> None:
    """The same for a unit of work that is the provider's own."""
    transaction.on_commit(partial(_send, RUN_PROVIDER_UNIT, unit_id, provider_id), robust=True)


def ring_mail(*, mail_id: int) -> None:
    """Ask a worker to send the letter as soon as the current transaction is committed."""
    transaction.on_commit(partial(_send, DELIVER_MAIL, mail_id), robust=True)


def _send(task: str, *keys: int) -> None:
    try:
        current_app.send_task(
            task,
            args=list(keys),
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    except OperationalError:
        name = task.rpartition(".")[2]
        logger.warning("The broker cannot be reached; %s %s is sent again later.", name, keys[0])
