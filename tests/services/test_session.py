"""An administrator ends the sessions of the provider's own people, and that is written down."""

from datetime import UTC, datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore

from audits import tenancy
from audits.models import ProviderActivity, Session, User
from audits.services import session
from audits.services.errors import NotPossible
from tests.chains import details
from tests.factories import World


def opened(user: User, *provider_ids: int) -> str:
    """A stored session of the person, as the middleware notes it; returns its key."""
    store = SessionStore()
    store.create()
    key = str(store.session_key)
    session.note(
        user=user,
        session_id="",
        key=key,
        address="",
        agent="",
        begun_at=datetime.now(UTC),
        provider_ids=provider_ids,
    )
    return key


def lives(key: str) -> bool:
    return SessionStore().exists(key) and Session.objects.filter(key=key).exists()


@pytest.mark.parametrize("person", ["owner", "technician"])
def test_end_all_ends_every_session_and_writes_a_line(world: World, person: str) -> None:
    user, admin = world.ours.people()[person], world.ours.admin
    provider = world.ours.provider.pk
    keys, other = [opened(user, provider) for _ in "ab"], opened(world.ours.viewer, provider)
    with tenancy.scope(provider_id=provider, client_ids=(), provider_rows=True):
        assert session.end_all(provider_id=provider, user=user, actor=admin) == 2
        line = ProviderActivity.objects.latest("pk")
        told = details(line)
    assert [lives(key) for key in keys] == [False, False]
    assert lives(other)
    assert (line.actor, line.verb, line.object_id) == (admin, "ended the sessions of", user.pk)
    assert told == {"person": user.email, "sessions": 2}


def test_end_all_leaves_what_is_used_at_another_provider_alone(world: World) -> None:
    """And counts nothing of it: the line of one provider says nothing about the other one."""
    user, ours, theirs = world.ours.owner, world.ours.provider.pk, world.theirs.provider.pk
    here, both, there = opened(user, ours), opened(user, ours, theirs), opened(user, theirs)
    with tenancy.scope(provider_id=ours, client_ids=(), provider_rows=True):
        assert session.end_all(provider_id=ours, user=user, actor=world.ours.admin) == 2
        line = ProviderActivity.objects.latest("pk")
        assert details(line)["sessions"] == 2
    assert [lives(key) for key in (here, both, there)] == [False, False, True]


def test_end_all_refuses_people_of_another_provider(world: World) -> None:
    theirs = world.theirs.owner
    key = opened(theirs)
    provider = world.ours.provider.pk
    with (
        tenancy.scope(provider_id=provider, client_ids=(), provider_rows=True),
        pytest.raises(NotPossible),
    ):
        session.end_all(provider_id=provider, user=theirs, actor=world.ours.admin)
    assert lives(key)


def test_note_keeps_the_row_when_the_key_changes(world: World) -> None:
    user = world.ours.owner
    key = opened(user)
    row = Session.objects.get(key=key)
    told = session.note(
        user=user,
        session_id=str(row.pk),
        key="n" * 32,
        address="2001:db8::1",
        agent="x" * 900,
        begun_at=row.begun_at,
    )
    changed = Session.objects.get(user=user)
    assert (told, changed.pk, changed.key) == (str(row.pk), row.pk, "n" * 32)
    assert (changed.address, len(changed.agent)) == ("2001:db8::1", 300)


def test_note_forgets_sessions_that_are_over_for_long(world: World) -> None:
    user = world.ours.owner
    Session.objects.create(
        user=user, key="old", begun_at=datetime(2020, 1, 1, tzinfo=UTC), seen_at=datetime.now(UTC)
    )
    key = opened(user)
    assert [row.key for row in Session.objects.filter(user=user)] == [key]


def test_end_ends_only_a_session_of_that_person(world: World) -> None:
    key = opened(world.ours.viewer)
    row = Session.objects.get(key=key)
    assert session.end(user=world.ours.owner, session_id=str(row.pk)) is False
    assert lives(key)
    assert session.end(user=world.ours.viewer, session_id=str(row.pk)) is True
    assert not lives(key)
