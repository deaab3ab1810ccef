"""An invitation is seen at its place, and by who holds its link: by that row alone, to read."""

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from audits import tenancy
from audits.models import AIModel, Client, Invitation, Membership, Provider, ProviderActivity
from tests.factories import World
from tests.tenancy.invitations import every, expected, seen_in
from tests.tenancy.rows import copy_of, unguarded


def test_rls_alone_shows_invitations_where_they_lead(world_with_rls: World) -> None:
    world = world_with_rls
    assert len({row.pk for row in every(world)}) == 6
    rows = unguarded(Invitation)
    assert seen_in(world, lambda: set(rows.all().values_list("pk", flat=True))) == expected(world)


def test_link_shows_its_row_and_nothing_around_it(world_with_rls: World) -> None:
    world = world_with_rls
    with tenancy.scope(provider_id=None, client_ids=(), invitation=world.here.invitation.digest):
        assert unguarded(Invitation).count() == 1
        for model in (Client, Provider, Membership, AIModel, ProviderActivity):
            assert unguarded(model).count() == 0, model.__name__


def test_link_lets_nobody_write(world_with_rls: World) -> None:
    world = world_with_rls
    row = world.here.invitation
    with tenancy.scope(provider_id=None, client_ids=(), invitation=row.digest):
        rows = unguarded(Invitation)
        assert rows.filter(pk=row.pk).exists()
        assert rows.filter(pk=row.pk).update(revoked_at=timezone.now()) == 0
        assert rows.filter(pk=row.pk)._raw_delete("default") == 0
        fresh = copy_of(row)
        fresh.email, fresh.digest = "other@elsewhere.example", "f" * 64
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows.bulk_create([fresh])


@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_rls_keeps_invitations_out_of_a_foreign_place(
    world_with_rls: World, neighbour: str
) -> None:
    world = world_with_rls
    foreign = getattr(world, neighbour)
    with foreign.scope():
        assert unguarded(Invitation).filter(pk=foreign.invitation.pk).exists()
    fresh = copy_of(foreign.invitation)
    fresh.email, fresh.digest = "other@elsewhere.example", "f" * 64
    with world.here.scope():
        rows = unguarded(Invitation)
        assert rows.filter(pk=foreign.invitation.pk).update(revoked_at=timezone.now()) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows.bulk_create([fresh])
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows.filter(pk=world.here.invitation.pk).update(client=foreign.client.pk)
