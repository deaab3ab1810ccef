"""Lines from before there were chains: the migration chains them, and can be taken back."""

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping

import psycopg
import pytest

from tests import keeper

(_CHAINS,) = (keeper.ROOT / "audits" / "migrations").glob("*_activity_chains.py")
((_, BEFORE),) = importlib.import_module(f"audits.migrations.{_CHAINS.stem}").Migration.dependencies


@pytest.fixture(scope="module")
def urls() -> Mapping[str, str]:
    """A database of its own, in which nothing was migrated yet."""
    return keeper.ask("bare", f"old_lines_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")


def python(urls: Mapping[str, str], role: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *words],
        cwd=keeper.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": urls[role]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# With the models of that day, as the owner, whom row-level security does not bind.
LAY_OLD_LINES = f"""
import django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
apps = MigrationLoader(connection).project_state([("audits", {BEFORE!r})]).apps
rows = lambda name: apps.get_model("audits", name).objects
ada = rows("User").create(email="ada@quay.example", name="Ada", password="!")
quay = rows("Provider").create(name="Quay")
for number in (1, 2):
    client = rows("Client").create(provider=quay, name="Harbour", slug=f"harbour-{{number}}")
    for object_id in range(3):
        rows("Activity").create(
            provider=quay, client=client, actor=ada if object_id else None, verb="changed",
            object_type="aimodel", object_id=object_id, object_name="Förecast",
            details={{"fields": ["name"]}},
        )
rows("Activity").update(at="2026-01-02T03:04:05.5Z")
rows("ProviderActivity").create(
    provider=quay, actor=ada, verb="admitted", object_type="user", object_id=ada.pk,
    object_name="Ada", details={{}},
)
"""


def migrate(urls: Mapping[str, str], *target: str) -> None:
    python(urls, "owner_url", "-m", "django", "migrate", *target, "--verbosity", "0")


def test_old_lines_become_chains_and_come_back(urls: Mapping[str, str]) -> None:
    migrate(urls, "audits", BEFORE)
    python(urls, "owner_url", "-c", LAY_OLD_LINES)
    migrate(urls, "audits", _CHAINS.stem)
    with psycopg.connect(urls["owner_url"]) as raw:
        at = raw.execute("SELECT DISTINCT at FROM audits_activity").fetchall()
        sealed = raw.execute("SELECT string_agg(sealed, '') FROM audits_activitypayload").fetchone()
    assert [found.isoformat() for (found,) in at] == ["2026-01-02T03:04:05.500000+00:00"]
    assert sealed is not None
    assert "Förecast".encode() not in bytes(sealed[0])
    migrate(urls, "audits", BEFORE)
    with psycopg.connect(urls["owner_url"]) as raw:
        told = raw.execute("SELECT DISTINCT object_name, details FROM audits_activity").fetchall()
    assert told == [("Förecast", {"fields": ["name"]})]
    migrate(urls)
    said = python(urls, "app_url", "-m", "django", "verify_activity")
    assert "client harbour-1: 3 lines; 3:" in said
    assert "client harbour-2: 3 lines; 3:" in said
    assert "(Quay): 1 lines; 1:" in said
    assert "BROKEN" not in said
