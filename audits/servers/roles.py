"""The two database roles: one owns and migrates, the other may only use rows."""

from psycopg import Connection, OperationalError, connect, sql

OWNER = "mia_owner"
APP = "mia_app"


def is_ready(url: str) -> bool:
    """Tell whether the server answers."""
    try:
        connect(url, connect_timeout=2).close()
    except OperationalError:
        return False
    return True


def lay_out(admin_url: str, *, database: str, owner: str = OWNER, app: str = APP) -> None:
    """Make roles and database where they are missing; `admin_url` names a superuser.

    The owner reads past row-level security, because migrations and backups must see every row;
    nothing that serves a request ever connects as the owner.
    """
    with connect(admin_url, autocommit=True) as connection:
        _role(connection, owner, bypass="BYPASSRLS")
        _role(connection, app, bypass="NOBYPASSRLS")
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(database), sql.Identifier(owner)
                )
            )


def grant(database_url: str, *, owner: str = OWNER, app: str = APP) -> None:
    """Let the application use the rows, never the tables, that the owner makes from now on."""
    statements = (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
        "GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {app}",
    )
    with connect(database_url, autocommit=True) as connection:
        names = {
            "owner": sql.Identifier(owner),
            "app": sql.Identifier(app),
            "database": sql.Identifier(connection.info.dbname),
        }
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**names))


def _role(connection: Connection, name: str, *, bypass: str) -> None:
    verb = "ALTER"
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        verb = "CREATE"
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {}").format(
            sql.SQL(verb), sql.Identifier(name), sql.SQL(bypass)
        )
    )


def _exists(connection: Connection, query: str, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None
