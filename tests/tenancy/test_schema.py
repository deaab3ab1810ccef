"""What the database itself says about the walls."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audits import tenancy
from audits.models import (
    Activity,
    AIModel,
    Audit,
    Client,
    Dataset,
    Finding,
    Grant,
    Job,
    Membership,
    TenantModel,
)
from audits.tenancy.rls import GLOBAL_TABLES
from tests.factories import ClientCast, World, make_audit, make_dataset, make_job, make_model
from tests.schedules import free_rows
from tests.tenancy.rows import (
    APPEND_ONLY,
    PROVIDER_MODELS,
    TENANT_MODELS,
    copy_of,
    row_of,
    unguarded,
)

pytestmark = pytest.mark.django_db

TENANT_TABLES = {model._meta.db_table for model in TENANT_MODELS}
PROVIDER_TABLES = {model._meta.db_table for model in PROVIDER_MODELS}
MEMBER_TABLES = {"audits_membership", "audits_grant", "audits_invitation"}
# Of a client, or of its provider where it names none: read by more people than write it.
POLICY_TABLE = "audits_ratingpolicy"
PEOPLE_TABLES = MEMBER_TABLES | {"audits_apitoken"}
WALLED = (
    TENANT_TABLES
    | PROVIDER_TABLES
    | PEOPLE_TABLES
    | {POLICY_TABLE, "audits_client", "audits_provider"}
)
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
    "mfa_authenticator",
    # Of the log-in library; they stay empty: audits_signon and audits_signonidentity stand instead.
    "socialaccount_socialaccount",
    "socialaccount_socialapp",
    "socialaccount_socialtoken",
}
REFUSED = r"must be owner|permission denied|does not exist"
_TWIN = re.compile(r"\(client_id, \w+\) -> \w+\(client_id, id\)")
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
    assert tables() == WALLED | set(GLOBAL_TABLES) | LIBRARY_TABLES
    assert WALLED.isdisjoint(GLOBAL_TABLES)
    assert all(reason.endswith(".") for reason in GLOBAL_TABLES.values())


def test_schema_forces_row_level_security_on_every_walled_table() -> None:
    forced = rows(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        " AND relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in forced} == WALLED


def test_schema_has_the_same_policy_on_every_tenant_table() -> None:
    found = rows("SELECT tablename, policyname, cmd, permissive, qual, with_check FROM pg_policies")
    # An operator finds the own look before any client is in scope; the rest is as everywhere.
    own = ("audits_breakglass", "mia_own", "SELECT")
    assert own in {row[:3] for row in found}
    found = [row for row in found if row[:3] != own]
    tenant = [row for row in found if row[0] in TENANT_TABLES]
    assert {row[0] for row in tenant} == TENANT_TABLES
    assert len(tenant) == len(TENANT_TABLES)
    assert len({row[1:] for row in tenant}) == 1
    _, name, verb, _, using, check = tenant[0]
    assert (name, verb, using) == ("mia_tenant", "ALL", check)
    house = [row for row in found if row[0] in PROVIDER_TABLES]
    assert sorted(row[0] for row in house) == sorted(PROVIDER_TABLES)
    assert {row[1:3] for row in house} == {("mia_house", "ALL")}
    assert len({row[1:] for row in house}) == 1
    assert house[0][4] == house[0][5]
    assert {row[:3] for row in found if row[0] not in TENANT_TABLES | PROVIDER_TABLES} == {
        *(
            (table, f"mia_{name}", verb)
            for table in ("audits_client", POLICY_TABLE, *PEOPLE_TABLES)
            for name, verb in {
                "read": "SELECT",
                "insert": "INSERT",
                "update": "UPDATE",
                "delete": "DELETE",
            }.items()
        ),
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


def test_schema_has_a_key_to_point_at_on_every_table_of_a_provider() -> None:
    found = rows(
        "SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (provider_id, id)'"
    )
    assert {table for (table,) in found} >= PROVIDER_TABLES


# Columns that are unique across all clients, and why nobody can learn from them who else is there.
UNIQUE_FOR_ALL = {
    ("audits_apitoken", "prefix"): "drawn at random",
    ("audits_client", "slug"): "drawn at random, and drawn again where it is taken",
    ("audits_invitation", "digest"): "of 256 random bits",
    ("audits_storedfile", "name"): "128 random bits",
}


def test_schema_has_no_uniqueness_that_would_tell_of_another_client() -> None:
    """ "Already exists" is an answer too: a unique column compares rows of one owner only."""
    found = rows(
        "SELECT i.indrelid::regclass::text, array_agg(a.attname::text) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid IN"
        " (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        " GROUP BY i.indexrelid, i.indrelid"
    )
    keys = foreign_keys()
    across = set()
    for table, columns in found:
        # A key to a row of the own client compares that row's client with it.
        tied = {f"({owner}, {name})" for name in columns for owner in ("client_id", "provider_id")}
        own = any(key.split(" -> ")[0] in tied for key in keys.get(table, ()))
        if table in WALLED and not {"client_id", "provider_id"} & set(columns) and not own:
            across.add((table, *columns))
    assert across == set(UNIQUE_FOR_ALL)


def test_schema_ties_the_client_to_its_provider_in_every_table_that_names_both() -> None:
    keys = foreign_keys()
    naming = TENANT_TABLES | MEMBER_TABLES | {POLICY_TABLE, "audits_clientgroupmember"}
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


def test_schema_has_a_composite_twin_for_every_key_of_a_providers_own_tables() -> None:
    targets = PROVIDER_TABLES | {"audits_client", "audits_membership"}
    lacking = set()
    for table, keys in foreign_keys().items():
        for key in keys if table in PROVIDER_TABLES | {"audits_grant"} else ():
            column, target = (part.strip("()") for part in key.split(" -> "))
            name = target.split("(")[0]
            twin = f"(provider_id, {column}) -> {name}(provider_id, id)"
            if name in targets and target.endswith("(id") and twin not in keys:
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
            **free_rows(foreign.client, foreign.audit),
            Activity: Activity.objects.bulk_create([copy_of(foreign.activity)])[0],
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
                _link(row_of(world.here, model), field.attname, targets[field.related_model].pk)
                connection.check_constraints()
            tried += 1
    twins = [key for keys in foreign_keys().values() for key in keys if _TWIN.fullmatch(key)]
    assert tried == len(twins) > 0


def _link(own: TenantModel, column: str, target: int) -> None:
    """Point an own row at the target: a new one, where rows are not changed."""
    model = type(own)
    if model in APPEND_ONLY:
        made = copy_of(own)
        setattr(made, column, target)
        unguarded(model).bulk_create([made])
    else:
        # A finding is about one thing: what it was about gives way.
        freed = {"audit_id": None} if model is Finding else {}
        unguarded(model).filter(pk=own.pk).update(**freed | {column: target})


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
    with world.ours.scope():
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
        with (
            tenancy.system_scope("row-level security looks away, so that the keys stand alone"),
            pytest.raises(IntegrityError, match="provider_"),
            transaction.atomic(),
        ):
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
