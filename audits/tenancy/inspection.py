"""What the running database says about the third wall, and what it does when somebody pushes.

Asks the catalogue, and tries: as the role that the portal itself runs with. Whatever is tried is
rolled back at once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from audits.tenancy import conditions
from audits.tenancy.rls import POLICIES, Policy

_REFUSED = "42501"  # insufficient_privilege: row-level security, or no grant at all
# Which rows of each kind of table a scope of one client must not show.
_FOREIGN = {
    "tenant": "client_id <> %(client)s",
    "look": "client_id <> %(client)s",
    "client": "id <> %(client)s",
    "provider": "id <> %(provider)s",
    "house": "TRUE",
    "membership": "client_id IS DISTINCT FROM %(client)s",
    "invitation": "client_id IS DISTINCT FROM %(client)s",
    # What the provider asks for is told to its clients; what another client asks for is not.
    "policy": "provider_id <> %(provider)s OR client_id <> %(client)s",
    "grant": "TRUE",
    "token": "TRUE",
}
# Which rows the scope of one provider must not show.
_ELSEWHERE = {
    **dict.fromkeys(_FOREIGN, "provider_id <> %(provider)s"),
    "provider": "id <> %(provider)s",
}
# What a row of another client is made of; 0 draws no number from the sequence.
_STRAY = {
    "tenant": {"id": "0", "provider_id": "%(provider)s", "client_id": "%(client)s"},
    "look": {"id": "0", "provider_id": "%(provider)s", "client_id": "%(client)s"},
    "client": {"id": "%(client)s", "provider_id": "%(provider)s"},
    "provider": {"id": "0"},
    "house": {"id": "0", "provider_id": "%(provider)s"},
    "membership": {"id": "0", "provider_id": "%(provider)s", "client_id": "%(client)s"},
    "invitation": {"id": "0", "provider_id": "%(provider)s", "client_id": "%(client)s"},
    "policy": {"id": "0", "provider_id": "%(provider)s", "client_id": "%(client)s"},
    "grant": {"id": "0", "provider_id": "%(provider)s", "client_id": "%(client)s"},
    "token": {"id": "0", "provider_id": "%(provider)s"},
}


@dataclass(frozen=True, kw_only=True)
class Role:
    """The role that the portal connects as."""

    name: str
    powers: tuple[str, ...]
    owns: tuple[str, ...]


def _rows(query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def role() -> Role:
    """Read what the connected role could do beyond using rows; both lists must be empty."""
    (name, *flags), *_ = _rows(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    )
    words = ("superuser", "bypassrls", "createrole", "createdb", "replication")
    member_of = _rows(
        "SELECT rolname FROM pg_roles WHERE rolname <> current_user"
        " AND (rolsuper OR rolbypassrls) AND pg_has_role(current_user, oid, 'MEMBER')"
    )
    owned = _rows(
        "SELECT relname FROM pg_class WHERE relowner = current_user::regrole"
        " UNION SELECT proname FROM pg_proc WHERE proowner = current_user::regrole"
    )
    return Role(
        name=name,
        powers=tuple(word for word, flag in zip(words, flags, strict=True) if flag)
        + tuple(f"member of {found}" for (found,) in member_of),
        owns=tuple(sorted(found for (found,) in owned)),
    )


def open_tables(tables: Iterable[str]) -> list[str]:
    """Name each table on which row-level security is off, or does not bind its owner."""
    found = _rows(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        " AND relnamespace = 'public'::regnamespace"
    )
    forced = {name for (name,) in found}
    return sorted(set(tables) - forced)


def unlisted_tables(tables: Iterable[str]) -> list[str]:
    """Name each table that says whose its rows are, but is in no list of the portal."""
    found = _rows(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('client_id', 'provider_id') AND data_type = 'bigint'"
    )
    return sorted({name for (name,) in found} - set(tables))


def changeable(tables: Iterable[str]) -> list[str]:
    """Name each table whose rows this role could change, or that no trigger guards."""
    guarded = {
        table
        for (table,) in _rows(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'mia_append_only' AND tgenabled <> 'D'"
        )
    }
    allowed = {
        table
        for table in tables
        for (right,) in _rows(
            "SELECT has_table_privilege(%(table)s, 'UPDATE, DELETE, TRUNCATE')", {"table": table}
        )
        if right
    }
    return sorted((set(tables) - guarded) | allowed)


def _same(rule: Policy, found: Sequence[Any]) -> bool:
    """Say whether a rule is for the same verb and for everybody, and means the same."""
    *stands, using, check = found
    return (
        stands == [rule.name, rule.verb, "PERMISSIVE", ["public"]]
        and conditions.same(using, rule.using)
        and conditions.same(check, rule.check)
    )


def changed_policies(kinds: Mapping[str, str]) -> list[str]:
    """Name each table whose rules are not exactly those that the portal laid for its kind."""
    laid: dict[str, list[tuple[Any, ...]]] = {}
    for table, *rule in _rows(
        "SELECT tablename, policyname, cmd, permissive, roles::text[], qual, with_check"
        " FROM pg_policies"
        " WHERE schemaname = 'public' ORDER BY tablename, policyname"
    ):
        laid.setdefault(table, []).append(tuple(rule))
    wrong = []
    for table, kind in kinds.items():
        wanted = sorted(POLICIES[kind], key=lambda rule: rule.name)
        found = laid.get(table, [])
        if len(found) != len(wanted) or not all(
            _same(rule, one) for rule, one in zip(wanted, found, strict=True)
        ):
            wrong.append(table)
    return sorted(wrong)


def _foreign_keys() -> dict[str, set[tuple[str, str, str]]]:
    """Every foreign key by table: columns, target, columns there."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for table, definition in _rows(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND convalidated"
    ):
        named = re.match(r"FOREIGN KEY \((.*?)\) REFERENCES (\w+)\((.*?)\)", definition)
        if named is not None:
            found.setdefault(table, set()).add(named.groups())  # type: ignore[arg-type]
    return found


def loose_keys(kinds: Mapping[str, str]) -> list[str]:
    """Name each `table.column` through which a row could point at another client's row."""
    keys = _foreign_keys()
    targets = {
        table
        for (table,) in _rows(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'u'"
            " AND pg_get_constraintdef(oid) = 'UNIQUE (client_id, id)'"
        )
    }
    loose = [f"{table}.id" for table, kind in kinds.items() if kind in _OF_CLIENT]
    loose = [name for name in loose if name.removesuffix(".id") not in targets]
    for table, kind in kinds.items():
        own = keys.get(table, set())
        if kind in _NAMES_CLIENT and _TIED not in own:
            loose.append(f"{table}.client_id")
        for column, target, there in own:
            side = _side_of(kind, kinds.get(target, ""))
            twin = (f"{side}, {column}", target, f"{side}, id")
            if side and there == "id" and twin not in own:
                loose.append(f"{table}.{column}")
    return sorted(set(loose))


# A client is named together with its provider.
_TIED = ("provider_id, client_id", "audits_client", "provider_id, id")
_OF_CLIENT = {"tenant", "look"}
_NAMES_CLIENT = {*_OF_CLIENT, "membership", "invitation", "policy", "grant"}


def _side_of(kind: str, target: str) -> str:
    """The column that a key between two such tables has to compare as well; '' for none."""
    if kind in _OF_CLIENT and target in _OF_CLIENT:
        return "client_id"
    if kind in {"house", "grant", "invitation", "policy"} and target in {
        "house",
        "client",
        "membership",
    }:
        return "provider_id"
    return ""


def foreign_rows(kinds: Mapping[str, str], *, provider: int, client: int) -> dict[str, int]:
    """Return, by table, the lowest id of a visible row that is not this client's."""
    return _lowest(kinds, _FOREIGN, {"provider": provider, "client": client})


def rows_elsewhere(kinds: Mapping[str, str], *, provider: int) -> dict[str, int]:
    """Return, by table, the lowest id of a visible row that is not this provider's."""
    return _lowest(kinds, _ELSEWHERE, {"provider": provider})


def visible_rows(kinds: Mapping[str, str]) -> dict[str, int]:
    """Return, by table, the lowest id of any visible row."""
    return _lowest(kinds, dict.fromkeys(_FOREIGN, "TRUE"), {})


def _lowest(
    kinds: Mapping[str, str], conditions: Mapping[str, str], values: Mapping[str, int]
) -> dict[str, int]:
    found = {}
    for table, kind in kinds.items():
        query = f"SELECT min(id) FROM {table} WHERE {conditions[kind]}"  # noqa: S608 - our own words
        ((lowest,),) = _rows(query, values)
        if lowest is not None:
            found[table] = lowest
    return found


def touched(rows: Mapping[str, int]) -> list[str]:
    """Name each table whose row could be changed or deleted here; nothing stays changed."""
    verbs = ("UPDATE {table} SET id = id", "DELETE FROM {table}")
    return sorted(
        table
        for table, pk in rows.items()
        if not all(
            _is_kept_from(f"{verb.format(table=table)} WHERE id = %(pk)s", {"pk": pk})
            for verb in verbs
        )
    )


def accepted(kinds: Mapping[str, str], *, provider: int, client: int) -> list[str]:
    """Name each table that would take a row of this client here; no row stays."""
    taken = []
    for table, kind in kinds.items():
        columns = _STRAY[kind]
        statement = (
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"  # noqa: S608 - our own words
        )
        if not _is_kept_from(statement, {"provider": provider, "client": client}):
            taken.append(table)
    return sorted(taken)


def _is_kept_from(statement: str, values: Mapping[str, int]) -> bool:
    """Try a statement and take it back; True: the database refused it, or it found no row."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                count: int = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as error:
        return getattr(error.__cause__, "sqlstate", None) == _REFUSED
    return count == 0
