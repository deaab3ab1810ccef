"""Throw-away roles and databases in a real PostgreSQL; tests connect as the application."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from audits.servers import roles

_LOCK_SECONDS = 20


def url_of(parameters: dict[str, Any]) -> str:
    """Write connection parameters as the URL that DATABASE_URL takes."""
    user, password = quote(parameters["user"], safe=""), parameters.get("password") or ""
    login = f"{user}:{quote(password, safe='')}" if password else user
    host, port = str(parameters.get("host") or ""), parameters.get("port")
    database = quote(parameters["dbname"], safe="")
    if host.startswith("/") or not host:
        return f"postgresql://{login}@/{database}?{urlencode({'host': host}, quote_via=quote)}"
    return f"postgresql://{login}@{host}{f':{port}' if port else ''}/{database}"


def django_settings(url: str) -> dict[str, str]:
    found = conninfo_to_dict(url)
    return {
        "NAME": str(found["dbname"]),
        "USER": str(found["user"]),
        "PASSWORD": str(found.get("password") or ""),
        "HOST": str(found.get("host") or ""),
        "PORT": str(found.get("port") or ""),
    }


class Cluster:
    """The roles and databases of one test run, named with its suffix and dropped at its end."""

    def __init__(self, admin_url: str, *, suffix: str) -> None:
        self._admin_url = admin_url
        self._parameters = {
            name: value
            for name, value in conninfo_to_dict(admin_url).items()
            if name in {"host", "port"}
        }
        self._suffix = suffix
        self._owner, self._app = f"{roles.OWNER}_{suffix}", f"{roles.APP}_{suffix}"
        self._passwords = {name: secrets.token_hex(16) for name in (self._owner, self._app)}
        self._template = f"mia_template_{suffix}"
        self._databases: list[str] = []

    def make_template(self, *, migrate: Callable[[str], None]) -> None:
        """Make the roles and a migrated database for the clones."""
        self._lay_out(self._template)
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            for role, password in self._passwords.items():
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(password)
                    )
                )
        migrate(self._url(self._owner, self._template))

    def _lay_out(self, database: str) -> None:
        self._databases.append(database)
        roles.lay_out(self._admin_url, database=database, owner=self._owner, app=self._app)
        admin = {**conninfo_to_dict(self._admin_url), "dbname": database}
        roles.grant(url_of(admin), owner=self._owner, app=self._app)

    def bare(self, name: str) -> dict[str, Any]:
        """Make a database in which nothing was migrated yet; after the template, as its roles."""
        database = f"mia_{name}_{self._suffix}"
        self._lay_out(database)
        return self._urls_of(database)

    def clone(self, name: str) -> dict[str, Any]:
        """Copy the template; a copied database keeps the default privileges, not its own ACL."""
        database = f"mia_{name}_{self._suffix}"
        self._databases.append(database)
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(database), sql.Identifier(self._owner), sql.Identifier(self._template)
        )
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement)
        return self._urls_of(database)

    def _urls_of(self, database: str) -> dict[str, Any]:
        admin = {**conninfo_to_dict(self._admin_url), "dbname": database}
        return {
            "app_url": self._url(self._app, database),
            "owner_url": self._url(self._owner, database),
            "admin_url": url_of(admin),
        }

    def remove(self) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            for database in reversed(self._databases):
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                        sql.Identifier(database)
                    )
                )
            for role in self._passwords:
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))

    def _url(self, role: str, database: str) -> str:
        password = self._passwords[role]
        return url_of({**self._parameters, "user": role, "password": password, "dbname": database})


class SwiftFlush(DatabaseOperations):
    """Empty the tables between transactional tests as a superuser: the application may not.

    The log refuses even its owner. Rows are deleted where there are any: to truncate a hundred
    tables that are empty already takes seconds.
    """

    admin_url = ""

    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        with psycopg.connect(self.admin_url) as connection:
            connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'".encode())
            connection.execute(b"SET session_replication_role = replica")  # no triggers, no keys
            for table in sql_list:
                name = sql.Identifier(table)
                if connection.execute(
                    sql.SQL("SELECT EXISTS (SELECT FROM {})").format(name)
                ).fetchone() == (True,):
                    connection.execute(sql.SQL("DELETE FROM {}").format(name))

    def sql_flush(
        self,
        style: Any,  # noqa: ANN401, ARG002 - Django's signature
        tables: Sequence[str],
        **_options: bool,
    ) -> list[str]:
        """Name the tables; `execute_sql_flush` knows what to do with them."""
        return list(tables)
