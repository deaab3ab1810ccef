"""The same behind the second wall alone: row-level security does not bind here."""

import pytest
from django.db import transaction

from audits.models import RatingPolicy
from audits.tenancy import ScopeError
from tests.factories import World
from tests.tenancy.policies import every, expected, seen_in
from tests.tenancy.rows import copy_of, unguarded


def test_managers_alone_show_policies_where_they_hold(world_without_rls: World) -> None:
    world = world_without_rls
    with world.ours.scope():
        assert unguarded(RatingPolicy).filter(pk__in=[r.pk for r in every(world)]).count() == 6
    shown = seen_in(world, lambda: set(RatingPolicy.objects.values_list("pk", flat=True)))
    assert shown == expected(world)


def test_manager_refuses_to_write_a_policy_for_others(world_without_rls: World) -> None:
    world = world_without_rls
    for foreign in every(world):
        if foreign == world.here.rating_policy:
            continue
        with world.here.scope(), pytest.raises(ScopeError), transaction.atomic():
            copy_of(foreign).save()


def test_manager_of_policies_raises_outside_a_scope(world_without_rls: World) -> None:
    with pytest.raises(ScopeError):
        RatingPolicy.objects.count()
