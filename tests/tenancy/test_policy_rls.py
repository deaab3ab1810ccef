"""A rating policy is read where it holds: a client's there, a provider's at all of its clients."""

import pytest
from django.db import DatabaseError, ProgrammingError, transaction

from audits.models import RatingPolicy
from tests.factories import World
from tests.tenancy.policies import every, expected, seen_in
from tests.tenancy.rows import NO_RIGHT, copy_of, unguarded


def test_rls_alone_shows_policies_where_they_hold(world_with_rls: World) -> None:
    world = world_with_rls
    assert len({row.pk for row in every(world)}) == 6
    rows = unguarded(RatingPolicy)
    assert seen_in(world, lambda: set(rows.all().values_list("pk", flat=True))) == expected(world)


@pytest.mark.parametrize("name", ["ours", "sibling", "stranger", "theirs"])
def test_rls_keeps_policies_out_of_a_foreign_place(world_with_rls: World, name: str) -> None:
    """People of a client write none for its provider either, though they read that one."""
    world = world_with_rls
    foreign = getattr(world, name)
    with foreign.scope():
        assert unguarded(RatingPolicy).filter(pk=foreign.rating_policy.pk).exists()
    fresh = copy_of(foreign.rating_policy)
    fresh.number = 2
    with (
        world.here.scope(),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        unguarded(RatingPolicy).bulk_create([fresh])


def test_policy_of_the_own_place_can_be_added_and_never_changed(world_with_rls: World) -> None:
    world = world_with_rls
    fresh = copy_of(world.here.rating_policy)
    fresh.number = 2
    with world.here.scope():
        unguarded(RatingPolicy).bulk_create([fresh])
        rows = unguarded(RatingPolicy).filter(pk=world.here.rating_policy.pk)
        with pytest.raises(DatabaseError, match=NO_RIGHT), transaction.atomic():
            rows.update(reason="Another")
        with pytest.raises(DatabaseError, match=NO_RIGHT), transaction.atomic():
            rows._raw_delete("default")
        assert rows.filter(reason=world.here.rating_policy.reason).exists()
