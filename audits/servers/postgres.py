"""The embedded PostgreSQL: one cluster in the state folder, reachable by its socket only."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from audits.servers import isolation, roles
from audits.servers.binaries import find_postgres, postgres_version
from audits.servers.errors import ServerError
from audits.servers.isolation import RunAs
from audits.servers.programs import Program, tethered
from audits.servers.state import StateFolder, private_folder

ADMIN = "postgres"
DATABASE = "mia"
STAGE = 0
_FIRST_WITH_BUILTIN_LOCALE = 17
_INITDB_SECONDS = 120
_STOP_SECONDS = 30.0
_STATUS_LINE = 7  # of postmaster.pid
_READY = "ready   "
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class Postgres:
    programs: Path
    version: int
    run_as: RunAs
    data: Path
    sockets: Path

    @property
    def socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    def url(self, *, role: str, database: str = DATABASE) -> str:
        """A libpq URL; the socket's folder is a parameter because host names lose their case."""
        host = urlencode({"host": str(self.sockets)}, quote_via=quote)
        return f"postgresql://{quote(role)}@/{quote(database)}?{host}"

    def is_ready(self) -> bool:
        """Tell whether the server answers; it is asked only once it says so itself.

        Asking earlier fills its log with refusals.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        if lines[_STATUS_LINE:][:1] != [_READY]:
            return False
        return roles.is_ready(self.url(role=ADMIN, database="postgres"))

    def program(self, environment: Mapping[str, str], *, durable: bool) -> Program:
        """Build the server's command; without `durable` a power cut may cost data: for tests."""
        settings = dict(_SETTINGS)
        if not durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        server = (str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets))
        # The tie comes last: a change of user would undo it.
        command = (*self.run_as.prefix, *tethered((*server, *options), death_signal="INT"))
        return Program(
            name="postgres",
            command=command,
            environment=environment,
            folder=Path("/"),
            stage=STAGE,
            stop_signal=signal.SIGINT,
            stop_seconds=_STOP_SECONDS,
        )


def prepare(
    state: StateFolder,
    environment: Mapping[str, str],
    *,
    durable: bool,
    run_as: RunAs | None = None,
) -> Postgres:
    """Find the programs and make the cluster if there is none."""
    found = find_postgres(environment)
    chosen = run_as or isolation.choose()
    if chosen.owner != os.geteuid():
        for folder in (state.root, state.postgres):
            folder.chmod(0o711)  # the server's user may pass, not look; secrets are 0600 within
    programs = isolation.reachable_programs(
        found, run_as=chosen, copy_to=state.postgres / "server" / "package" / "tree"
    )
    postgres = Postgres(
        programs=programs,
        version=postgres_version(found),
        run_as=chosen,
        data=state.postgres / "cluster" / "data",
        sockets=state.sockets,
    )
    _check_version(postgres)
    private_folder(postgres.sockets, owner=chosen.owner)
    if not postgres.data.exists():
        _make_cluster(postgres, durable=durable)
    return postgres


def cluster_exists(state: StateFolder) -> bool:
    return (state.postgres / "cluster" / "data").exists()


def _check_version(postgres: Postgres) -> None:
    marker = postgres.data / "PG_VERSION"
    if not marker.exists():
        return
    there = marker.read_text(encoding="ascii").strip()
    if there != str(postgres.version):
        raise ServerError(
            f"the database in {postgres.data} was made by PostgreSQL {there}, the programs in "
            f"{postgres.programs} are version {postgres.version}; name a folder with version "
            f"{there} in MIA_PG_BIN, or restore a backup into a new state folder"
        )


def _make_cluster(postgres: Postgres, *, durable: bool) -> None:
    """Make the cluster beside its place and rename it, so that a half-made one is never used."""
    private_folder(postgres.data.parent, owner=postgres.run_as.owner)
    draft = postgres.data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    locale: tuple[str, ...] = ("--locale=C.UTF-8",)
    if postgres.version >= _FIRST_WITH_BUILTIN_LOCALE:
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    command = (
        *postgres.run_as.prefix,
        str(postgres.programs / "initdb"),
        *("-D", str(draft), "-U", ADMIN, "--encoding=UTF8", "--auth=trust", *locale),
        *(() if durable else ("--no-sync",)),
    )
    done = subprocess.run(  # noqa: S603 - the program found by `prepare`
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_INITDB_SECONDS,
        cwd="/",
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ServerError(f"cannot make the database in {draft}: {last}")
    draft.rename(postgres.data)
