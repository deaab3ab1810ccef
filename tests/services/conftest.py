from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from kombu.simple import SimpleQueue

from audits import tenancy
from audits.models import Client, Provider, User
from audits.services import job_kinds
from tests.factories import make_client, make_user
from tests.services.small_job import KIND, SmallHandler, idle


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> type[SmallHandler]:
    """Enter the small kind in the table of handlers; `script` says what its units do."""
    monkeypatch.setitem(job_kinds.HANDLERS, KIND, "tests.services.small_job.SmallHandler")
    monkeypatch.setattr(SmallHandler, "script", staticmethod(idle))
    monkeypatch.setattr(SmallHandler, "on_complete", staticmethod(lambda: None))
    return SmallHandler


class Bell:
    """The broker's queue: what was rung and has not been read yet."""

    def __init__(self, queue: SimpleQueue) -> None:
        self._queue = queue

    def rung(self) -> list[list[int]]:
        """Take every message: unit, client, provider."""
        found: list[list[int]] = []
        while True:
            try:
                message = self._queue.get(block=False)
            except self._queue.Empty:
                return found
            message.ack()
            found.append(message.payload[0])


@pytest.fixture
def bell() -> Iterator[Bell]:
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue(current_app.conf.task_default_queue)
        heard = Bell(queue)
        heard.rung()
        yield heard
        queue.close()


@pytest.fixture
def tenant(db: None, storage_folder: Path) -> Iterator[Client]:
    """An empty client, in its scope, with an empty storage."""
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        provider = Provider.objects.create(name="Quay Managed IT")
    with tenancy.scope(provider_id=provider.pk, client_ids=()):
        yield make_client(provider.pk)


@pytest.fixture
def technician(db: None) -> User:
    return make_user("technician@quay.example")
