"""The scope of the running request, task step or command, announced to PostgreSQL as well."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.db import connection, transaction


class ScopeError(RuntimeError):
    """A tenant table was touched outside a scope, or with a client outside the scope."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which provider and clients the running code may see.

    `every_client_of` lets the client table itself list all clients of one provider, and
    `every_provider` all clients there are: both only to find out which ids to put in
    `client_ids`, the one thing that every other table looks at.
    """

    provider_id: int | None
    client_ids: frozenset[int]
    every_client_of: int | None = None
    every_provider: bool = False


_current: ContextVar[Scope | None] = ContextVar("mia_scope", default=None)


def current_scope() -> Scope:
    """Return the running scope, or raise where there is none."""
    found = _current.get()
    if found is None:
        raise ScopeError("A tenant table was used outside a scope; enter one with tenancy.scope().")
    return found


def _announce(value: Scope | None) -> None:
    """Tell PostgreSQL for the rest of this transaction; a session-level value would leak."""
    shown = value or Scope(provider_id=None, client_ids=frozenset())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('mia.provider', %s, true), set_config('mia.clients', %s, true),"
            " set_config('mia.every_client_of', %s, true),"
            " set_config('mia.every_provider', %s, true)",
            [
                str(shown.provider_id or ""),
                ",".join(str(pk) for pk in sorted(shown.client_ids)),
                str(shown.every_client_of or ""),
                "on" if shown.every_provider else "",
            ],
        )


@contextmanager
def _entered(value: Scope) -> Iterator[Scope]:
    outer = _current.get()
    with transaction.atomic():
        _announce(value)
        token = _current.set(value)
        try:
            yield value
            # Inside an outer transaction the announcement outlives this block, so it is taken
            # back; on an error the rollback to the savepoint does it.
            if not connection.needs_rollback:
                _announce(outer)
        finally:
            _current.reset(token)


@contextmanager
def scope(
    *, provider_id: int | None, client_ids: Iterable[int], every_client_of: int | None = None
) -> Iterator[Scope]:
    """Run the block in one transaction that sees these clients and nothing else."""
    value = Scope(
        provider_id=provider_id,
        client_ids=frozenset(client_ids),
        every_client_of=every_client_of,
    )
    with _entered(value) as entered:
        yield entered


def _next_id(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        found: int = cursor.fetchone()[0]
    return found


@contextmanager
def new_provider_scope() -> Iterator[int]:
    """Draw the id of a provider that the block is about to create, and see that provider alone."""
    provider_id = _next_id("audits_provider")
    with scope(provider_id=provider_id, client_ids=()):
        yield provider_id


def enter_new_client() -> int:
    """Draw the id of a client that this transaction is about to create, and add it to the scope.

    Nobody passes an id in: a scope can grow by what does not exist yet, never by what does.
    """
    outer = current_scope()
    client_id = _next_id("audits_client")
    widened = replace(outer, client_ids=outer.client_ids | {client_id})
    _current.set(widened)
    _announce(widened)
    return client_id


@contextmanager
def system_scope(reason: str) -> Iterator[Scope]:
    """See every client: for the beat jobs and commands that a test lists, each with its reason."""
    if not reason:
        raise ScopeError("system_scope needs a reason.")
    with _entered(
        Scope(provider_id=None, client_ids=frozenset(), every_provider=True)
    ) as directory:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM audits_client")
            every = frozenset(row[0] for row in cursor.fetchall())
        with _entered(replace(directory, client_ids=every)) as entered:
            yield entered
