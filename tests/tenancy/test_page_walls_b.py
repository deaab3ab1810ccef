"""Whole pages behind the second wall alone: row-level security does not bind the owner."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import DataClass, ToolDecision
from audits.models import AITool
from audits.tenancy import ScopeError
from tests import casts
from tests.factories import World
from tests.tenancy import walls_off
from tests.tenancy.rows import unguarded
from tests.web import marked
from tests.web.test_matrix import browser_of

both = pytest.mark.parametrize("neighbour", ["sibling", "stranger"])


@pytest.fixture
def world(owners_marked_cast: World) -> Iterator[World]:
    with casts.undone(owners_marked_cast) as lent:
        yield lent


@both
def test_wall_b_alone_keeps_every_page_free_of_foreign_rows(
    world: World, monkeypatch: pytest.MonkeyPatch, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    walls_off.without_wall_a(monkeypatch, world, foreign)
    told = walls_off.foreign_marks(world, foreign)
    assert {name: marks for name, (_, marks) in told.items() if marks} == {}
    opened = {name for name, (status, _) in told.items() if status == 200}
    assert {"client", "models", "datasets", "tools", "audits", "reports", "api:models"} <= opened


@both
def test_without_any_wall_the_same_pages_show_the_foreign_client(
    world: World, monkeypatch: pytest.MonkeyPatch, neighbour: str
) -> None:
    """The walls really are off in these tests, and the marks really there to be found."""
    foreign = getattr(world, neighbour)
    walls_off.without_wall_b(monkeypatch)
    walls_off.without_wall_a(monkeypatch, world, foreign)
    told = walls_off.foreign_marks(world, foreign)
    silent = {name for name, (_, marks) in told.items() if not marks}
    assert silent | walls_off.NAMING == set(walls_off.SILENT)
    assert walls_off.written(world, foreign) == walls_off.WRITING


def test_without_any_wall_the_fleet_shows_every_client(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls_off.without_wall_b(monkeypatch)
    shown = walls_off.shown_of_fleet(world)
    bounded = {name for name, marks in shown.items() if marks <= {marked.CLIENTS["here"]}}
    assert bounded == walls_off.BOUNDED | walls_off.NARROWED
    assert {frozenset(shown[name]) for name in shown if name not in bounded} == {
        frozenset(marked.CLIENTS.values())
    }


def test_wall_b_alone_keeps_the_fleet_to_the_granted_list(world: World) -> None:
    own = {marked.CLIENTS["here"]}
    assert walls_off.shown_of_fleet(world) == dict.fromkeys(walls_off.FLEET_PAGES, own)


@both
def test_wall_b_alone_refuses_what_a_page_would_write(
    world: World, monkeypatch: pytest.MonkeyPatch, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    walls_off.without_wall_a(monkeypatch, world, foreign)
    given = {
        "name": "Planted",
        "data_class": DataClass.INTERNAL,
        "trains_on_data": "no",
        "decision": ToolDecision.UNDECIDED,
    }
    address = reverse("tool_new", kwargs={"slug": foreign.client.slug})
    with pytest.raises(ScopeError):
        browser_of(world, "admin").post(address, given)
    with world.here.scope():
        assert not unguarded(AITool).filter(name="Planted").exists()
    assert walls_off.written(world, foreign) == set()
