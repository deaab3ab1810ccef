"""A portal of real processes whose clocks run fast, and a look into its tables and its broker."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import redis

from audits.servers.launched import plain_environment
from audits.servers.state import read_json
from tests import smtp_sink
from tests.keeper import ROOT
from tests.smtp_sink import Sink
from tests.stack import LiveStack, pause

DEADLINE_SECONDS = 180.0
# A worker is missed after three seconds, a message after two, a letter after four.
_CLOCKS = {
    "MIA_LEASE_SECONDS": "3",
    "MIA_HEARTBEAT_SECONDS": "1",
    "MIA_REQUEUE_SECONDS": "2",
    "MIA_MAIL_LEASE_SECONDS": "4",
}


def wait_for(met: Callable[[], bool], *, seconds: float = DEADLINE_SECONDS) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited too long"
        pause()


@dataclass(frozen=True)
class Portal:
    stack: LiveStack
    environment: dict[str, str]

    def act(self, *words: object) -> dict[str, Any]:
        """Run one verb of programs/portal.py beside the portal."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.tasks.programs.portal", *map(str, words)],
            cwd=ROOT,
            env={
                **plain_environment(),
                **self.environment,
                "DJANGO_SETTINGS_MODULE": "mia_portal.settings",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read tables past row-level security, as only the superuser can."""
        url = self.environment["DATABASE_URL"].replace("//mia_app@", "//postgres@")
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def broker(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=self.environment["CACHE_URL"].removeprefix("unix://").partition("?")[0]
        )

    def states(self, client: int) -> list[str]:
        """How the client's jobs stand."""
        rows = self.ask("SELECT state FROM audits_job WHERE client_id = %s ORDER BY id", client)
        return [row[0] for row in rows]

    def units(self, client: int) -> list[tuple[str, str, int]]:
        """Name, state and attempts of every unit of the client."""
        return self.ask(
            "SELECT name, state, attempts FROM audits_jobunit WHERE client_id = %s"
            " ORDER BY job_id, index",
            client,
        )

    def results(self, client: int) -> tuple[int, int]:
        """Audits with a result, and lines in the log that say so."""
        (found,) = self.ask(
            "SELECT (SELECT count(*) FROM audits_audit"
            " WHERE client_id = %(client)s AND document IS NOT NULL),"
            " (SELECT count(*) FROM audits_activity"
            " WHERE client_id = %(client)s AND verb = 'completed')".replace(
                "%(client)s", str(int(client))
            )
        )
        return found[0], found[1]


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    with smtp_sink.running() as running:
        yield running


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[Portal]:
    """One portal for everything that is done to workers: starting it takes longer than a test."""
    folder = tmp_path_factory.mktemp("portal")
    spoken = {**_CLOCKS, "EMAIL_URL": sink.url}
    with LiveStack.started(folder / "state", log=folder / "log", environment=spoken) as stack:
        yield Portal(stack, read_json(stack.state.environment))
