"""API tokens behind the third wall: their person, the provider's staff, the one presented."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from audits import tenancy
from audits.access import opened, presented
from audits.models import ApiToken
from tests.factories import World
from tests.tenancy.rows import unguarded
from tests.tenancy.token_rows import another, tokens_expected, tokens_shown


@contextmanager
def refused_by_the_database() -> Iterator[None]:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        yield


def test_rls_alone_shows_tokens_to_their_person_and_the_staff(world_with_rls: World) -> None:
    assert tokens_shown(world_with_rls, managed=False) == tokens_expected(world_with_rls)


def test_rls_refuses_tokens_for_somebody_else(world_with_rls: World) -> None:
    world = world_with_rls
    own, foreign = world.ours.owner_token, world.theirs.owner_token
    with opened(world.theirs.owner, slug=None):
        assert unguarded(ApiToken).filter(pk=foreign.pk).exists()
    rows = unguarded(ApiToken)
    with opened(world.ours.owner, slug=None):
        rows.bulk_create([another(own)])
        with refused_by_the_database():
            rows.bulk_create([another(own, user=world.ours.viewer, prefix="mia_Another2")])
        with refused_by_the_database():
            rows.filter(pk=own.pk).update(
                user_id=world.theirs.owner.pk, provider_id=world.theirs.provider.pk
            )
        assert rows.filter(pk=foreign.pk).update(name="taken") == 0
        assert rows.filter(pk=foreign.pk)._raw_delete("default") == 0
    with opened(world.ours.admin, slug=None):
        with refused_by_the_database():
            rows.bulk_create([another(own, prefix="mia_Another3")])
        assert rows.filter(pk=own.pk)._raw_delete("default") == 0
        assert rows.filter(pk=own.pk).update(revoked_at=timezone.now()) == 1


def test_rls_shows_nothing_in_the_scope_of_a_client_or_outside(world_with_rls: World) -> None:
    world = world_with_rls
    with world.here.scope():
        assert unguarded(ApiToken).count() == 0
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        assert unguarded(ApiToken).count() == 0
    assert unguarded(ApiToken).count() == 0


def test_presented_token_is_all_that_its_request_sees(world_with_rls: World) -> None:
    own = world_with_rls.ours.owner_token
    with presented(own.prefix) as token:
        assert token == own
        assert unguarded(ApiToken).count() == 1
        assert tenancy.current_scope().client_ids == frozenset()
    for prefix in ("mia_Nothing0", ""):
        with presented(prefix) as token:
            assert token is None
            assert unguarded(ApiToken).count() == 0
