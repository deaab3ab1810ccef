"""Rows of a provider itself behind the third wall: its staff sees them, and nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, transaction

from audits import tenancy
from audits.access import opened
from audits.models import ProviderModel
from tests.factories import World
from tests.tenancy.rows import (
    PROVIDER_MODELS,
    copy_of,
    house_row_of,
    reached,
    refusal,
    unguarded,
)

every_model = pytest.mark.parametrize("model", PROVIDER_MODELS, ids=lambda model: model.__name__)


@contextmanager
def refused_by_the_database(model: type[ProviderModel]) -> Iterator[None]:
    with pytest.raises(ProgrammingError, match=refusal(model)), transaction.atomic():
        yield


@every_model
def test_wall_c_alone_hides_and_keeps_rows_of_another_provider(
    world_with_rls: World, model: type[ProviderModel]
) -> None:
    world = world_with_rls
    foreign, own = house_row_of(world.theirs, model), house_row_of(world.ours, model)
    with world.theirs.scope():
        assert unguarded(model).filter(pk=foreign.pk).exists()
    with world.ours.scope():
        rows = unguarded(model)
        assert set(rows.values_list("provider_id", flat=True)) == {world.ours.provider.pk}
        assert reached(model, lambda: rows.filter(pk=foreign.pk)._raw_delete("default")) == 0
        with refused_by_the_database(model):
            rows.bulk_create([copy_of(foreign)])
        with refused_by_the_database(model):
            rows.filter(pk=own.pk).update(provider_id=world.theirs.provider.pk)


@every_model
def test_wall_c_alone_shows_a_client_scope_nothing_of_its_provider(
    world_with_rls: World, model: type[ProviderModel]
) -> None:
    world = world_with_rls
    own = house_row_of(world.ours, model)
    with world.ours.scope():
        assert unguarded(model).filter(pk=own.pk).exists()
    with world.here.scope():
        assert unguarded(model).count() == 0
        with refused_by_the_database(model):
            unguarded(model).bulk_create([copy_of(own)])
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        assert unguarded(model).count() == 0


@every_model
def test_doors_show_a_providers_rows_to_its_staff_alone(
    world_with_rls: World, model: type[ProviderModel]
) -> None:
    world = world_with_rls
    own = house_row_of(world.ours, model)
    seen = {}
    for name, user in {**world.ours.people(), "their_admin": world.theirs.admin}.items():
        for slug in (None, world.here.client.slug):
            if slug and name in {"technician_of_none", "their_admin"}:
                continue  # this address answers 404 to them
            with opened(user, slug=slug):
                seen[name, bool(slug)] = unguarded(model).filter(pk=own.pk).exists()
    staff = {name for name in world.ours.people() if name.startswith(("admin", "technician"))}
    assert seen == {key: key[0] in staff for key in seen}
    assert {name for name, _ in seen} == {*world.ours.people(), "their_admin"}
