"""API tokens of somebody of two providers: one's identity provider reaches none of the other's."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits import tenancy
from audits.access import Vouched, opened
from audits.enums import Role
from audits.models import Activity, ApiToken, Membership, ProviderActivity, User
from audits.services import api_token as service
from tests import casts
from tests.factories import ProviderCast, World
from tests.tokens import change, make_token
from tests.web.test_reauthentication import vouched
from tests.web.test_two_houses import working_for


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture(params=["technician", "owner"])
def person(request: pytest.FixtureRequest, world: World) -> User:
    """Staff of both providers, and somebody of a client of each."""
    user = world.ours.people()[request.param]
    is_staff = request.param == "technician"
    with world.theirs.scope():
        Membership.objects.create(
            user=user,
            provider=world.theirs.provider,
            client=None if is_staff else world.stranger.client,
            role=Role.TECHNICIAN if is_staff else Role.CLIENT_OWNER,
            all_clients=is_staff,
        )
    return user


@pytest.fixture
def tokens(world: World, person: User) -> dict[str, ApiToken]:
    """One for each provider."""
    return {
        name: make_token(person, cast.provider, name=f"Token of {name}")[0]
        for name, cast in (("ours", world.ours), ("theirs", world.theirs))
    }


def by_password(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def named(browser: Browser, url: str) -> list[str]:
    answer = browser.get(url)
    assert answer.status_code == 200
    html = answer.content.decode()
    return [name for name in ("ours", "theirs") if f"Token of {name}" in html]


def lines(house: ProviderCast) -> list[str]:
    """What was done to tokens, by the log of the provider and those of its clients."""
    with tenancy.system_scope("the test looks at what is stored"):
        return [
            line.verb
            for model in (ProviderActivity, Activity)
            for line in model.objects.filter(object_type="apitoken", provider=house.provider)
        ]


@pytest.mark.parametrize("page", [("tokens", []), ("tokens_file", ["csv"])])
def test_vouched_session_lists_tokens_of_its_provider_alone(
    world: World, person: User, tokens: dict[str, ApiToken], page: tuple[str, list[str]]
) -> None:
    url = reverse(page[0], args=page[1])
    assert named(by_password(person), url) == ["ours", "theirs"]
    for name in tokens:
        house = getattr(world, name).provider
        assert named(vouched(person, house.pk), url) == [name]


def test_vouched_session_revokes_none_of_another_provider(
    world: World, person: User, tokens: dict[str, ApiToken]
) -> None:
    browser, token = vouched(person, world.ours.provider.pk), tokens["theirs"]
    foreign, absent = (reverse("token_revoke", args=[pk]) for pk in (token.pk, 10**9))
    assert by_password(person).get(foreign).status_code == 200
    for ask in (browser.get, browser.post):
        assert [ask(url).status_code for url in (foreign, absent)] == [404, 404]
    change(token)
    assert token.revoked_at is None
    own = reverse("token_revoke", args=[tokens["ours"].pk])
    assert browser.post(own).status_code == 302
    change(tokens["ours"])
    assert tokens["ours"].revoked_at is not None


def test_vouched_session_of_somebody_who_left_the_provider_reaches_no_token(
    world: World, person: User, tokens: dict[str, ApiToken]
) -> None:
    with world.ours.scope():
        Membership.objects.filter(user=person).delete()
    browser = vouched(person, world.ours.provider.pk)
    for token in tokens.values():
        if token.provider_id == world.theirs.provider.pk:
            url = reverse("token_revoke", args=[token.pk])
            assert by_password(person).get(url).status_code == 200
            assert browser.post(url).status_code == 404
            change(token)
            assert token.revoked_at is None


def test_scope_of_a_vouched_session_writes_no_token_of_another_provider(
    world: World, person: User, tokens: dict[str, ApiToken]
) -> None:
    here = Vouched(provider_id=world.ours.provider.pk, second_factor=True)
    now = timezone.now()
    with opened(person, slug=None, vouched=here):
        rows = ApiToken.objects.filter(user=person, name__startswith="Token of")
        assert rows.update(revoked_at=now) == 1
        with pytest.raises(tenancy.ScopeError):
            rows.update(provider=world.theirs.provider)
    change(tokens["theirs"])
    assert tokens["theirs"].revoked_at is None


def test_line_of_a_revoked_token_stands_at_its_own_provider(
    world: World, person: User, tokens: dict[str, ApiToken]
) -> None:
    browser = by_password(person)
    if world.ours.technician == person:
        browser = working_for(person, world.ours)
    before = lines(world.ours)
    assert browser.post(reverse("token_revoke", args=[tokens["theirs"].pk])).status_code == 302
    assert (lines(world.ours), lines(world.theirs)) == (before, ["revoked"])


def test_line_of_a_token_of_somebody_who_left_is_told_to_its_provider(
    world: World, person: User, tokens: dict[str, ApiToken]
) -> None:
    with world.theirs.scope():
        Membership.objects.filter(user=person, provider=world.theirs.provider).delete()
    with opened(person, slug=None) as (actor, _client):
        service.revoke(token=tokens["theirs"], actor=actor)
    with world.theirs.scope():
        assert ProviderActivity.objects.filter(verb="revoked").count() == 1
