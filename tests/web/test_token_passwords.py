"""A new password revokes the tokens of its person, of nobody else, and says so."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits.enums import Role
from audits.models import Activity, ApiToken, Membership, OutgoingMail, ProviderActivity
from audits.services import mail
from tests import casts
from tests.factories import PASSWORD, World
from tests.tokens import make_token, program
from tests.web.log_in import forget_tries, logged_in
from tests.web.reading import proven

NEW = "another correct horse battery"
CLIENTS = "/api/v1/clients/"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    forget_tries()
    with casts.undone(cast_of_app) as lent:
        yield lent


def changed(browser: Browser) -> str:
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    answer = browser.post(reverse("account_change_password"), fields, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def statuses(*texts: str) -> list[int]:
    return [program(text).get(CLIENTS).status_code for text in texts]


def test_changed_password_revokes_the_tokens_of_its_person(world: World) -> None:
    """At every provider: the password opens them all."""
    owner, stranger = world.ours.owner, world.stranger.client
    with world.stranger.scope():
        Membership.objects.create(
            user=owner, provider=world.theirs.provider, client=stranger, role=Role.CLIENT_OWNER
        )
    _, here = make_token(owner, world.ours.provider)
    _, there = make_token(owner, world.theirs.provider)
    _, other = make_token(world.ours.viewer, world.ours.provider)
    assert statuses(here, there, other) == [200, 200, 200]
    said = changed(logged_in(owner))
    assert "Your 3 API tokens were revoked" in said  # one is of the cast
    assert statuses(here, there, other) == [401, 401, 200]
    for cast, count in ((world.here, 2), (world.stranger, 1)):
        with cast.scope():
            lines = Activity.objects.filter(object_type="apitoken", verb="revoked")
            assert lines.count() == count


def test_changed_password_of_staff_stands_in_the_log_of_the_provider(world: World) -> None:
    _, text = make_token(world.ours.admin, world.ours.provider)
    said = changed(proven(world, "admin"))
    assert "Your API token was revoked" in said
    assert statuses(text) == [401]
    with world.ours.scope():
        lines = ProviderActivity.objects.filter(object_type="apitoken", verb="revoked")
        assert [line.actor for line in lines] == [world.ours.admin]


def test_password_that_was_not_changed_revokes_nothing(world: World) -> None:
    _, text = make_token(world.ours.owner, world.ours.provider)
    fields = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    answer = logged_in(world.ours.owner).post(reverse("account_change_password"), fields)
    assert answer.status_code == 200
    assert statuses(text) == [200]


def test_reset_password_revokes_tokens_before_anybody_is_logged_in(world: World) -> None:
    _, text = make_token(world.ours.owner, world.ours.provider)
    Browser().post(reverse("account_reset_password"), {"email": world.ours.owner.email})
    letter = mail.read(OutgoingMail.objects.get(recipient=world.ours.owner.email))
    found = re.search(r"https?://[^/\s]+(/\S*/password/reset/key/\S+)", letter.body)
    assert found is not None
    browser = Browser()
    form = browser.get(found[1], follow=True)
    assert statuses(text) == [200]
    answer = browser.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert answer.status_code == 302
    assert statuses(text) == [401]
    with world.here.scope():
        assert ApiToken.objects.count() == 0  # no row of a person shows in a client's own scope
        lines = Activity.objects.filter(object_type="apitoken", verb="revoked")
        assert {line.actor for line in lines} == {world.ours.owner}
