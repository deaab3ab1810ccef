"""What the database itself says about the walls."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from audits.models import AIModel, Audit, Client, Dataset, Grant, Job, Membership, TenantModel
from audits.tenancy.rls import GLOBAL_TABLES
from tests.factories import ClientCast, World, make_audit, make_dataset, make_job, make_model
from tests.tenancy.rows import TENANT_MODELS, row_of, unguarded

pytestmark = pytest.mark.django_db

TENANT_TABLES = {model._meta.db_table for model in TENANT_MODELS}
# Tables of Django and of installed libraries: people and sessions, never a client's data.
LIBRARY_TABLES = {
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
}
REFUSED = r"must be owner|permission denied|does not exist"
CLIENT_COLUMN_TO_CLIENT = "(provider_id, client_id) -> audits_client(provider_id, id)"


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def tables() -> set[str]:
    return {name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def foreign_keys() -> dict[str, set[str]]:
    """Every foreign key by table, written as `(columns) -> target(columns)`."""
    found: dict[str, set[str]] = {}
    for table, definition in rows(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    ):
        source, target = definition.removeprefix("FOREIGN KEY ").split(" REFERENCES ")
        found.setdefault(table, set()).add(f"{source} -> {target.split(' DEFERRABLE')[0]}")
    return found


def test_schema_has_no_table_that_is_neither_tenant_owned_nor_listed() -> None:
    walled = TENANT_TABLES | {"audits_client", "audits_provider"}
    assert tables() == walled | set(GLOBAL_TABLES) | LIBRARY_TABLES
    assert walled.isdisjoint(GLOBAL_TABLES)
    assert all(reason.endswith(".") for reason in GLOBAL_TABLES.values())


def test_schema_forces_row_level_security_on_every_walled_table() -> None:
    forced = rows(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        " AND relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in forced} == TENANT_TABLES | {"audits_client", "audits_provider"}


def test_schema_has_the_same_policy_on_every_tenant_table() -> None:
    found = rows("SELECT tablename, policyname, cmd, permissive, qual, with_check FROM pg_policies")
    tenant = [row for row in found if row[0] in TENANT_TABLES]
    assert {row[0] for row in tenant} == TENANT_TABLES
    assert len(tenant) == len(TENANT_TABLES)
    assert len({row[1:] for row in tenant}) == 1
    _, name, verb, _, using, check = tenant[0]
    assert (name, verb, using) == ("mia_tenant", "ALL", check)
    assert {row[:3] for row in found if row[0] not in TENANT_TABLES} == {
        ("audits_client", "mia_read", "SELECT"),
        ("audits_client", "mia_insert", "INSERT"),
        ("audits_client", "mia_update", "UPDATE"),
        ("audits_client", "mia_delete", "DELETE"),
        ("audits_provider", "mia_provider", "ALL"),
    }


def test_schema_requires_provider_and_client_on_every_tenant_table() -> None:
    found = rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_nullable = 'NO'"
        " AND column_name IN ('provider_id', 'client_id')"
    )
    required = {(table, column) for table, column in found if table in TENANT_TABLES}
    assert required == {(t, c) for t in TENANT_TABLES for c in ("provider_id", "client_id")}


def test_schema_has_a_key_to_point_at_on_every_tenant_table() -> None:
    found = rows(
        "SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (client_id, id)'"
    )
    assert {table for (table,) in found} == TENANT_TABLES


def test_schema_ties_the_client_to_its_provider_in_every_table_that_names_both() -> None:
    keys = foreign_keys()
    naming = TENANT_TABLES | {"audits_membership", "audits_grant"}
    assert {table for table in keys if CLIENT_COLUMN_TO_CLIENT in keys[table]} == naming


def test_schema_has_a_composite_twin_for_every_key_between_tenant_tables() -> None:
    lacking = set()
    for table, keys in foreign_keys().items():
        for key in keys:
            source, target = key.split(" -> ")
            name = target.split("(")[0]
            if name not in TENANT_TABLES or not target.endswith("(id)"):
                continue
            column = source.strip("()")
            if f"(client_id, {column}) -> {name}(client_id, id)" not in keys:
                lacking.add(f"{table}.{column}")
    assert lacking == set()


@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_schema_refuses_every_link_to_a_foreign_row(world: World, neighbour: str) -> None:
    """As mia_app, in the own scope: row-level security sees an own row, the key sees the lie."""
    foreign: ClientCast = getattr(world, neighbour)
    with foreign.scope():
        targets: dict[Any, TenantModel] = {
            **foreign.rows(),
            AIModel: make_model(foreign.client, "free"),
            Audit: make_audit(foreign.model_version, foreign.dataset_version),
            Dataset: make_dataset(foreign.client, "free"),
            Job: make_job(foreign.client, key="free"),
        }
    tried = 0
    for model in TENANT_MODELS:
        for field in model._meta.concrete_fields:
            if field.related_model not in targets:
                continue
            with (
                world.here.scope(),
                pytest.raises(IntegrityError, match="same_client_fk"),
                transaction.atomic(),
            ):
                unguarded(model).filter(pk=row_of(world.here, model).pk).update(
                    **{field.attname: targets[field.related_model].pk}
                )
                connection.check_constraints()
            tried += 1
    assert tried == 17


def test_schema_refuses_a_client_under_another_provider(world: World) -> None:
    own, theirs = world.here.model, world.theirs.provider
    with (
        world.here.scope(),
        pytest.raises(IntegrityError, match="provider_client_fk"),
        transaction.atomic(),
    ):
        unguarded(type(own)).filter(pk=own.pk).update(provider_id=theirs.pk)
        connection.check_constraints()


def test_schema_refuses_members_and_grants_across_providers(world: World) -> None:
    membership = Membership.objects.get(user=world.ours.technician_of_none)
    foreign: Client = world.stranger.client
    for row in (
        Membership(
            user=world.ours.technician_of_none,
            provider=world.ours.provider,
            client=foreign,
            role="client_owner",
        ),
        Grant(provider=world.ours.provider, membership=membership, client=foreign),
        Grant(provider=world.theirs.provider, membership=membership, client=foreign),
    ):
        with pytest.raises(IntegrityError, match="provider_"), transaction.atomic():
            row.save()
            connection.check_constraints()


def test_role_of_the_application_has_no_way_round_the_walls() -> None:
    (found,) = rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    )
    assert found == (False, False, False, False, False)
    assert rows("SELECT tablename FROM pg_tables WHERE tableowner = current_user") == []
    assert rows("SELECT 1 FROM pg_proc WHERE proowner = current_user::regrole") == []
    assert (
        rows(
            "SELECT rolname FROM pg_roles WHERE rolname <> current_user"
            " AND (rolsuper OR rolbypassrls) AND pg_has_role(current_user, oid, 'MEMBER')"
        )
        == []
    )


def test_role_of_the_application_cannot_change_the_schema() -> None:
    for statement in (
        "ALTER TABLE audits_aimodel DISABLE ROW LEVEL SECURITY",
        "DROP POLICY mia_tenant ON audits_aimodel",
        "CREATE TABLE stray (id int)",
        "TRUNCATE audits_aimodel CASCADE",
        "SET ROLE mia_owner",
    ):
        with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
            rows(statement)


def test_migrations_undo_the_walls_in_the_order_they_were_laid() -> None:
    """Every operation of the walls can be taken back: a release can be rolled back."""
    loader = MigrationLoader(None)
    walls = loader.disk_migrations[("audits", "0002_walls")]
    assert all(operation.reversible for operation in walls.operations)
    assert all(operation.reverse_sql for operation in walls.operations)  # type: ignore[attr-defined]
