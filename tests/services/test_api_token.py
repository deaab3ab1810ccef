"""Making, recognising and revoking API tokens, and the lines that are left of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits import tenancy
from audits.access import Actor, opened
from audits.enums import TokenScope, TokenState
from audits.models import Activity, ApiToken, Membership, ProviderActivity, User
from audits.queries import api_token as tokens
from audits.queries.activity_content import content_of
from audits.services import api_token as service
from audits.services import token_text
from audits.services.errors import InvalidInput, NotPossible
from tests import casts
from tests.factories import World, make_user
from tests.tokens import change, make_token

EVERY = list(TokenScope)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def create(
    user: User,
    *,
    at: int | None = None,
    **values: Any,  # noqa: ANN401 - arguments of the service
) -> service.Made:
    with opened(user, slug=None, provider_id=at) as (actor, _):
        given = {"name": "Build", "scopes": [TokenScope.READ], **values}
        return service.create(actor=actor, **given)


def recognised(text: str, address: str) -> ApiToken:
    token = service.recognise(text=text, address=address)
    assert token is not None
    return token


def lines(world: World) -> dict[str, list[tuple[str, str]]]:
    """Who did what with a token, by the log in which it stands."""
    found = {}
    for name, cast in (("here", world.here), ("sibling", world.sibling)):
        with cast.scope():
            rows = Activity.objects.filter(object_type="apitoken")
            found[name] = list(rows.values_list("actor__email", "verb"))
    with world.ours.scope():
        house = ProviderActivity.objects.filter(object_type="apitoken")
        found["house"] = list(house.values_list("actor__email", "verb"))
    return found


def test_token_keeps_a_digest_and_ends_after_ninety_days(world: World) -> None:
    made = create(world.ours.owner)
    token = made.token
    assert token.expires_at - token.created_at == timedelta(days=90)
    assert (token.user, token.provider_id) == (world.ours.owner, world.ours.provider.pk)
    assert (token.scopes, token.client_ids, token.last_used_at) == (["read"], None, None)
    assert token.prefix == made.text[:12]
    kept = " ".join(str(value) for value in vars(token).values())
    assert made.text[12:55] not in kept
    assert made.text not in repr(made)


@pytest.mark.parametrize(
    ("person", "offered"),
    [
        ("admin", EVERY),
        ("technician_of_first", EVERY),
        ("technician_of_none", EVERY),
        ("owner", [TokenScope.READ]),
        ("viewer", [TokenScope.READ]),
    ],
)
def test_token_is_made_for_no_more_than_the_person_may(
    world: World, person: str, offered: list[TokenScope]
) -> None:
    user = world.ours.people()[person]
    assert create(user, scopes=offered).token.scopes == [scope.value for scope in offered]
    for scope in set(TokenScope) - set(offered):
        with pytest.raises(InvalidInput) as refused:
            create(user, scopes=[scope])
        assert refused.value.field == "scopes"
    with pytest.raises(InvalidInput):
        create(user, scopes=[])


@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_token_names_no_client_of_somebody_else(world: World, neighbour: str) -> None:
    user = world.ours.technician_of_first
    here, foreign = world.here.client.pk, getattr(world, neighbour)
    assert create(user, client_ids=[here]).token.client_ids == [here]
    with foreign.scope():
        assert type(foreign.client).objects.filter(pk=foreign.client.pk).exists()
    told = []
    for pk in (foreign.client.pk, 10**9):
        with pytest.raises(InvalidInput) as refused:
            create(user, client_ids=[here, pk])
        told.append((refused.value.field, str(refused.value)))
    assert told[0] == told[1]


@pytest.mark.parametrize("days", [0, -1, 366, 10**6])
def test_token_lasts_no_longer_than_a_year(world: World, days: int) -> None:
    assert create(world.ours.owner, days=365).token.expires_at > timezone.now()
    with pytest.raises(InvalidInput, match="between 1 and 365 days"):
        create(world.ours.owner, days=days)


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=365, seconds=1)])
def test_database_keeps_no_token_without_an_end(world: World, lasts: timedelta) -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError, match="api_token_ends"), transaction.atomic():
        make_token(world.ours.owner, world.ours.provider, created_at=now, expires_at=now + lasts)


def test_person_has_a_limited_number_of_tokens_in_use(world: World) -> None:
    for _ in range(service.MOST_IN_USE):
        last = create(world.ours.viewer).token
    with pytest.raises(InvalidInput, match="20 tokens in use"):
        create(world.ours.viewer)
    change(last, revoked_at=timezone.now())
    assert create(world.ours.viewer).token.pk


def test_person_without_a_provider_makes_no_token(world: World) -> None:
    with pytest.raises(NotPossible):
        create(make_user("nobody@nowhere.example"))


def test_token_is_recognised_and_its_use_is_noted_by_the_minute(world: World) -> None:
    made = create(world.ours.owner)
    found = recognised(made.text, "192.0.2.7")
    assert (found, found.user) == (made.token, world.ours.owner)
    assert found.last_used_at is not None
    assert (found.last_used_at.second, found.last_used_at.microsecond) == (0, 0)
    assert timezone.now() - found.last_used_at < timedelta(minutes=2)
    with opened(world.ours.owner, slug=None):
        kept = ApiToken.objects.get(pk=found.pk)
    assert (kept.last_used_at, kept.last_used_from) == (found.last_used_at, "192.0.2.7")
    long_ago = timezone.now() - timedelta(hours=3)
    change(kept, last_used_at=long_ago)
    again = recognised(made.text, "")
    assert again.last_used_at is not None
    assert again.last_used_at > long_ago
    assert again.last_used_from is None


def over(token: ApiToken) -> None:
    past = timezone.now() - timedelta(seconds=1)
    change(token, created_at=past - timedelta(days=1), expires_at=past)


def revoked(token: ApiToken) -> None:
    change(token, revoked_at=timezone.now())


def locked_out(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).update(is_active=False)


def replaced(token: ApiToken) -> None:
    change(token, digest="0" * 64)


@pytest.mark.parametrize("end", [over, revoked, locked_out, replaced])
def test_token_that_ended_is_not_recognised(world: World, end: object) -> None:
    made = create(world.ours.technician)
    assert service.recognise(text=made.text, address="") == made.token
    assert callable(end)
    end(made.token)
    assert service.recognise(text=made.text, address="") is None


def test_token_of_another_secret_is_not_recognised(world: World) -> None:
    first, second = create(world.ours.owner), create(world.ours.owner)
    _, elsewhere = make_token(world.theirs.owner, world.theirs.provider)
    mixed = token_text.TokenText(prefix=first.text[:12], secret=second.text[12:55])
    unknown = token_text.draw()
    for text in (mixed.reveal(), unknown.reveal(), first.text[:-1], ""):
        assert service.recognise(text=text, address="") is None
    assert recognised(elsewhere, "").user == world.theirs.owner


def test_revoked_token_stays_revoked(world: World) -> None:
    made = create(world.ours.owner)
    with opened(world.ours.owner, slug=None) as (actor, _):
        service.revoke(token=made.token, actor=actor)
        with pytest.raises(NotPossible):
            service.revoke(token=made.token, actor=actor)
    assert service.recognise(text=made.text, address="") is None


def revoke_as(user: User, token: ApiToken) -> None:
    with opened(user, slug=None) as (actor, _):
        service.revoke(token=tokens.in_scope().get(pk=token.pk), actor=actor)


def test_tokens_of_staff_stand_in_the_log_of_the_provider(world: World) -> None:
    technician, admin = world.ours.technician, world.ours.admin
    revoke_as(admin, create(technician).token)
    assert lines(world) == {
        "here": [],
        "sibling": [],
        "house": [(admin.email, "revoked"), (technician.email, "created")],
    }


def test_tokens_of_a_clients_people_stand_in_the_log_of_that_client(world: World) -> None:
    owner, admin = world.ours.owner, world.ours.admin
    made = create(owner, days=7)
    revoke_as(admin, made.token)
    assert lines(world) == {
        "here": [(admin.email, "revoked"), (owner.email, "created")],
        "sibling": [],
        "house": [],
    }
    with world.here.scope():
        created = Activity.objects.get(object_type="apitoken", verb="created")
        said = content_of(created)
    assert said.name == "Build"
    assert dict(said.details) == {
        "person": owner.email,
        "prefix": made.token.prefix,
        "scopes": ["read"],
        "days": 7,
    }


def test_token_of_somebody_who_left_is_revoked_in_the_log_of_the_provider(world: World) -> None:
    token = create(world.ours.owner).token
    with tenancy.system_scope("somebody leaves"):
        Membership.objects.filter(user=world.ours.owner).delete()
    revoke_as(world.ours.admin, token)
    assert lines(world)["house"] == [(world.ours.admin.email, "revoked")]


def test_every_token_of_a_person_ends_together(world: World) -> None:
    mine = [create(world.ours.owner) for _ in range(2)]
    other = create(world.ours.viewer)
    with tenancy.system_scope("a person of two providers"):
        Membership.objects.create(
            user=world.ours.owner,
            provider=world.theirs.provider,
            client=world.stranger.client,
            role="client_owner",
        )
    mine.append(create(world.ours.owner, at=world.theirs.provider.pk))
    assert service.revoke_all(user=world.ours.owner) == 4  # one is of the cast
    assert service.revoke_all(user=world.ours.owner) == 0
    with world.stranger.scope():
        assert Activity.objects.filter(object_type="apitoken", verb="revoked").count() == 1
    assert [service.recognise(text=made.text, address="") for made in mine] == [None] * 3
    assert service.recognise(text=other.text, address="") == other.token


def test_list_shows_how_each_token_stands(world: World) -> None:
    user, now = world.ours.technician, timezone.now()
    day = timedelta(days=1)
    for days, name in ((90, "active"), (13, "ending")):
        make_token(user, world.ours.provider, name=name, expires_at=now + days * day)
    make_token(
        user, world.ours.provider, name="expired", created_at=now - 2 * day, expires_at=now - day
    )
    make_token(user, world.ours.provider, name="revoked", revoked_at=now)
    with opened(user, slug=None):
        rows = tokens.of_person(user.pk)
    assert [(row.name, row.state) for row in rows] == [
        ("ending", TokenState.ENDING),
        ("active", TokenState.ACTIVE),
        ("revoked", TokenState.REVOKED),
        ("expired", TokenState.EXPIRED),
    ]


def actor_of(user: User) -> Actor:
    with opened(user, slug=None) as (actor, _):
        return actor


def test_person_keeps_using_a_token_only_while_they_may(world: World) -> None:
    """The narrowing is decided anew at each request, never stored."""
    user = world.ours.technician_of_first
    token, _ = make_token(user, world.ours.provider)
    with opened(user, slug=None, token=token) as (actor, _client):
        assert actor.client_ids == {world.here.client.pk}
    with tenancy.system_scope("a grant is taken"):
        Membership.objects.filter(user=user).delete()
    with opened(user, slug=None, token=token) as (actor, _client):
        assert (actor.client_ids, actor.staff_role) == (frozenset(), None)


def test_token_of_one_provider_opens_nothing_of_another(world: World) -> None:
    user = world.ours.owner
    with tenancy.system_scope("a person of two providers"):
        Membership.objects.create(
            user=user,
            provider=world.theirs.provider,
            client=world.stranger.client,
            role="client_owner",
        )
    token, _ = make_token(user, world.ours.provider)
    foreign, _ = make_token(user, world.theirs.provider)
    with opened(user, slug=None, token=token) as (actor, _client):
        assert actor.client_ids == {world.here.client.pk}
    with opened(user, slug=None, token=foreign) as (actor, _client):
        assert actor.client_ids == {world.stranger.client.pk}
