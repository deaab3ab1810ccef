"""What an auditor keeps: a dated line for each log, and what noted lines are good for."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from audits import tenancy
from audits.services import activity
from tests import chains
from tests.factories import World, make_client


def verify(*words: str) -> list[str]:
    said = io.StringIO()
    call_command("verify_activity", *words, stdout=said)
    return said.getvalue().splitlines()


@pytest.fixture
def slug(world: World) -> str:
    with world.here.scope():
        activity.record(
            client=world.here.client, actor=world.ours.admin, verb="changed", obj=world.here.model
        )
        chains.seal()
    return world.here.client.slug


def test_every_log_gets_a_dated_line(world: World, slug: str) -> None:
    found = verify()
    assert len(found) == 6  # two providers, four clients
    dated = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INTACT (provider|client) .+: \d+ lines; \d+:[0-9a-f]{64}"
    )
    assert all(re.fullmatch(dated, line) for line in found)


def test_one_log_is_named_by_client_or_provider(world: World, slug: str) -> None:
    (line,) = verify("--client", slug)
    assert f"client {slug}: 2 lines; 2:" in line
    (line,) = verify("--provider", str(world.theirs.provider.pk))
    assert f"provider {world.theirs.provider.pk} (Quay Managed IT): 1 lines; 1:" in line
    for words in (("--client", "nowhere-0000"), ("--provider", "999999999")):
        with pytest.raises(CommandError, match="no such"):
            verify(*words)


def test_line_noted_earlier_is_compared(world: World, slug: str) -> None:
    noted = verify("--client", slug)[0].rsplit(maxsplit=1)[1]
    assert len(verify("--client", slug, "--noted", noted)) == 1
    for forged in (f"2:{'0' * 64}", "3:abc"):
        with pytest.raises(CommandError, match="1 of 1"):
            verify("--client", slug, "--noted", forged)
    with pytest.raises(CommandError, match="name the chain"):
        verify("--noted", noted)


def test_new_log_is_empty_and_intact(world: World) -> None:
    provider = world.ours.provider.pk
    with tenancy.scope(provider_id=provider, client_ids=()):
        made = make_client(provider, "New")
    (line,) = verify("--client", made.slug)
    assert line.endswith(": 0 lines; empty")
