"""API tokens behind the second wall alone: row-level security does not bind here."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.utils import timezone

from audits.access import opened
from audits.models import ApiToken
from audits.tenancy import ScopeError
from tests.factories import World
from tests.tenancy.rows import unguarded
from tests.tenancy.token_rows import another, tokens_expected, tokens_shown


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(ScopeError), transaction.atomic():
        yield


def test_manager_alone_shows_tokens_to_their_person_and_the_staff(
    world_without_rls: World,
) -> None:
    world = world_without_rls
    with world.ours.scope():
        assert unguarded(ApiToken).count() == 2  # row-level security is off
    assert tokens_shown(world, managed=True) == tokens_expected(world)


def test_manager_refuses_tokens_for_somebody_else(world_without_rls: World) -> None:
    world = world_without_rls
    own, foreign = world.ours.owner_token, world.theirs.owner_token
    with opened(world.ours.owner, slug=None):
        another(own).save()
        for write in (another(own, user=world.ours.viewer).save, foreign.save, foreign.delete):
            with refused():
                write()
        with refused():
            ApiToken.objects.filter(pk=own.pk).update(user=world.ours.viewer)
        assert ApiToken.objects.filter(pk=foreign.pk).update(name="taken") == 0
    with opened(world.ours.admin, slug=None):
        with refused():
            another(own, prefix="mia_Another2").save()
        assert ApiToken.objects.filter(pk=own.pk).update(revoked_at=timezone.now()) == 1
        with refused():
            own.delete()


def test_manager_raises_outside_a_scope(world_without_rls: World) -> None:
    token = world_without_rls.ours.owner_token
    for touch in (ApiToken.objects.count, token.refresh_from_db, token.save, token.delete):
        with refused():
            touch()
