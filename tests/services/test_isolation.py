"""The self-check on a running installation: passes where walls stand, names what gave way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from pytest_django.fixtures import Settings

from audits import access, tenancy
from audits.enums import ProbeState
from audits.models import IsolationCheck, Provider, ProviderActivity, User
from audits.queries import isolation as queries
from audits.queries.health import version
from audits.services import isolation, isolation_visit
from audits.services.isolation import Outcome
from audits.services.isolation_probes import PROBES
from tests import chains
from tests.factories import World, build_world, make_client
from tests.tenancy.test_conditions import MOVED

# Where what is changed is noted for the fleet, the note about a client out of scope is refused, and
# the change with it.
SABOTAGE = {
    "policy that shows everything": (
        ["ALTER POLICY mia_tenant ON audits_aimodel USING (true) WITH CHECK (true)"],
        dict.fromkeys(("rules", "unscoped", "read", "insert", "provider"), "audits_aimodel"),
    ),
    "second policy beside the first": (
        ["CREATE POLICY stray ON audits_finding FOR SELECT USING (true)"],
        dict.fromkeys(("rules", "unscoped", "read", "provider"), "audits_finding"),
    ),
    "policy that forgot the client": (
        [
            "ALTER POLICY mia_tenant ON audits_report USING (provider_id ="
            " nullif(current_setting('mia.provider', true), '')::bigint)"
        ],
        dict.fromkeys(("rules", "read"), "audits_report"),
    ),
    "policy whose brackets hold other words together": (
        [f"ALTER POLICY mia_update ON audits_client WITH CHECK ({MOVED})"],
        {"rules": "audits_client"},
    ),
    "row-level security not forced": (
        ["ALTER TABLE audits_dataset NO FORCE ROW LEVEL SECURITY"],
        {"locked": "audits_dataset"},
    ),
    "row-level security switched off": (
        ["ALTER TABLE audits_membership DISABLE ROW LEVEL SECURITY"],
        dict.fromkeys(
            ("locked", "unscoped", "read", "insert", "change", "provider"), "audits_membership"
        ),
    ),
    "composite key dropped": (
        ["ALTER TABLE audits_audit DROP CONSTRAINT audits_audit_model_version_id_same_client_fk"],
        {"keys": "audits_audit.model_version_id"},
    ),
    "client no longer tied to its provider": (
        ["ALTER TABLE audits_aitool DROP CONSTRAINT audits_aitool_provider_client_fk"],
        {"keys": "audits_aitool.client_id"},
    ),
    "log without its guard": (
        ["ALTER TABLE audits_activity DISABLE TRIGGER mia_append_only"],
        {"log": "audits_activity"},
    ),
    "table that nobody listed": (
        ["CREATE TABLE stray_notes (id bigint PRIMARY KEY, client_id bigint)"],
        {"listed": "stray_notes"},
    ),
}


@contextmanager
def undone() -> Iterator[None]:
    """Give back every lock as well: the owner wants the tables again."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def owner(db: None, database_urls: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """The owner at work; whatever was changed is as before afterwards."""
    with psycopg.connect(database_urls["owner_url"], autocommit=True) as found:
        found.execute("SET lock_timeout = '20s'")
        before = _schema(found)
        yield found
        assert _schema(found) == before


def _schema(owner: psycopg.Connection) -> list[tuple[Any, ...]]:
    rules = owner.execute("SELECT * FROM pg_policies ORDER BY tablename, policyname").fetchall()
    locks = owner.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
    ).fetchall()
    keys = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY conname"
    ).fetchall()
    guards = owner.execute(
        "SELECT tgrelid, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY oid"
    ).fetchall()
    return [*rules, *locks, *keys, *guards]


@contextmanager
def damaged(owner: psycopg.Connection, statements: list[str]) -> Iterator[None]:
    """The schema with this damage, and the reverse statements that mend it."""
    mending = [_mended(owner, statement) for statement in statements]
    for statement in statements:
        owner.execute(statement.encode())
    try:
        yield
    finally:
        for statement in reversed(mending):
            owner.execute(statement.encode())


def _mended(owner: psycopg.Connection, statement: str) -> str:
    """What takes a statement back, from what stands now."""
    words = statement.split()
    if statement.startswith("CREATE TABLE"):
        return f"DROP TABLE {words[2]}"
    if statement.startswith("CREATE POLICY"):
        return f"DROP POLICY {words[2]} ON {words[4]}"
    if statement.startswith("ALTER TABLE") and "DROP CONSTRAINT" in statement:
        row = owner.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [words[-1]]
        ).fetchone()
        assert row is not None
        return f"ALTER TABLE {words[2]} ADD CONSTRAINT {words[-1]} {row[0]}"
    if "DISABLE TRIGGER" in statement:
        return statement.replace("DISABLE", "ENABLE")
    if statement.startswith("ALTER TABLE"):
        verb = {"NO": "FORCE", "DISABLE": "ENABLE"}[words[3]]
        return f"ALTER TABLE {words[2]} {verb} ROW LEVEL SECURITY"
    row = owner.execute(
        "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = %s",
        [words[4], words[2]],
    ).fetchone()
    assert row is not None
    verb = "CREATE" if words[0] == "DROP" else "ALTER"
    return f"{verb} POLICY {words[2]} ON {words[4]} USING ({row[0]}) WITH CHECK ({row[1]})"


def states(outcome: Outcome) -> dict[str, str]:
    return {probe.key: probe.state for probe in outcome.probes}


def failures(outcome: Outcome) -> dict[str, str]:
    return {probe.key: probe.detail for probe in outcome.probes if probe.state == ProbeState.FAILED}


def checked_by_operator() -> Outcome:
    with tenancy.system_scope("an operator asks whether the walls stand"):
        return isolation.check()


def counts() -> dict[str, int]:
    """Rows of every table there is, sessions and accounts included."""
    with tenancy.system_scope("the test counts before and after"):
        return {model.__name__: model._base_manager.count() for model in apps.get_models()}


def test_check_passes_where_the_walls_stand(world: World) -> None:
    found = checked_by_operator()
    assert failures(found) == {}
    assert states(found) == dict.fromkeys(PROBES, ProbeState.OK.value)
    assert found.passed
    assert found.tables == len(queries.tables()) >= 20


def test_check_has_words_for_every_probe() -> None:
    assert list(queries.TITLES) == list(PROBES)


def test_check_leaves_no_row_behind(world: World) -> None:
    before = counts()
    assert checked_by_operator().passed
    assert counts() == before
    assert not Session.objects.exists()
    assert not User.objects.filter(email__endswith=".invalid").exists()


def test_check_by_an_administrator_stays_inside_the_own_provider(world: World) -> None:
    with access.opened(world.ours.admin, slug=None) as (actor, _):
        seen = queries.subjects()
        found = isolation.check()
        assert tenancy.current_scope().client_ids == actor.client_ids
    assert (seen.here, seen.sibling, seen.stranger) == (
        world.here.client,
        world.sibling.client,
        None,
    )
    assert states(found) == dict.fromkeys(PROBES, ProbeState.OK.value)


def test_check_with_one_client_says_what_it_could_not_try(db: None) -> None:
    with tenancy.new_provider_scope() as provider_id:
        Provider.objects.create(pk=provider_id, name="Quay Managed IT")
        make_client(provider_id)
        found = isolation.check()
    lacking = {"read", "insert", "change", "pages", "numbers", "files"}
    assert {key for key, state in states(found).items() if state == "not_applicable"} == lacking
    assert failures(found) == {}
    assert found.passed


def test_check_of_an_empty_installation_looks_at_the_schema(db: None) -> None:
    found = states(checked_by_operator())
    assert {key for key, state in found.items() if state == "ok"} == {
        "role",
        "locked",
        "rules",
        "listed",
        "keys",
        "code",
        "unscoped",
        "log",
    }


@pytest.mark.parametrize("name", list(SABOTAGE))
def test_check_names_what_gave_way(
    owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    of_pages = {"pages", "numbers", "caches"}  # they ask the portal, not the database
    asked = {key: probe for key, probe in PROBES.items() if key not in of_pages}
    monkeypatch.setattr(isolation, "PROBES", asked)
    statements, expected = SABOTAGE[name]
    with damaged(owner, statements), undone():
        build_world()
        found = checked_by_operator()
    assert {key: detail for key, detail in failures(found).items() if key in expected} == expected
    assert set(failures(found)) == set(expected)
    assert not found.passed


def test_check_names_a_table_whose_policy_was_dropped(owner: psycopg.Connection) -> None:
    """Without a policy a locked table shows and takes nothing at all, so there is no cast here."""
    with damaged(owner, ["DROP POLICY mia_tenant ON audits_aimodel"]), undone():
        found = checked_by_operator()
    assert failures(found) == {"rules": "audits_aimodel"}


def test_check_names_pages_that_tell_too_much(world: World, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.services.leaky_urls"
    isolation_visit.addresses.cache_clear()
    try:
        found = failures(checked_by_operator())
        every = list(isolation_visit.addresses())
    finally:
        isolation_visit.addresses.cache_clear()
    assert set(found) == {"pages", "numbers"}
    assert found["pages"].split(", ") == every
    assert "model" in found["numbers"].split(", ")


def test_check_finds_a_manager_that_asks_for_no_scope(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unguarded: models.Manager[Any] = models.Manager()
    unguarded.model = IsolationCheck
    monkeypatch.setattr(IsolationCheck._meta, "default_manager", unguarded)
    assert failures(checked_by_operator()) == {"code": "IsolationCheck"}


def test_check_whose_probe_breaks_has_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM no_such_table")

    monkeypatch.setitem(PROBES, "read", broken)
    found = checked_by_operator()
    assert failures(found) == {"read": "The probe stopped: ProgrammingError."}
    assert len(found.probes) == len(PROBES)


def test_run_keeps_the_result_for_the_provider(world: World) -> None:
    with access.opened(world.ours.admin, slug=None):
        kept = isolation.run(provider_id=world.ours.provider.pk, actor=world.ours.admin)
        assert (kept.passed, kept.version, kept.tables) == (
            True,
            version(),
            len(queries.tables()),
        )
        assert [probe["key"] for probe in kept.probes] == list(PROBES)
        line = ProviderActivity.objects.get(verb="checked_isolation")
        assert (line.actor, line.object_id, chains.details(line)) == (
            world.ours.admin,
            kept.pk,
            {"passed": True},
        )
    with access.opened(world.theirs.admin, slug=None):
        assert not IsolationCheck.objects.filter(pk=kept.pk).exists()
