"""Two installations side by side: the one that is backed up, and an empty one to restore into."""

import contextlib
import resource
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from audits.servers import clients
from audits.services import backup_archive
from audits.services.backup import Place
from audits.services.backup_archive import Visitor
from tests import keeper
from tests.database import django_settings

# Who is logged in and under which key, and counters of rate limits: they stay behind.
LEFT_BEHIND = {"django_session", "audits_session", "mia_cache"}
KEY = bytes(range(32))


def place_of(urls: dict[str, Any], root: Path) -> Place:
    return Place(
        conninfo=urls["owner_url"],
        app_role=django_settings(urls["app_url"])["USER"],
        root=root,
        environment={},
    )


def empty_database() -> dict[str, Any]:
    """A database in which nothing was migrated yet."""
    return keeper.ask("bare", f"restore_{secrets.token_hex(4)}")


def rows_of(urls: dict[str, Any]) -> dict[str, list[Any]]:
    """Every row of every table as the superuser reads it, in one order."""
    with psycopg.connect(urls["admin_url"]) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            name: [
                row
                for (row,) in connection.execute(
                    sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(name))
                )
            ]
            for (name,) in tables
            if name not in LEFT_BEHIND
        }


def laws_of(urls: dict[str, Any]) -> dict[str, list[Any]]:
    """Policies, forced walls, rights, triggers, functions and keys, as the catalogue has them."""
    questions = {
        "policies": "SELECT * FROM pg_policies ORDER BY tablename, policyname",
        "walls": "SELECT relname, relrowsecurity, relforcerowsecurity, relacl::text,"
        " pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " ORDER BY 1",
        "triggers": "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c"
        " ON c.oid = t.tgrelid WHERE NOT tgisinternal ORDER BY 1",
        "functions": "SELECT pg_get_functiondef(oid), proacl::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        # How PostgreSQL prints a check differs once it was read back; its meaning does not.
        "keys": "SELECT conname, contype, CASE contype WHEN 'c' THEN '' ELSE"
        " pg_get_constraintdef(oid) END FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 3",
        "rights of what comes": "SELECT pg_get_userbyid(defaclrole), defaclobjtype,"
        " defaclacl::text FROM pg_default_acl ORDER BY 2",
        "sequences": "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
    }
    with psycopg.connect(urls["admin_url"]) as connection:
        return {name: connection.execute(text).fetchall() for name, text in questions.items()}


def files_in(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir()}


def at(urls: dict[str, Any], root: Path) -> tuple[dict[str, list[Any]], dict[str, bytes]]:
    """Everything in a database and in a folder of stored files."""
    return rows_of(urls), files_in(root)


def sql_of(path: Path) -> str:
    """The database in a backup, as the statements that would restore it."""
    parts: list[bytes] = []

    class Taker(Visitor):
        def dump(self, part: bytes) -> None:
            parts.append(part)

    manifest = backup_archive.read(path, key=KEY, visitor=Taker())
    chosen = clients.to_dump({}, server=manifest.pg_dump)
    done = subprocess.run(
        [chosen.program("pg_restore"), "--file=-"],
        input=b"".join(parts),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    former, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (former, most))


def clients_seen(url: str, provider_id: int, client_ids: list[int]) -> set[int]:
    """What the application's role sees of the clients under an announced scope."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT set_config('mia.provider', %s, true), set_config('mia.clients', %s, true)",
            [str(provider_id), ",".join(map(str, client_ids))],
        )
        return {pk for (pk,) in connection.execute("SELECT client_id FROM audits_aimodel")}
