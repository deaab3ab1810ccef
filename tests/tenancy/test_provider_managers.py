"""Rows of a provider itself behind the second wall alone: row-level security does not bind here."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from audits.models import ProviderModel
from audits.tenancy import ScopeError
from tests.factories import World
from tests.tenancy.rows import PROVIDER_MODELS, copy_of, house_row_of, reached, unguarded

every_model = pytest.mark.parametrize("model", PROVIDER_MODELS, ids=lambda model: model.__name__)


@contextmanager
def refused() -> Iterator[None]:
    """The scope's refusal, rolled back to where it happened."""
    with pytest.raises(ScopeError), transaction.atomic():
        yield


@every_model
def test_wall_b_alone_hides_and_keeps_rows_of_another_provider(
    world_without_rls: World, model: type[ProviderModel]
) -> None:
    world = world_without_rls
    foreign, own = house_row_of(world.theirs, model), house_row_of(world.ours, model)
    rows = model._default_manager
    with world.ours.scope():
        assert unguarded(model).filter(pk=foreign.pk).exists()  # row-level security is off
        assert set(rows.values_list("provider_id", flat=True)) == {world.ours.provider.pk}
        assert rows.filter(pk=own.pk).exists()
        one = rows.filter(pk=foreign.pk)
        assert reached(model, lambda: one.update(provider_id=world.ours.provider.pk)) == 0
        for write in (foreign.save, foreign.delete, copy_of(foreign).save):
            with refused():
                write()
        with refused():
            rows.filter(pk=own.pk).update(provider_id=world.theirs.provider.pk)
        with pytest.raises(model.DoesNotExist):
            foreign.refresh_from_db()


@every_model
def test_wall_b_alone_raises_outside_a_scope(
    world_without_rls: World, model: type[ProviderModel]
) -> None:
    row = house_row_of(world_without_rls.ours, model)
    for touch in (model._default_manager.count, row.refresh_from_db, row.save, row.delete):
        with refused():
            touch()


@every_model
def test_wall_b_alone_shows_a_client_scope_nothing_of_its_provider(
    world_without_rls: World, model: type[ProviderModel]
) -> None:
    world = world_without_rls
    own = house_row_of(world.ours, model)
    with world.here.scope():
        assert unguarded(model).filter(pk=own.pk).exists()
        assert model._default_manager.count() == 0
        with refused():
            copy_of(own).save()
