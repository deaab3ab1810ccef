"""Who belongs where, behind the second wall alone: row-level security does not bind here."""

import pytest
from django.db import transaction

from audits.models import Grant, Membership
from audits.tenancy import ScopeError
from tests.factories import World
from tests.tenancy.people import MODELS, expected, foreign_row, managed, seen_through
from tests.tenancy.rows import copy_of, unguarded

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def test_wall_b_alone_shows_people_to_themselves_their_staff_and_their_client(
    world_without_rls: World,
) -> None:
    world = world_without_rls
    wanted = expected(world)
    assert seen_through(world, managed) == wanted
    assert all(len(unguarded(model)) > 1 for model in MODELS)  # row-level security is off


@every_model
def test_wall_b_alone_refuses_to_write_people_of_another_provider(
    world_without_rls: World, model: type[Membership | Grant]
) -> None:
    world = world_without_rls
    foreign = foreign_row(world, model)
    rows = model._default_manager
    for entered in (world.ours.scope, world.here.scope):
        with entered():
            assert unguarded(model).filter(pk=foreign.pk).exists()
            assert rows.filter(pk=foreign.pk).update(client_id=world.here.client.pk) == 0
            for write in (foreign.save, foreign.delete, copy_of(foreign).save):
                with pytest.raises(ScopeError), transaction.atomic():
                    write()
    with world.ours.scope(), pytest.raises(ScopeError), transaction.atomic():
        rows.update(provider_id=world.theirs.provider.pk)
    for touch in (rows.count, foreign.save, foreign.delete):
        with pytest.raises(ScopeError):
            touch()
