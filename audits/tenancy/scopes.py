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
    `client_ids`, the one thing that every other table of a client looks at. `provider_rows` shows
    what belongs to the provider itself (its team, its groups, its log): to its staff alone, never
    to the people of its clients. `user_id` shows a person's own memberships and nothing else: it is
    how the door finds out what the other fields may be. `invitation` is the digest of a link and
    shows the one invitation that it belongs to, to somebody who may not even have an account.
    `holder_id` shows a person's own API tokens at every provider, or at the one that `holder_at`
    names; `token_prefix` the one token that a request names before anybody is known.
    """

    provider_id: int | None
    client_ids: frozenset[int]
    every_client_of: int | None = None
    every_provider: bool = False
    provider_rows: bool = False
    user_id: int | None = None
    invitation: str | None = None
    holder_id: int | None = None
    holder_at: int | None = None
    token_prefix: str = ""

    @property
    def house_id(self) -> int | None:
        """The provider whose own rows are visible."""
        return self.provider_id if self.provider_rows else None


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
            " set_config('mia.every_provider', %s, true), set_config('mia.house', %s, true),"
            " set_config('mia.user', %s, true), set_config('mia.invitation', %s, true),"
            " set_config('mia.holder', %s, true), set_config('mia.token', %s, true)",
            [
                str(shown.provider_id or ""),
                ",".join(str(pk) for pk in sorted(shown.client_ids)),
                str(shown.every_client_of or ""),
                "on" if shown.every_provider else "",
                str(shown.house_id or ""),
                str(shown.user_id or ""),
                shown.invitation or "",
                str(shown.holder_id or ""),
                shown.token_prefix,
            ],
        )


@contextmanager
def _entered(value: Scope) -> Iterator[Scope]:
    outer = _current.get()
    inside_another = connection.in_atomic_block
    with transaction.atomic():
        _announce(value)
        token = _current.set(value)
        try:
            yield value
            # Inside an outer transaction the announcement outlives this block, so it is taken
            # back; on an error the rollback to the savepoint does it, else the commit.
            if inside_another and not connection.needs_rollback:
                _announce(outer)
        finally:
            _current.reset(token)


@contextmanager
def scope(
    *,
    provider_id: int | None,
    client_ids: Iterable[int],
    every_client_of: int | None = None,
    provider_rows: bool = False,
    user_id: int | None = None,
    invitation: str | None = None,
    holder_id: int | None = None,
    holder_at: int | None = None,
    token_prefix: str = "",
) -> Iterator[Scope]:
    """Run the block in one transaction that sees these clients and nothing else."""
    value = Scope(
        provider_id=provider_id,
        client_ids=frozenset(client_ids),
        every_client_of=every_client_of,
        provider_rows=provider_rows,
        user_id=user_id,
        invitation=invitation,
        holder_id=holder_id,
        holder_at=holder_at,
        token_prefix=token_prefix,
    )
    with _entered(value) as entered:
        yield entered


@contextmanager
def narrowed(
    *, provider_id: int | None, client_ids: Iterable[int], provider_rows: bool = False
) -> Iterator[Scope]:
    """See less than the running scope shows, never more; without a provider: nothing at all."""
    outer, wanted = current_scope(), frozenset(client_ids)
    houses = {outer.provider_id, None}
    within = outer.every_provider or (
        provider_id in houses and (not provider_rows or outer.house_id == provider_id)
    )
    if not within or not wanted <= outer.client_ids:
        raise ScopeError("A scope is narrowed to what it shows already.")
    with scope(provider_id=provider_id, client_ids=wanted, provider_rows=provider_rows) as entered:
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
    with scope(provider_id=provider_id, client_ids=(), provider_rows=True):
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


def clients_looked_after(provider_id: int) -> int:
    """Count the clients of the provider in scope, its own company aside, whoever may open them.

    A number, and nothing else of clients outside the scope.
    """
    outer = current_scope()
    if provider_id != outer.provider_id and not outer.every_provider:
        raise ScopeError("Only the clients of the provider in scope are counted.")
    with (
        _entered(replace(outer, every_client_of=provider_id)),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT count(*) FROM audits_client"
            " WHERE provider_id = %s AND NOT is_house AND state <> 'archived'",
            [provider_id],
        )
        found: int = cursor.fetchone()[0]
    return found


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
