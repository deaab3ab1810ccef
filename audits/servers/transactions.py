"""How a transaction ended that whoever began it has lost sight of: its number answers for it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection, Error, OperationalError, connect

from audits.servers.errors import ServerError

# Held by a restore until its transaction is over: whoever gets it can ask how that ended.
GATE = 4_914_237_705
_GATE_SECONDS = 30
_HERE = (
    "SELECT s.system_identifier || '/' || d.oid AS {place}, pg_catalog.pg_current_xact_id()"
    " AS {number} FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d"
    " WHERE d.datname = pg_catalog.current_database()"
)
# For psql: the one line that it writes to its standard output.
TELL = f"\n{_HERE.format(place='mia_place', number='mia_number')} \\gset\n".encode() + (
    b"\\echo :mia_place :mia_number\n"
)


class UnknownOutcomeError(ServerError):
    """Nobody can say whether a transaction was made permanent."""


@dataclass(frozen=True)
class Transaction:
    """A transaction of a restore: of which database, and its number there."""

    place: str
    number: str


@contextlib.contextmanager
def connected(conninfo: str) -> Iterator[Connection]:
    """Reach the database for as long as the block lasts."""
    try:
        connection = connect(conninfo, connect_timeout=10)
    except OperationalError as error:
        raise ServerError(f"the database does not answer: {last_line(str(error))}") from error
    with contextlib.closing(connection):
        yield connection


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def is_committed(conninfo: str, transaction: Transaction) -> bool | None:
    """Say whether it was made permanent, after waiting for its end; None where nobody knows.

    Raises ServerError where the database does not answer.
    """
    with connected(conninfo) as connection:
        try:
            connection.execute(f"SET lock_timeout = '{_GATE_SECONDS}s'".encode())
            connection.execute(b"SELECT pg_advisory_xact_lock(%s)", [GATE])
            here = connection.execute(_HERE.format(place="place", number="number").encode())
            if (here.fetchone() or ("",))[0] != transaction.place:
                return None  # another database than then
            said = connection.execute(
                b"SELECT pg_xact_status(%s::text::xid8)", [transaction.number]
            ).fetchone()
        except Error:  # it does not end, or the connection broke again
            return None
    return {"committed": True, "aborted": False}.get(str(said[0]) if said else "")
