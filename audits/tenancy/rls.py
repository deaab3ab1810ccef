"""Third wall: the SQL of row-level security and composite keys, laid by migrations.

Every tenant table gets the same policy. The global tables are listed in `GLOBAL_TABLES`, each
with the reason why it cannot belong to a client; a test compares the list with the schema.
"""

from dataclasses import dataclass
from typing import Any

from django.db import migrations

GLOBAL_TABLES: dict[str, str] = {
    "audits_user": "One person may work for several providers and clients; holds no client data.",
    "audits_catalogueedition": "Words of the product itself, the same for everybody.",
    "audits_reportseal": "Digests that show a PDF is genuine; names no client, no report, nobody.",
    "audits_session": "A person's log-ins, whatever they open; holds no client data.",
    "audits_setuplink": "Exists only while nobody does: it makes the first account and provider.",
    "audits_signoflife": "When a program or a backup was last seen; of no client and of nobody.",
    "audits_signonaddress": "Read before the scope is known: which provider an address leads to.",
    "audits_outgoingmail": "A letter may belong to nobody yet; what it says is encrypted.",
    "audits_removal": "Names of bytes whose row is gone, random ones: they lead to nobody.",
    "mia_cache": "Django's cache where the broker cannot be one; keys name the tenant.",
}

TENANT_CLIENT = (
    "client_id = ANY ((SELECT string_to_array("
    "nullif(current_setting('mia.clients', true), ''), ',')::bigint[])::bigint[])"
)
_OWN_CLIENT = TENANT_CLIENT.replace("client_id", "id", 1)
_DIRECTORY = (
    "provider_id = nullif(current_setting('mia.every_client_of', true), '')::bigint"
    " OR current_setting('mia.every_provider', true) = 'on'"
)
_OWN_PROVIDER = (
    "id = nullif(current_setting('mia.provider', true), '')::bigint"
    " OR current_setting('mia.every_provider', true) = 'on'"
)
_OF_THE_HOUSE = (
    "provider_id = nullif(current_setting('mia.house', true), '')::bigint"
    " OR current_setting('mia.every_provider', true) = 'on'"
)
_OWN_ROWS = "user_id = nullif(current_setting('mia.user', true), '')::bigint"
# A client is written inside its own scope, and never into another provider's house.
_PROVIDER_IN_SCOPE = _OWN_PROVIDER.replace("id =", "provider_id =", 1)
_WRITABLE_CLIENT = f"{_OWN_CLIENT} AND ({_PROVIDER_IN_SCOPE})"
# Members of a client are written at that client; everybody else's rows by the provider's staff.
_WRITABLE_MEMBER = f"{_OF_THE_HOUSE} OR ({TENANT_CLIENT} AND ({_PROVIDER_IN_SCOPE}))"
_MEMBER = f"{_OF_THE_HOUSE} OR {TENANT_CLIENT} OR {_OWN_ROWS}"
_OWN_MEMBERSHIPS = f"SELECT id FROM audits_membership WHERE {_OWN_ROWS}"  # noqa: S608 - our words
_GRANT = f"{_OF_THE_HOUSE} OR membership_id IN ({_OWN_MEMBERSHIPS})"
# An invitation leads to a client, or to the provider's own staff where it names none.
_STAFF_INVITATION = f"client_id IS NULL AND ({_OF_THE_HOUSE})"
_WRITABLE_INVITATION = f"({_STAFF_INVITATION}) OR ({TENANT_CLIENT} AND ({_PROVIDER_IN_SCOPE}))"
_BY_LINK = "digest = nullif(current_setting('mia.invitation', true), '')"
_INVITATION = f"({_STAFF_INVITATION}) OR {TENANT_CLIENT} OR {_BY_LINK}"
# A policy of a client, or where it names none of the provider: people of its clients read that one.
_SEEN_POLICY = f"(client_id IS NULL AND ({_PROVIDER_IN_SCOPE})) OR {TENANT_CLIENT}"
_WRITABLE_POLICY = (
    f"(client_id IS NULL AND ({_OF_THE_HOUSE})) OR ({TENANT_CLIENT} AND ({_PROVIDER_IN_SCOPE}))"
)
_OF_THE_HOLDER = "user_id = nullif(current_setting('mia.holder', true), '')::bigint"
_PRESENTED = "prefix = nullif(current_setting('mia.token', true), '')"
_SEEN_TOKEN = f"{_OF_THE_HOLDER} OR {_OF_THE_HOUSE} OR {_PRESENTED}"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One rule of row-level security: for which verb, what is seen, what may be written."""

    name: str
    verb: str
    using: str | None
    check: str | None


def _one_rule(name: str, condition: str) -> tuple[Policy, ...]:
    return (Policy(name=name, verb="ALL", using=condition, check=condition),)


def _by_verb(*, seen: str, reached: str, written: str) -> tuple[Policy, ...]:
    """Reading shows more than writing reaches."""
    return (
        Policy(name="mia_read", verb="SELECT", using=seen, check=None),
        Policy(name="mia_insert", verb="INSERT", using=None, check=written),
        Policy(name="mia_update", verb="UPDATE", using=reached, check=written),
        Policy(name="mia_delete", verb="DELETE", using=reached, check=None),
    )


# Every kind of table behind the third wall, and its rules: what migrations lay, and what the
# check of a running installation compares with.
POLICIES: dict[str, tuple[Policy, ...]] = {
    "tenant": _one_rule("mia_tenant", TENANT_CLIENT),
    # Of a client like the others; besides, an operator finds the own look before any scope.
    "look": (
        *_one_rule("mia_tenant", TENANT_CLIENT),
        Policy(name="mia_own", verb="SELECT", using=_OWN_ROWS, check=None),
    ),
    "client": _by_verb(
        seen=f"{_OWN_CLIENT} OR {_DIRECTORY}", reached=_OWN_CLIENT, written=_WRITABLE_CLIENT
    ),
    "provider": _one_rule("mia_provider", _OWN_PROVIDER),
    "house": _one_rule("mia_house", _OF_THE_HOUSE),
    "membership": _by_verb(seen=_MEMBER, reached=_WRITABLE_MEMBER, written=_WRITABLE_MEMBER),
    "invitation": _by_verb(
        seen=_INVITATION, reached=_WRITABLE_INVITATION, written=_WRITABLE_INVITATION
    ),
    "policy": _by_verb(seen=_SEEN_POLICY, reached=_WRITABLE_POLICY, written=_WRITABLE_POLICY),
    "grant": _by_verb(seen=_GRANT, reached=_OF_THE_HOUSE, written=_OF_THE_HOUSE),
    "token": (  # made and deleted by their person alone; staff may write that one is revoked
        Policy(name="mia_read", verb="SELECT", using=_SEEN_TOKEN, check=None),
        Policy(name="mia_insert", verb="INSERT", using=None, check=_OF_THE_HOLDER),
        Policy(name="mia_update", verb="UPDATE", using=_SEEN_TOKEN, check=_SEEN_TOKEN),
        Policy(name="mia_delete", verb="DELETE", using=_OF_THE_HOLDER, check=None),
    ),
}


def _run(forward: list[str], backward: list[str]) -> migrations.RunSQL:
    return migrations.RunSQL(sql=[*forward], reverse_sql=[*backward])


def _created(table: str, policy: Policy) -> str:
    using = f" USING ({policy.using})" if policy.using else ""
    check = f" WITH CHECK ({policy.check})" if policy.check else ""
    return f"CREATE POLICY {policy.name} ON {table} FOR {policy.verb}{using}{check}"


def _locked(table: str, kind: str) -> tuple[list[str], list[str]]:
    """Return the statements that lock a table, and those that take it back."""
    rules = POLICIES[kind]
    return (
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            *(_created(table, rule) for rule in rules),
        ],
        [
            *(f"DROP POLICY {rule.name} ON {table}" for rule in rules),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def tenant_table(table: str, kind: str = "tenant") -> migrations.RunSQL:
    """Force row-level security on a tenant table and tie its client to its provider."""
    lock, unlock = _locked(table, kind)
    return _run(
        [
            *lock,
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_provider_client_fk"
            " FOREIGN KEY (provider_id, client_id) REFERENCES audits_client (provider_id, id)"
            " DEFERRABLE INITIALLY DEFERRED",
        ],
        [f"ALTER TABLE {table} DROP CONSTRAINT {table}_provider_client_fk", *unlock],
    )


def _statements(sql: Any) -> list[str]:  # noqa: ANN401 - the library takes many shapes
    return [sql] if isinstance(sql, str) else [*sql]


def together(*laid: migrations.RunSQL) -> migrations.RunSQL:
    """Return one operation that lays all: before each, Django copies its state of every table."""
    return _run(
        [part for one in laid for part in _statements(one.sql)],
        [part for one in reversed(laid) for part in _statements(one.reverse_sql)],
    )


def client_table(table: str) -> migrations.RunSQL:
    """Lock the client table: its own id is the tenant, and staff may list their provider's."""
    return _run(*_locked(table, "client"))


def provider_table(table: str) -> migrations.RunSQL:
    """Lock the provider table to the provider in scope."""
    return _run(*_locked(table, "provider"))


def provider_rows_table(table: str) -> migrations.RunSQL:
    """Lock a table of a provider's own rows: its staff sees them, its clients' people do not."""
    return _run(*_locked(table, "house"))


def membership_table(table: str) -> migrations.RunSQL:
    """Lock who belongs where: seen by the person, by the provider's staff, at the client."""
    return _run(*_locked(table, "membership"))


def grant_table(table: str) -> migrations.RunSQL:
    """Lock which clients staff may open: seen by the person and by the provider's staff."""
    return _run(*_locked(table, "grant"))


def invitation_table(table: str) -> migrations.RunSQL:
    """Lock who is asked in: seen and written at the place, and read by who holds the link."""
    return _run(*_locked(table, "invitation"))


def rating_policy_table(table: str) -> migrations.RunSQL:
    """Lock the policies: a provider's is read at its clients too, and written by its staff."""
    return _run(*_locked(table, "policy"))


def same_provider_key(table: str, column: str, target: str) -> migrations.RunSQL:
    """Add a foreign key that also compares the provider: no link into another's house."""
    name = f"{table}_{column}_same_provider_fk"
    return _run(
        [
            f"ALTER TABLE {table} ADD CONSTRAINT {name}"
            f" FOREIGN KEY (provider_id, {column}) REFERENCES {target} (provider_id, id)"
            " DEFERRABLE INITIALLY DEFERRED",
        ],
        [f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
    )


def token_table(table: str) -> migrations.RunSQL:
    """Lock the API tokens: seen by their person and the staff of their provider, made by the first.

    A request is let in by the one token that it names, before there is a person.
    """
    return _run(*_locked(table, "token"))


def same_client_key(table: str, column: str, target: str) -> migrations.RunSQL:
    """Add a foreign key that also compares the client: a cross-client link cannot be stored."""
    name = f"{table}_{column}_same_client_fk"
    return _run(
        [
            f"ALTER TABLE {table} ADD CONSTRAINT {name}"
            f" FOREIGN KEY (client_id, {column}) REFERENCES {target} (client_id, id)"
            " DEFERRABLE INITIALLY DEFERRED",
        ],
        [f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
    )
