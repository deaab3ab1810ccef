"""Starts an installation: the embedded servers where none are named, then the portal itself."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from audits.servers import application, keys, lifeline, postgres, roles, valkey
from audits.servers.environment import is_production, require_complete, state_path
from audits.servers.errors import ServerError, StopRequested
from audits.servers.journal import Journal
from audits.servers.state import StateFolder, locked, open_state, read_json, write_json
from audits.servers.supervisor import Supervisor

_SERVER_SECONDS = 60.0
_WEB_SECONDS = 90.0
_LEFTOVER_SECONDS = 30.0
_POLL_SECONDS = 0.05
_FROM_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "mia_portal.settings",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONUNBUFFERED": "1",
}


# What commands beside a running portal must know as well: how it sends letters, and its address.
_PASSED_ON = ("EMAIL_URL", "MIA_MAIL_FROM", "MIA_PUBLIC_URL")


@dataclass(frozen=True)
class Embedded:
    """What the embedded servers offer: variables for the portal, and the owner's way in."""

    environment: dict[str, str]
    owner_url: str


def up(*, port: int, state_dir: Path | None, environment: Mapping[str, str], out: TextIO) -> None:
    """Run the whole portal until a signal asks to stop."""
    production = is_production(environment)
    if production:
        require_complete(environment)
    chosen_port = application.free_port(port)
    with _session(state_dir, environment, out) as (state, supervisor):
        base = {**environment, **_FROM_ENVIRONMENT}
        if production:
            child, owner_url = base, environment["DATABASE_OWNER_URL"]
        else:
            embedded = start_servers(supervisor, state, environment, durable=True)
            child, owner_url = {**base, **embedded.environment}, embedded.owner_url
        # Only the migration gets the owner's way in.
        serving = {name: child[name] for name in child if name != "DATABASE_OWNER_URL"}
        supervisor.run(application.migrate(serving, owner_url=owner_url))
        supervisor.start(application.web(serving, port=chosen_port))
        supervisor.start(application.worker(serving))
        supervisor.start(application.beat(serving, state))
        address = f"http://{application.HOST}:{chosen_port}/"
        # A public address that the operator named goes before this one.
        supervisor.run(application.set_up_link(serving, address=address))
        supervisor.wait_until(
            lambda: application.answers(chosen_port), name="web", timeout_seconds=_WEB_SECONDS
        )
        _note(state, address=address)
        supervisor.journal.say("mia", f"MIA Portal is ready at {address} (Ctrl-C stops it)")
        supervisor.watch()


def serve_only(*, state_dir: Path, environment: Mapping[str, str], out: TextIO) -> None:
    """Run nothing but the two servers, not safe in a power cut: for tests."""
    with _session(state_dir, environment, out) as (state, supervisor):
        start_servers(supervisor, state, environment, durable=False)
        supervisor.journal.say("mia", "ready")
        supervisor.watch()


def start_servers(
    supervisor: Supervisor, state: StateFolder, environment: Mapping[str, str], *, durable: bool
) -> Embedded:
    """Start PostgreSQL and Valkey and tell other commands how to reach them."""
    installed = keys.keys_of(state, first_start=not postgres.cluster_exists(state))
    database = postgres.prepare(state, environment, durable=durable)
    broker = valkey.prepare(state, environment)
    supervisor.start(database.program(environment, durable=durable))
    supervisor.start(broker.program(environment, durable=durable))
    admin = database.url(role=postgres.ADMIN, database="postgres")
    supervisor.wait_until(database.is_ready, name="postgres", timeout_seconds=_SERVER_SECONDS)
    roles.lay_out(admin, database=postgres.DATABASE)
    roles.grant(database.url(role=postgres.ADMIN))
    supervisor.wait_until(broker.is_ready, name="valkey", timeout_seconds=_SERVER_SECONDS)
    variables = {
        **installed,
        "DATABASE_URL": database.url(role=roles.APP),
        "BROKER_URL": broker.broker_url,
        "CACHE_URL": broker.cache_url,
        "STORAGE_URL": f"file://{state.files}",
        "MIA_STATE_DIR": str(state.root),
        "MIA_EMBEDDED": "1",
        **{name: environment[name] for name in _PASSED_ON if environment.get(name)},
    }
    owner_url = database.url(role=roles.OWNER)
    write_json(state.environment, {**variables, "DATABASE_OWNER_URL": owner_url})
    return Embedded(environment=variables, owner_url=owner_url)


@contextlib.contextmanager
def _session(
    state_dir: Path | None, environment: Mapping[str, str], out: TextIO
) -> Iterator[tuple[StateFolder, Supervisor]]:
    """Hold the state folder and a supervisor; a wish to stop ends the block quietly."""
    folder = state_dir or state_path(environment, project=application.project_folder())
    state = open_state(folder)
    with locked(state):
        _await_leftovers(state)
        state.environment.unlink(missing_ok=True)
        try:
            with (
                contextlib.suppress(StopRequested),
                Supervisor(Journal(out), lambda pids: _note_programs(state, pids)) as supervisor,
            ):
                yield state, supervisor
        finally:
            state.environment.unlink(missing_ok=True)
            state.status.unlink(missing_ok=True)


def _note(state: StateFolder, *, address: str) -> None:
    write_json(state.status, {**read_json(state.status), "address": address})


def _note_programs(state: StateFolder, pids: Mapping[str, int]) -> None:
    programs = {name: [pid, lifeline.start_time(pid)] for name, pid in pids.items()}
    write_json(state.status, {**read_json(state.status), "pid": os.getpid(), "programs": programs})


def _await_leftovers(state: StateFolder) -> None:
    """Let the programs of a supervisor that was killed finish stopping before we start ours."""
    noted = read_json(state.status).get("programs", {})
    waiting = {(int(pid), started) for pid, started in noted.values() if started is not None}
    deadline = time.monotonic() + _LEFTOVER_SECONDS
    while waiting := {one for one in waiting if lifeline.start_time(one[0]) == one[1]}:
        if time.monotonic() > deadline:
            pids = ", ".join(str(pid) for pid, _ in sorted(waiting))
            raise ServerError(
                f"programs of an earlier start on {state.root} are still running (processes "
                f"{pids}); end them and start again"
            )
        time.sleep(_POLL_SECONDS)
    state.status.unlink(missing_ok=True)
