"""The embedded servers as real processes: start, stop, crash, kill."""

import os
import signal
import socket
import time
from pathlib import Path

import psycopg
import pytest

from audits.servers.state import StateFolder
from tests.servers.processes import (
    DEADLINE_SECONDS,
    descendants,
    environment_of,
    program_pids,
    servers,
    started,
    wait_until_gone,
)
from tests.stack import pause


def _ask(state: Path, query: str, *, role: str = "DATABASE_OWNER_URL") -> list[tuple[object, ...]]:
    with psycopg.connect(environment_of(state)[role], autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def _ask_valkey(state: Path, request: bytes) -> bytes:
    path = environment_of(state)["BROKER_URL"].removeprefix("redis+socket://").partition("?")[0]
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(request)
        return connection.recv(100)


@pytest.mark.parametrize("user", ["this", "plain"])
def test_servers_start_answer_and_stop_without_a_trace(tmp_path: Path, user: str) -> None:
    state = tmp_path / "state"
    with servers(state, user=user) as running:
        assert _ask(state, "SELECT current_user, 1") == [("mia_owner", 1)]
        assert _ask_valkey(state, b"PING\r\n") == b"+PONG\r\n"
        everything = descendants(running.process.pid)
        assert running.end() == 0
    assert wait_until_gone(everything) == set()
    left = {path.name for path in StateFolder(state).sockets.iterdir()}
    assert left == set()
    assert not (state / "env.json").exists()


def test_restart_keeps_rows_and_keys(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with servers(state):
        _ask(state, "CREATE TABLE kept AS SELECT 7 AS number")
        before = environment_of(state)
    with servers(state):
        assert _ask(state, "SELECT number FROM kept") == [(7,)]
        assert environment_of(state) == before


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_stop_signal_ends_with_status_zero(tmp_path: Path, stop: signal.Signals) -> None:
    with servers(tmp_path / "state") as running:
        assert running.end(stop) == 0


def test_killed_postgres_comes_back_with_what_was_committed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with servers(state) as running:
        _ask(state, "CREATE TABLE kept AS SELECT 7 AS number")
        first = program_pids(state)["postgres"]
        os.kill(first, signal.SIGKILL)
        running.read_until("postgres ended")
        assert _ask_patiently(state, "SELECT number FROM kept") == [(7,)]
        assert program_pids(state)["postgres"] != first


def test_killed_supervisor_leaves_no_process_and_the_next_start_works(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with servers(state) as running:
        _ask(state, "CREATE TABLE kept AS SELECT 7 AS number")
        everything = descendants(running.process.pid)
        assert len(everything) > 2
        running.process.kill()
        running.process.wait()
        with servers(state):
            assert _ask(state, "SELECT number FROM kept") == [(7,)]
        assert wait_until_gone(everything) == set()


def test_second_supervisor_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with (
        servers(state) as running,
        started("-m", "audits.servers", str(state)) as second,
    ):
        said = second.read_until("error:")
        assert said == (
            f"error: {state} is in use by another start (process {running.process.pid}); "
            "stop it first or choose another folder with --state"
        )
        assert second.process.wait(DEADLINE_SECONDS) == 1
        assert _ask(state, "SELECT 1") == [(1,)]


def test_database_of_another_version_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with servers(state):
        pass
    marker = state / "postgres" / "cluster" / "data" / "PG_VERSION"
    marker.write_text("14\n", encoding="ascii")
    with started("-m", "audits.servers", str(state)) as refused:
        said = refused.read_until("error:")
        assert "was made by PostgreSQL 14, the programs in" in said
        assert refused.process.wait(DEADLINE_SECONDS) == 1


def test_interrupted_first_start_is_made_again(tmp_path: Path) -> None:
    state = tmp_path / "state"
    half = state / "postgres" / "cluster" / "data.new"
    half.mkdir(parents=True, mode=0o700)
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    with servers(state):
        assert _ask(state, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_long_path_with_capitals_and_spaces_works(tmp_path: Path) -> None:
    state = tmp_path / ("Long Folder " + "x" * 60) / "State"
    with servers(state):
        assert _ask(state, "SELECT current_user", role="DATABASE_URL") == [("mia_app",)]
        assert _ask_valkey(state, b"PING\r\n") == b"+PONG\r\n"


def test_roles_have_the_least_rights_they_need(tmp_path: Path) -> None:
    state = tmp_path / "state"
    attributes = (
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication "
        "FROM pg_roles WHERE rolname LIKE 'mia_%' ORDER BY rolname"
    )
    with servers(state):
        assert _ask(state, attributes) == [
            ("mia_app", False, False, False, False, False),
            ("mia_owner", False, True, False, False, False),
        ]
        _ask(state, "CREATE TABLE noted (id bigserial PRIMARY KEY, word text)")
        app = "DATABASE_URL"
        _ask(state, "INSERT INTO noted (word) VALUES ('a')", role=app)
        _ask(state, "UPDATE noted SET word = 'b'", role=app)
        assert _ask(state, "SELECT id, word FROM noted", role=app) == [(1, "b")]
        _ask(state, "DELETE FROM noted", role=app)
        for forbidden in ("TRUNCATE noted", "DROP TABLE noted", "CREATE TABLE mine ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _ask(state, forbidden, role=app)
        owned = "SELECT count(*) FROM pg_class JOIN pg_roles r ON r.oid = relowner"
        assert _ask(state, f"{owned} WHERE rolname = 'mia_app'") == [(0,)]


def _ask_patiently(state: Path, query: str) -> list[tuple[object, ...]]:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return _ask(state, query)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            pause()
