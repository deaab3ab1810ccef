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
RECOVER_JOBS = "audits.tasks.recover_jobs"

logger = logging.getLogger(__name__)


def ring(*, unit_id: int, client_id: int, provider_id: int) -> None:
    """Ask a worker to run the unit as soon as the current transaction is committed."""
    transaction.on_commit(partial(_send, unit_id, client_id, provider_id))


def _send(unit_id: int, client_id: int, provider_id: int) -> None:
    try:
        current_app.send_task(
            RUN_UNIT,
            args=[unit_id, client_id, provider_id],
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    except OperationalError:
        logger.warning("The broker cannot be reached; unit %s will be sent again later.", unit_id)
