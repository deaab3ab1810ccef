"""The page behind the link of an invitation: who gets in, who does not, and what a refusal says."""

import re
from collections.abc import Iterator

import pytest
from django.db.models.functions import Now
from django.test import Client as Browser
from django.urls import reverse

from audits.access import actor_for, opened
from audits.enums import Role
from audits.models import Invitation, Membership, User
from audits.queries.invitations import digest_of
from audits.services import invitation as service
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, words

EMAIL, PASSWORD = "zoe@elsewhere.example", "a long and winding passphrase"
FIELDS = {"name": "Zoe", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def invited(world: World, *, email: str = EMAIL, role: Role = Role.CLIENT_VIEWER) -> str:
    """The path of a link to the first client (or to the team, for a role of staff)."""
    links: list[str] = []

    def link(token: str) -> str:
        links.append(reverse("join", kwargs={"token": token}))
        return links[0]

    person, slug = world.ours.admin, world.here.client.slug
    at_client = role.is_held_at_a_client
    with opened(person, slug=slug if at_client else None) as (actor, client):
        service.invite(actor=actor, client=client, email=email, role=role, link=link)
    return links[0]


def test_newcomer_sets_name_and_password_and_is_in(world: World) -> None:
    path, browser = invited(world), Browser()
    asked = browser.get(path)
    said = words(asked.content.decode())
    for part in (world.here.client.name, world.ours.provider.name, EMAIL, "Viewer"):
        assert part in said
    assert "no-store" in asked["Cache-Control"]
    answer = browser.post(path, FIELDS, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("client", args=[world.here.client.slug])
    user = User.objects.get(email=EMAIL)
    assert (user.name, user.check_password(PASSWORD)) == ("Zoe", True)
    assert actor_for(user).roles == {world.here.client.pk: Role.CLIENT_VIEWER}


def test_address_of_an_invitation_cannot_be_typed_over(world: World) -> None:
    """Foreign id in the body: address, role and place come from the invitation alone."""
    path = invited(world)
    crafted = {
        **FIELDS,
        "email": "mallory@elsewhere.example",
        "role": Role.CLIENT_OWNER,
        "client": world.sibling.client.pk,
        "provider": world.theirs.provider.pk,
        "all_clients": "on",
    }
    assert Browser().post(path, crafted).status_code == 302
    assert not User.objects.filter(email__startswith="mallory").exists()
    assert actor_for(User.objects.get(email=EMAIL)).roles == {
        world.here.client.pk: Role.CLIENT_VIEWER
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"again": "something else entirely"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "This password is too short"),
        ({"password": "zoe@elsewhere.example", "again": "zoe@elsewhere.example"}, "too similar"),
        ({"name": ""}, "This field is required"),
        ({"name": "Zoe\n\nYour account is blocked."}, "A name is one line"),
        ({"name": "Zoe\x01Z"}, "A name is one line"),
        ({"name": "Zoe\u202eZ"}, "A name is one line"),
        ({"name": "Zoe\u2028Z"}, "A name is one line"),
    ],
)
def test_form_says_what_is_wrong_and_the_link_stays(
    world: World, change: dict[str, str], problem: str
) -> None:
    path = invited(world)
    answer = Browser().post(path, FIELDS | change)
    assert answer.status_code == 200
    assert problem in words(answer.content.decode())
    assert PASSWORD not in answer.content.decode()
    assert Browser().post(path, FIELDS).status_code == 302


def test_looking_does_not_use_the_link_up(world: World) -> None:
    """Scanners of mail follow every link in it."""
    path = invited(world)
    assert [Browser().get(path).status_code for _ in range(3)] == [200] * 3
    assert not User.objects.filter(email=EMAIL).exists()
    assert Browser().post(path, FIELDS).status_code == 302


def test_account_that_exists_logs_in_first(world: World) -> None:
    user = world.theirs.viewer
    path = invited(world, email=user.email)
    answer = Browser().post(path, FIELDS)
    said = words(answer.content.decode())
    assert "You have an account already" in said
    assert f"{reverse('account_login')}?next={path}" in answer.content.decode()
    assert not User.objects.get(pk=user.pk).check_password(PASSWORD)
    browser = Browser()
    browser.force_login(user)
    assert "Join" in words(browser.get(path).content.decode())
    assert browser.post(path).status_code == 302
    here = actor_for(user, provider_id=world.ours.provider.pk)
    assert here.roles == {world.here.client.pk: Role.CLIENT_VIEWER}


@pytest.mark.parametrize("person", ["admin", "owner", "viewer"])
def test_another_account_is_refused_in_clear_words(world: World, person: str) -> None:
    path = invited(world, role=Role.CLIENT_OWNER)
    browser, user = browser_of(world, person), world.ours.people()[person]
    before = dict(actor_for(user).roles)
    for answer in (browser.get(path), browser.post(path, FIELDS)):
        assert answer.status_code == 403
        said = words(answer.content.decode())
        assert "This invitation is for another person" in said
        assert EMAIL not in said
    assert dict(actor_for(user).roles) == before
    assert not User.objects.filter(email=EMAIL).exists()
    assert Browser().get(path).status_code == 200


def _row(path: str) -> dict[str, str]:
    return {"digest": digest_of(path.rstrip("/").rpartition("/")[2])}


def used(world: World, path: str) -> None:
    Browser().post(path, FIELDS)


def out_of_date(world: World, path: str) -> None:
    with world.here.scope():
        assert Invitation.objects.filter(**_row(path)).update(expires_at=Now()) == 1


def taken_back(world: World, path: str) -> None:
    with world.here.scope():
        assert Invitation.objects.filter(**_row(path)).update(revoked_at=Now()) == 1


def inviter_removed(world: World, path: str) -> None:
    with world.ours.scope():
        assert Membership.objects.filter(user=world.ours.admin).delete()[0] == 1


@pytest.mark.parametrize("spoil", [used, out_of_date, taken_back, inviter_removed])
@pytest.mark.parametrize("person", ["anonymous", "viewer"])
def test_link_that_is_no_longer_valid_answers_like_one_that_never_was(
    world: World, person: str, spoil: object
) -> None:
    assert callable(spoil)
    path = invited(world)
    assert Browser().get(path).status_code == 200
    spoil(world, path)
    accounts = User.objects.count()
    browser = Browser() if person == "anonymous" else browser_of(world, person)
    never = browser.get(reverse("join", kwargs={"token": "A" * 43}))
    assert never.status_code == 404
    assert "This invitation is no longer valid" in words(never.content.decode())
    for answer in (browser.get(path), browser.post(path, FIELDS)):
        assert answer.status_code == 404
        assert same(answer.content) == same(never.content)
    assert User.objects.count() == accounts


def same(content: bytes) -> str:
    """The page without what differs between any two requests."""
    return re.sub(r'nonce="[^"]*"|value="[^"]*"', "", content.decode())


def test_link_of_one_place_leads_to_no_other(world: World) -> None:
    """An invitation valid in one tenant is worth nothing in another: the place is in its row."""
    path = invited(world)
    user_path = invited(world, email=world.theirs.owner.email)
    browser = Browser()
    browser.force_login(world.theirs.owner)
    assert browser.post(user_path).status_code == 302
    assert Browser().post(path, FIELDS).status_code == 302
    for user in (User.objects.get(email=EMAIL), world.theirs.owner):
        here = actor_for(user, provider_id=world.ours.provider.pk)
        assert here.client_ids == {world.here.client.pk}
        assert not here.is_staff


def test_person_who_holds_another_role_by_now_is_told_so(world: World) -> None:
    user = world.theirs.viewer
    path = invited(world, email=user.email)
    with world.ours.scope():
        Membership.objects.create(
            user=user,
            provider=world.ours.provider,
            client=world.here.client,
            role=Role.CLIENT_OWNER,
        )
    browser = Browser()
    browser.force_login(user)
    assert "there already as Owner" in words(browser.post(path).content.decode())
    with world.here.scope():
        assert Invitation.objects.get(**_row(path)).accepted_at is None


def test_colleague_joins_the_team(world: World) -> None:
    path = invited(world, role=Role.TECHNICIAN)
    said = words(Browser().get(path).content.decode())
    assert world.ours.provider.name in said
    assert world.here.client.name not in said
    assert Browser().post(path, FIELDS).status_code == 302
    assert actor_for(User.objects.get(email=EMAIL)).staff_role == Role.TECHNICIAN
