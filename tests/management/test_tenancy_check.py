"""The self-check on the command line: a line for each probe, and an exit code."""

import io
import re
from collections.abc import Mapping

import psycopg
import pytest
from django.core.management import call_command
from django.db import transaction

from audits.queries import isolation
from audits.queries.health import version
from tests.factories import World


def said(*options: str) -> str:
    out = io.StringIO()
    call_command("tenancy_check", *options, stdout=out)
    return out.getvalue()


def test_check_prints_a_dated_line_for_each_probe(world: World) -> None:
    lines = said().splitlines()
    first = rf"MIA Portal {re.escape(version())}, \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC, \d+ tables"
    assert re.match(first, lines[0])
    titles = [str(title) for title in isolation.TITLES.values()]
    assert [line[16:] for line in lines if line.startswith("OK")] == titles
    assert re.fullmatch(rf"All {len(titles)} checks passed on \d+ \w+ \d{{4}}\.", lines[-1])


def test_check_is_silent_where_only_failures_are_asked_for(world: World) -> None:
    assert said("--failed-only") == ""


@pytest.mark.django_db
def test_check_ends_with_code_one_and_names_the_table(database_urls: Mapping[str, str]) -> None:
    rule = "mia_tenant ON audits_aimodel"
    with psycopg.connect(database_urls["owner_url"], autocommit=True) as owner:
        row = owner.execute(
            "SELECT qual FROM pg_policies WHERE tablename = 'audits_aimodel'"
        ).fetchone()
        assert row is not None
        owner.execute(f"DROP POLICY {rule}".encode())
        try:
            out = io.StringIO()
            with transaction.atomic():
                with pytest.raises(SystemExit) as ended:
                    call_command("tenancy_check", "--failed-only", stdout=out)
                transaction.set_rollback(True)
        finally:
            owner.execute(f"CREATE POLICY {rule} USING ({row[0]}) WITH CHECK ({row[0]})".encode())
    assert ended.value.code == 1
    failed = [line for line in out.getvalue().splitlines() if line.startswith("Failed")]
    assert [line[16:] for line in failed] == [str(isolation.TITLES["rules"])]
    assert "audits_aimodel" in out.getvalue()
