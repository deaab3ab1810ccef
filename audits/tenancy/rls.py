"""Third wall: the SQL of row-level security and composite keys, laid by migrations.

Every tenant table gets the same policy. The global tables are listed in `GLOBAL_TABLES`, each
with the reason why it cannot belong to a client; a test compares the list with the schema.
"""

from django.db import migrations

GLOBAL_TABLES: dict[str, str] = {
    "audits_user": "One person may work for several providers and clients; holds no client data.",
    "audits_membership": "Read before the scope is known: it decides the scope.",
    "audits_grant": "Part of a membership: which clients a technician may open.",
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
# A client is written inside its own scope, and never into another provider's house.
_WRITABLE_CLIENT = f"{_OWN_CLIENT} AND ({_OWN_PROVIDER.replace('id =', 'provider_id =', 1)})"


def _locked(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]


def _run(forward: list[str], backward: list[str]) -> migrations.RunSQL:
    return migrations.RunSQL(sql=[*forward], reverse_sql=[*backward])


def tenant_table(table: str) -> migrations.RunSQL:
    """Force row-level security on a tenant table and tie its client to its provider."""
    return _run(
        [
            *_locked(table),
            f"CREATE POLICY mia_tenant ON {table} USING ({TENANT_CLIENT})"
            f" WITH CHECK ({TENANT_CLIENT})",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_provider_client_fk"
            " FOREIGN KEY (provider_id, client_id) REFERENCES audits_client (provider_id, id)"
            " DEFERRABLE INITIALLY DEFERRED",
        ],
        [
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_provider_client_fk",
            f"DROP POLICY mia_tenant ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def client_table(table: str) -> migrations.RunSQL:
    """Lock the client table: its own id is the tenant, and staff may list their provider's."""
    return _run(
        [
            *_locked(table),
            f"CREATE POLICY mia_read ON {table} FOR SELECT USING ({_OWN_CLIENT} OR {_DIRECTORY})",
            f"CREATE POLICY mia_insert ON {table} FOR INSERT WITH CHECK ({_WRITABLE_CLIENT})",
            f"CREATE POLICY mia_update ON {table} FOR UPDATE USING ({_OWN_CLIENT})"
            f" WITH CHECK ({_WRITABLE_CLIENT})",
            f"CREATE POLICY mia_delete ON {table} FOR DELETE USING ({_OWN_CLIENT})",
        ],
        [
            *(
                f"DROP POLICY mia_{verb} ON {table}"
                for verb in ("read", "insert", "update", "delete")
            ),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def provider_table(table: str) -> migrations.RunSQL:
    """Lock the provider table to the provider in scope."""
    return _run(
        [
            *_locked(table),
            f"CREATE POLICY mia_provider ON {table} USING ({_OWN_PROVIDER})"
            f" WITH CHECK ({_OWN_PROVIDER})",
        ],
        [
            f"DROP POLICY mia_provider ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


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
