"""The same behind the second wall alone: row-level security does not bind here."""

import pytest
from django.db import transaction

from audits.models import Invitation
from audits.tenancy import ScopeError
from tests.factories import World
from tests.tenancy.invitations import every, expected, seen_in
from tests.tenancy.rows import copy_of, unguarded


def test_managers_alone_show_invitations_where_they_lead(world_without_rls: World) -> None:
    world = world_without_rls
    with world.ours.scope():
        assert unguarded(Invitation).filter(pk__in=[r.pk for r in every(world)]).count() == 6
    shown = seen_in(world, lambda: set(Invitation.objects.values_list("pk", flat=True)))
    assert shown == expected(world)


def test_manager_refuses_to_write_an_invitation_for_others(world_without_rls: World) -> None:
    world = world_without_rls
    for foreign in (world.sibling.invitation, world.stranger.invitation, world.ours.invitation):
        with world.here.scope():
            for write in (foreign.save, foreign.delete, copy_of(foreign).save):
                with pytest.raises(ScopeError), transaction.atomic():
                    write()


def test_manager_of_invitations_raises_outside_a_scope(world_without_rls: World) -> None:
    with pytest.raises(ScopeError):
        Invitation.objects.count()
