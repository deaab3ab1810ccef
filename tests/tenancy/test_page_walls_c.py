"""Whole pages behind the third wall alone: door and managers are switched off, as mia_app."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from audits.enums import DataClass, ToolDecision
from audits.models import AITool
from tests import casts
from tests.factories import World
from tests.tenancy import walls_off
from tests.tenancy.rows import unguarded
from tests.web import marked
from tests.web.test_matrix import browser_of

both = pytest.mark.parametrize("neighbour", ["sibling", "stranger"])


@pytest.fixture
def world(cast_marked: World) -> Iterator[World]:
    with casts.undone(cast_marked) as lent:
        yield lent


@both
def test_wall_c_alone_keeps_every_page_free_of_foreign_rows(
    world: World, monkeypatch: pytest.MonkeyPatch, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    walls_off.without_wall_b(monkeypatch)
    walls_off.without_wall_a(monkeypatch, world, foreign)
    told = walls_off.foreign_marks(world, foreign)
    assert {name: marks for name, (_, marks) in told.items() if marks} == {}
    opened = {name for name, (status, _) in told.items() if status == 200}
    assert {"client", "models", "datasets", "tools", "audits", "reports", "api:models"} <= opened


def test_wall_c_alone_keeps_the_fleet_to_the_granted_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls_off.without_wall_b(monkeypatch)
    own = {marked.CLIENTS["here"]}
    assert walls_off.shown_of_fleet(world) == dict.fromkeys(walls_off.FLEET_PAGES, own)


@both
def test_wall_c_alone_refuses_what_a_page_would_write(
    world: World, monkeypatch: pytest.MonkeyPatch, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    walls_off.without_wall_b(monkeypatch)
    walls_off.without_wall_a(monkeypatch, world, foreign)
    given = {
        "name": "Planted",
        "data_class": DataClass.INTERNAL,
        "trains_on_data": "no",
        "decision": ToolDecision.UNDECIDED,
    }
    address = reverse("tool_new", kwargs={"slug": foreign.client.slug})
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        browser_of(world, "admin").post(address, given)
    with foreign.scope():
        assert not unguarded(AITool).filter(name="Planted").exists()
    assert walls_off.written(world, foreign) == set()
