"""The tables, walls and rules are laid once, can be taken back, and stand in for former steps."""

import os
import subprocess
import sys
from collections.abc import Mapping

import psycopg
import pytest

from audits.tenancy.former import FORMER
from tests import keeper

# What the database holds besides rows: policies, triggers, functions of ours, keys and checks.
_LAID = """
SELECT 'policy', tablename || ' ' || policyname, concat(cmd, qual, with_check) FROM pg_policies
UNION ALL SELECT 'trigger', tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'key', conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
"""
_APPLIED = "SELECT name FROM django_migrations WHERE app = 'audits' ORDER BY name"
_TAKEN_BACK = {"policy", "trigger", "function"}


@pytest.fixture(scope="module")
def urls() -> Mapping[str, str]:
    """A database of its own, in which nothing was migrated yet."""
    found = keeper.ask("bare", f"migrations_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")
    migrate(found)
    return found


def migrate(urls: Mapping[str, str], *target: str) -> None:
    done = tried(urls, *target)
    assert done.returncode == 0, done.stderr


def tried(urls: Mapping[str, str], *target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "django", "migrate", *target, "--verbosity", "0"],
        cwd=keeper.ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": urls["owner_url"],
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def laid(urls: Mapping[str, str]) -> set[tuple[str, str, str]]:
    with psycopg.connect(urls["owner_url"]) as raw:
        return set(raw.execute(_LAID).fetchall())


def applied(urls: Mapping[str, str]) -> list[str]:
    with psycopg.connect(urls["owner_url"]) as raw:
        return [name for (name,) in raw.execute(_APPLIED)]


def test_walls_and_rules_are_taken_back_whole_and_laid_again(urls: Mapping[str, str]) -> None:
    before = laid(urls)
    assert {kind for kind, _, _ in before} == {*_TAKEN_BACK, "key"}
    migrate(urls, "audits", "0002_tables")
    bare = laid(urls)
    assert {kind for kind, _, _ in bare} == {"key"}
    assert bare < before
    migrate(urls)
    assert laid(urls) == before


def test_database_of_former_migrations_is_taken_as_it_stands(urls: Mapping[str, str]) -> None:
    before, present = laid(urls), applied(urls)
    with psycopg.connect(urls["owner_url"]) as raw:
        raw.execute("DELETE FROM django_migrations WHERE app = 'audits'")
        raw.cursor().executemany(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", FORMER
        )
    migrate(urls)
    assert laid(urls) == before
    assert {*applied(urls)} == {*present, *(name for _, name in FORMER)}


def test_database_between_former_migrations_is_refused_and_left_alone() -> None:
    """Some of them are noted; the tables of the last one are not there."""
    found = keeper.ask("bare", f"between_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")
    with psycopg.connect(found["owner_url"]) as raw:
        raw.execute("CREATE TABLE audits_provider (id bigint PRIMARY KEY)")
        raw.execute(
            "CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app text, name text,"
            " applied timestamptz)"
        )
        raw.cursor().executemany(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", FORMER[:40]
        )
    done = tried(found)
    assert done.returncode == 1
    assert "set up by an earlier version and not brought up to date" in done.stderr
    with psycopg.connect(found["owner_url"]) as raw:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert raw.execute(tables).fetchone() == (2,)


def test_set_up_that_was_cut_off_goes_on() -> None:
    found = keeper.ask("bare", f"cut_off_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")
    for last in ("0001_people", "0002_tables"):
        migrate(found, "audits", last)
    migrate(found)
    assert {kind for kind, _, _ in laid(found)} == {*_TAKEN_BACK, "key"}
