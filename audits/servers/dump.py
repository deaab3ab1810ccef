"""A database as bytes and back: pg_dump reads one moment of it, psql takes all of it or nothing."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from psycopg import Connection, IsolationLevel, errors, pq, sql
from psycopg.conninfo import conninfo_to_dict

from audits.servers import clients, transactions
from audits.servers.errors import ServerError
from audits.servers.programs import tethered
from audits.servers.transactions import Transaction, UnknownOutcomeError, connected

_PART = 4 << 20
_STOP_SECONDS = 20.0
_QUIET_SECONDS = 1.0
# Rows that say who is logged in and under which key, and counters: nobody wants them back.
_NOT_KEPT = ("public.django_session", "public.audits_session", "public.mia_cache")
# The schema itself stays, with what the administrator granted on it. Rights that new tables would
# get by themselves, in this schema or in every one, go first: the dump says of each table what may
# be done, and them at its end. Those for every schema replace what PostgreSQL gives by itself, so
# that is given back.
_EMPTY = """
DO $$
DECLARE one text;
BEGIN
    FOR one IN SELECT format('ALTER DEFAULT PRIVILEGES %s REVOKE ALL ON %s FROM %s',
            CASE d.defaclnamespace WHEN 0 THEN '' ELSE 'IN SCHEMA public' END,
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
        FROM pg_default_acl d, aclexplode(d.defaclacl) a
        WHERE d.defaclnamespace IN (0, 'public'::regnamespace)
            AND d.defaclobjtype IN ('r', 'S', 'f', 'T')
            AND d.defaclrole = current_user::regrole LOOP
        EXECUTE one;
    END LOOP;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO CURRENT_USER;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO CURRENT_USER;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO CURRENT_USER, PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO CURRENT_USER, PUBLIC;
    FOR one IN SELECT c.oid::regclass FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
        EXECUTE 'DROP TABLE IF EXISTS ' || one || ' CASCADE';
    END LOOP;
    FOR one IN SELECT c.oid::regclass FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' LOOP
        EXECUTE 'DROP SEQUENCE IF EXISTS ' || one || ' CASCADE';
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
        EXECUTE 'DROP FUNCTION IF EXISTS ' || one || ' CASCADE';
    END LOOP;
END $$;
"""


@dataclass(frozen=True)
class Snapshot:
    """One moment of a database, as the role that owns it sees it."""

    connection: Connection
    name: str
    conninfo: str

    @property
    def server(self) -> int:
        """Major version of the server."""
        return _major(self.connection)

    @property
    def owner(self) -> str:
        return self.connection.info.user

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()


def _major(connection: Connection) -> int:
    return connection.info.server_version // 10_000


@contextlib.contextmanager
def snapshot(conninfo: str) -> Iterator[Snapshot]:
    """Hold one moment of the database for as long as the block lasts."""
    with connected(conninfo) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        name = connection.execute(b"SELECT pg_export_snapshot()").fetchone()
        yield Snapshot(connection=connection, name=str(name[0] if name else ""), conninfo=conninfo)


def dumped(moment: Snapshot, chosen: clients.Clients) -> Iterator[bytes]:
    """Yield the dump of the moment in parts of at most four mebibytes."""
    command = (
        chosen.program("pg_dump"),
        *("--format=custom", "--no-owner", "--no-password", f"--snapshot={moment.name}"),
        *(f"--exclude-table-data={name}" for name in _NOT_KEPT),
    )
    with tempfile.TemporaryFile() as said:
        process = _started(command, moment.conninfo, stdout=subprocess.PIPE, stderr=said)
        with _ended(process):
            if process.stdout is None:  # pragma: no cover - a pipe was asked for
                raise ServerError("pg_dump has no output")
            while part := process.stdout.read(_PART):
                yield part
            if process.wait() != 0:
                raise ServerError(f"pg_dump stopped: {_complaint(said)}")


@dataclass(frozen=True)
class Target:
    """What there is in a database before a restore."""

    server: int
    user: str
    roles: frozenset[str]
    tables: int
    people: int

    @property
    def is_empty(self) -> bool:
        """No tables, or those of a first start at which nobody has made an account yet."""
        return self.people == 0


def looked_at(conninfo: str) -> Target:
    """Look at the database that a backup is to go into."""
    with connected(conninfo) as connection:

        def number(query: sql.Composed | bytes) -> int:
            row = connection.execute(query).fetchone()
            return int(row[0]) if row else 0

        tables = number(
            b"SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p')"
            b" AND relnamespace = 'public'::regnamespace"
        )
        people = 0
        for table in ("audits_user", "audits_provider", "audits_client"):
            with contextlib.suppress(errors.UndefinedTable), connection.transaction():
                name = sql.Identifier("public", table)
                people += number(sql.SQL("SELECT count(*) FROM {}").format(name))
        if tables and not number(b"SELECT count(*) FROM pg_tables WHERE tablename = 'audits_user'"):
            people = tables  # somebody else's
        roles = {str(row[0]) for row in connection.execute(b"SELECT rolname FROM pg_roles")}
        return Target(
            server=_major(connection),
            user=connection.info.user,
            roles=frozenset(roles),
            tables=tables,
            people=people,
        )


class Restoring:
    """A restore that is under way: everything in one transaction, which only `commit` ends well."""

    def __init__(
        self,
        restore: "subprocess.Popen[bytes]",
        psql: "subprocess.Popen[bytes]",
        said: Mapping[str, IO[bytes]],
        conninfo: str,
    ) -> None:
        self._restore, self._psql, self._said = restore, psql, said
        self._conninfo = conninfo

    @classmethod
    @contextlib.contextmanager
    def begun(
        cls, conninfo: str, chosen: clients.Clients, *, lock_seconds: int
    ) -> "Iterator[Restoring]":
        """Empty the schema `public` and wait for the dump; nothing stays without `commit`."""
        psql_command = (
            chosen.program("psql"),
            *("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"),
            *("--output=/dev/null", "--file=-"),
        )
        restore_command = (
            chosen.program("pg_restore"),
            *("--no-owner", "--exit-on-error", "--file=-"),
        )
        with contextlib.ExitStack() as stack:
            said = {
                name: stack.enter_context(tempfile.TemporaryFile())
                for name in ("psql", "pg_restore")
            }
            psql = _started(
                psql_command,
                conninfo,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said["psql"],
            )
            stack.enter_context(_ended(psql))
            begin = (
                # Which keys go with each table is no trouble, and is not told as one.
                "BEGIN;\nSET LOCAL client_min_messages = warning;\n"
                f"SET LOCAL lock_timeout = '{lock_seconds}s';\n"
                f"SELECT pg_advisory_xact_lock({transactions.GATE});\n{_EMPTY}"
            )
            _write(psql, begin.encode())
            restore = _started(
                restore_command,
                conninfo,
                stdin=subprocess.PIPE,
                stdout=psql.stdin,
                stderr=said["pg_restore"],
            )
            stack.enter_context(_ended(restore))
            yield cls(restore, psql, said, conninfo)

    def write(self, part: bytes) -> None:
        """Hand over the next part of the dump."""
        if not _write(self._restore, part):
            raise self._failure()

    def finish(self) -> Transaction:
        """Say that the dump is complete, and wait until all of it was taken but the word to commit.

        Returns the transaction: who asks for it later learns how it ended.
        """
        _close(self._restore)
        if self._restore.wait() != 0:
            raise self._failure()
        if self._psql.stdout is None:  # pragma: no cover - a pipe was asked for
            raise ServerError("psql has no output")
        _write(self._psql, transactions.TELL)
        place, _, number = self._psql.stdout.readline().decode().strip().partition(" ")
        if not number:
            raise self._failure()
        return Transaction(place=place, number=number)

    def commit(self, transaction: Transaction) -> None:
        """Make it so: after this the database is the one in the backup.

        Raises UnknownOutcomeError where it may be that or the one before; any other failure has
        changed nothing.
        """
        written = _write(self._psql, b"\nCOMMIT;\n")
        _close(self._psql)
        if self._psql.wait() == 0 and written:
            return
        try:
            known = transactions.is_committed(self._conninfo, transaction)
        except ServerError:
            known = None
        if known is None:
            raise UnknownOutcomeError(
                "the connection broke at the last step, and the database does not say whether it"
                " was restored. Keep the portal stopped. As soon as it answers, run backup or"
                " restore: each asks it again first, and puts the stored files right"
            )
        if not known:
            raise self._failure()

    def _failure(self) -> ServerError:
        """What the program that stopped first has said."""
        for process, seconds in ((self._restore, _STOP_SECONDS), (self._psql, _QUIET_SECONDS)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        for name in ("psql", "pg_restore"):
            if complaint := _complaint(self._said[name]):
                return ServerError(f"{name} stopped, nothing was changed: {complaint}")
        return ServerError("psql stopped without a word, nothing was changed")


def _started(
    command: tuple[str, ...],
    conninfo: str,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.DEVNULL,
    stderr: IO[bytes],
) -> "subprocess.Popen[bytes]":
    """Start a client program; how to reach the database stands in its environment alone."""
    return subprocess.Popen(  # noqa: S603 - the programs found by `clients`
        tethered(command, death_signal="KILL"),
        env={**os.environ, **_variables(conninfo), "LC_ALL": "C"},
        cwd="/",
        start_new_session=True,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )


def _variables(conninfo: str) -> Mapping[str, str]:
    """Write connection parameters as the variables that libpq reads."""
    parsed = pq.Conninfo.parse(_plain(conninfo).encode())
    return {one.envvar.decode(): one.val.decode() for one in parsed if one.envvar and one.val}


def _plain(conninfo: str) -> str:
    """The same as keywords, which `pq` takes in every spelling of libpq."""
    found = conninfo_to_dict(conninfo)
    return " ".join(
        "{}='{}'".format(name, str(value).replace("\\", "\\\\").replace("'", "\\'"))
        for name, value in found.items()
        if value is not None
    )


@contextlib.contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Leave no process behind: one that still runs is killed, and its transaction with it."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _write(process: "subprocess.Popen[bytes]", data: bytes) -> bool:
    if process.stdin is None:  # pragma: no cover - a pipe was asked for
        return False
    try:
        process.stdin.write(data)
        process.stdin.flush()
    except (BrokenPipeError, ValueError):
        return False
    return True


def _close(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def _complaint(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read(65_536).decode("utf-8", "replace").strip().splitlines()
    errors_said = [line for line in lines if "ERROR" in line or "error:" in line or "FATAL" in line]
    return (errors_said or lines or [""])[0]
