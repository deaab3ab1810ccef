"""Every command: what it does for one client leaves the next one as it was and tells nothing of it.

How each comes to rows of clients stands in tests/services/test_job_walls.py::COMMANDS.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from audits.enums import Role
from audits.models import Removal, ReportSeal
from audits.queries.isolation import tables as walled_tables
from audits.reports import seal
from tests import casts, statements
from tests.factories import World
from tests.people import make_operator
from tests.second_factor import protect
from tests.services.test_job_walls import COMMANDS, snapshot
from tests.web import marked

NONE = "no row of a client"
REASON = "Import stuck, ticket 4711"
NEW = "zoe@new.example"
Words = tuple[str, ...]
# No database, or one that is still empty: what they do is tested where they are.
ELSEWHERE = {
    "audit": "tests/cli/test_audit_command.py",
    "backup": "tests/backup/test_backup.py",
    "restore": "tests/backup/test_backup.py",
    "seed_demo": "tests/services/test_demo.py",
    "seed_scale": "tests/services/test_seed_scale.py",
    "up": "tests/servers/test_up.py",
}


def a_member(world: World, _folder: Path) -> Words:
    return "add_member", NEW, "--role", Role.CLIENT_VIEWER, "--client", world.here.client.slug


def no_operator_any_more(world: World, _folder: Path) -> Words:
    return "add_operator", world.here.operator.email, "--remove"


def a_provider(_world: World, _folder: Path) -> Words:
    return "add_provider", "Northgate IT", "--admin", NEW


def a_look(world: World, _folder: Path) -> Words:
    operator = make_operator("op@platform.example").email
    slug = world.here.client.slug
    return "break_glass", "--client", slug, "--operator", operator, "--reason", REASON


def a_lost_factor(world: World, _folder: Path) -> Words:
    protect(world.ours.owner)
    return "reset_second_factor", world.ours.owner.email, "--reason", REASON


def one_log(world: World, _folder: Path) -> Words:
    return "verify_activity", "--client", world.here.client.slug


def letters(_world: World, _folder: Path) -> Words:
    return ("outbox",)


def bytes_that_wait(_world: World, _folder: Path) -> Words:
    Removal.objects.create(name="a-name-of-nothing")
    return "removals", "--now"


def a_link(_world: World, _folder: Path) -> Words:
    return "set_up_link", "--address", "https://portal.example", "--if-empty"


def a_report(_world: World, folder: Path) -> Words:
    pdf = b"%PDF-1.7 mia-report:" + b"0" * 20
    ReportSeal.objects.create(code=seal.digest_of("0" * 20), pdf=hashlib.sha256(pdf).hexdigest())
    (folder / "report.pdf").write_bytes(pdf)
    return "verify_report", str(folder / "report.pdf")


def the_walls(_world: World, _folder: Path) -> Words:
    return ("tenancy_check",)


Arranged = Callable[[World, Path], Words]
# What is said to a command, and whether it changes rows of the client it is about.
OF_CLIENTS: dict[str, tuple[Arranged, bool]] = {
    "add_member": (a_member, True),
    "add_operator": (no_operator_any_more, True),
    "add_provider": (a_provider, False),
    "break_glass": (a_look, True),
    "reset_second_factor": (a_lost_factor, True),
    "tenancy_check": (the_walls, False),
    "verify_activity": (one_log, False),
}
OF_NOBODY: dict[str, Arranged] = {
    "outbox": letters,
    "removals": bytes_that_wait,
    "set_up_link": a_link,
    "verify_report": a_report,
}


@pytest.fixture
def world(cast_marked: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    with casts.undone(cast_marked) as lent:
        yield lent


def said(words: Words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_every_command_is_tried_or_tested_elsewhere() -> None:
    assert {*OF_CLIENTS, *OF_NOBODY, *ELSEWHERE} == set(COMMANDS)
    assert set(OF_NOBODY) == {name for name, how in COMMANDS.items() if how == NONE}


@pytest.mark.parametrize("name", sorted(OF_CLIENTS))
def test_command_for_one_client_leaves_the_next_as_it_was(
    world: World, tmp_path: Path, name: str
) -> None:
    arrange, changes = OF_CLIENTS[name]
    words = arrange(world, tmp_path)
    neighbours = [world.sibling, world.stranger]
    own, before = snapshot(world.here), [snapshot(cast) for cast in neighbours]
    told = said(words)
    assert (snapshot(world.here) != own) == changes
    assert [snapshot(cast) for cast in neighbours] == before
    clients = set(marked.CLIENTS.values())
    assert marked.marks_in(told) & clients <= {marked.CLIENTS["here"]}


@pytest.mark.parametrize("name", sorted(OF_NOBODY))
def test_command_without_a_client_asks_for_no_row_of_one(
    world: World, tmp_path: Path, name: str
) -> None:
    words = OF_NOBODY[name](world, tmp_path)
    with statements.heard() as heard:
        said(words)
    assert statements.tables(heard)
    assert statements.tables(heard) & set(walled_tables()) == set()
