"""Root without user namespaces: PostgreSQL runs as nobody."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audits.servers import isolation, postgres, roles
from audits.servers.binaries import find_postgres, postgres_version
from audits.servers.errors import ServerError
from audits.servers.postgres import Postgres
from audits.servers.state import open_state
from tests.stack import pause

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="mia-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def _running(database: Postgres) -> Iterator[str]:
    program = database.program(os.environ, durable=False)
    with subprocess.Popen(program.command, cwd="/", stderr=subprocess.DEVNULL) as process:
        url = database.url(role=postgres.ADMIN, database="postgres")
        deadline = time.monotonic() + 30
        while not database.is_ready():
            assert process.poll() is None
            assert time.monotonic() < deadline
            pause()
        yield url
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_nobody_runs_the_database_in_a_folder_that_others_can_enter(open_folder: Path) -> None:
    state = open_state(open_folder / "state")
    database = postgres.prepare(state, os.environ, durable=False, run_as=isolation.as_nobody())
    with _running(database) as url:
        roles.lay_out(url, database="mia")
    owners = {path: path.stat().st_uid for path in (database.data, database.sockets, state.keys)}
    assert owners == {database.data: 65534, database.sockets: 65534, state.keys: 0}
    assert state.keys.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_closed_folder_are_copied_for_nobody(open_folder: Path) -> None:
    original = find_postgres(os.environ)
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    package = original.parent.parent
    shutil.copytree(original.parent, closed / package.name / original.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    programs = closed / package.name / original.parent.name / "bin"
    state = open_state(open_folder / "state")
    database = postgres.prepare(
        state,
        {**os.environ, "MIA_PG_BIN": str(programs)},
        durable=False,
        run_as=isolation.as_nobody(),
    )
    assert database.programs == state.postgres / "server" / "package" / "tree" / "bin"
    with _running(database):
        assert postgres_version(database.programs) == database.version


def test_closed_state_folder_is_explained(tmp_path: Path, open_folder: Path) -> None:
    state = open_state(tmp_path / "state")
    closed = tmp_path / "programs"
    closed.mkdir(mode=0o700)
    shutil.copytree(find_postgres(os.environ).parent, closed / "tree")
    with pytest.raises(ServerError, match="choose a state folder that every user can enter"):
        postgres.prepare(
            state,
            {**os.environ, "MIA_PG_BIN": str(closed / "tree" / "bin")},
            durable=False,
            run_as=isolation.as_nobody(),
        )
    assert not (state.postgres / "cluster" / "data").exists()
