"""Passkeys: set up after a log-in, used alone or beside the password, by their owner alone."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse

from audits.models import User
from tests import casts
from tests.factories import World
from tests.soft_passkey import HOST, SoftPasskey
from tests.web.log_in import SECOND_STEP, after_password, forget_tries, is_in, logged_in

LOG_IN_ALONE, ADD = "mfa_login_webauthn", "mfa_add_webauthn"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    forget_tries()
    with casts.undone(cast_of_app) as lent:
        yield lent


def registered(user: User, *, name: str = "Desk", key: SoftPasskey | None = None) -> SoftPasskey:
    """Add a passkey as its page does, in a session of its own."""
    key = key or SoftPasskey()
    assert add(after_password(user), key, name=name) == 302
    return key


def add(browser: Browser, key: SoftPasskey, *, name: str = "Desk", alone: bool = True) -> int:
    options = browser.get(reverse(ADD), headers={"host": HOST}).context["js_data"]
    sent = {"name": name, "credential": key.create(options["creation_options"])}
    if alone:
        sent["passwordless"] = "on"
    return browser.post(reverse(ADD), sent, headers={"host": HOST}).status_code


def asked(browser: Browser) -> dict[str, Any]:
    """The options of a log-in by passkey alone."""
    headers = {"host": HOST, "accept": "application/json"}
    answer: dict[str, Any] = browser.get(reverse(LOG_IN_ALONE), headers=headers).json()
    options: dict[str, Any] = answer["request_options"]
    return options


def send(browser: Browser, credential: str) -> None:
    browser.post(reverse(LOG_IN_ALONE), {"credential": credential}, headers={"host": HOST})


def test_passkey_alone_logs_its_owner_in(world: World) -> None:
    key = registered(world.ours.owner)
    browser = Browser()
    send(browser, key.get(asked(browser)))
    assert browser.get(reverse("security")).context["actor"].user == world.ours.owner


def test_passkey_satisfies_what_staff_need(world: World) -> None:
    user = world.ours.technician
    Authenticator.objects.filter(user=user).delete()
    key = registered(user)
    browser = Browser()
    send(browser, key.get(asked(browser)))
    assert browser.get(reverse("fleet")).status_code == 200


def test_passkey_beside_the_password_is_asked_for_at_the_second_step(world: World) -> None:
    key = registered(world.ours.owner)
    browser = after_password(world.ours.owner)
    assert not is_in(browser)
    options = browser.get(reverse(SECOND_STEP), headers={"host": HOST}).context["js_data"]
    credential = key.get(options["request_options"])
    browser.post(reverse(SECOND_STEP), {"credential": credential}, headers={"host": HOST})
    assert is_in(browser)


def _replayed(key: SoftPasskey, browser: Browser, world: World) -> str:
    credential = key.get(asked(browser))
    send(browser, credential)
    browser.post(reverse("account_logout"))
    asked(browser)
    return credential


def _of_another_site(key: SoftPasskey, browser: Browser, world: World) -> str:
    key.origin = "https://portal.example"
    return key.get(asked(browser))


def _for_another_host(key: SoftPasskey, browser: Browser, world: World) -> str:
    key.host = "portal.example"
    return key.get(asked(browser))


def _with_another_challenge(key: SoftPasskey, browser: Browser, world: World) -> str:
    options = asked(browser)
    options["publicKey"]["challenge"] = "A" * 43
    return key.get(options)


def _without_a_question(key: SoftPasskey, browser: Browser, world: World) -> str:
    return key.get(asked(Browser()))


def _unverified(key: SoftPasskey, browser: Browser, world: World) -> str:
    key.verifies = False
    return key.get(asked(browser))


def _with_a_broken_signature(key: SoftPasskey, browser: Browser, world: World) -> str:
    told = json.loads(key.get(asked(browser)))
    told["response"]["signature"] = told["response"]["signature"][:-8] + "AAAAAAAA"
    return json.dumps(told)


def _signed_by_another_key(key: SoftPasskey, browser: Browser, world: World) -> str:
    key.key = SoftPasskey().key
    return key.get(asked(browser))


def _claiming_to_be_another_person(key: SoftPasskey, browser: Browser, world: World) -> str:
    victim = registered(world.ours.viewer)
    assert victim.handle != key.handle
    return key.get(asked(browser), handle=victim.handle)


def _removed(key: SoftPasskey, browser: Browser, world: World) -> str:
    Authenticator.objects.filter(user=world.ours.owner).delete()
    return key.get(asked(browser))


def _nonsense(key: SoftPasskey, browser: Browser, world: World) -> str:
    asked(browser)
    return '{"id": [], "response": {"userHandle": "\\u0000"}}'


@pytest.mark.parametrize(
    "bend",
    [
        _replayed,
        _of_another_site,
        _for_another_host,
        _with_another_challenge,
        _without_a_question,
        _unverified,
        _with_a_broken_signature,
        _signed_by_another_key,
        _claiming_to_be_another_person,
        _removed,
        _nonsense,
    ],
    ids=lambda bend: bend.__name__.strip("_"),
)
def test_passkey_that_is_not_right_opens_nothing(
    world: World, bend: Callable[[SoftPasskey, Browser, World], str]
) -> None:
    key, browser = registered(world.ours.owner), Browser()
    send(browser, bend(key, browser, world))
    assert not is_in(browser)


def test_registration_of_another_site_is_refused(world: World) -> None:
    browser = logged_in(world.ours.owner)
    assert add(browser, SoftPasskey(origin="https://portal.example")) == 200
    assert not Authenticator.objects.filter(user=world.ours.owner).exists()


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", '{"response": 1}', '{"rawId": "x"}'])
@pytest.mark.parametrize("page", [ADD, "mfa_reauthenticate_webauthn", LOG_IN_ALONE])
def test_answer_that_no_browser_gives_is_refused_and_breaks_nothing(
    world: World, page: str, credential: str
) -> None:
    browser = Browser() if page == LOG_IN_ALONE else logged_in(world.ours.owner)
    if page == "mfa_reauthenticate_webauthn":
        add(browser, SoftPasskey())
    before = Authenticator.objects.count()
    answer = browser.post(reverse(page), {"credential": credential}, headers={"host": HOST})
    assert answer.status_code in {200, 302}
    assert Authenticator.objects.count() == before


def test_registration_for_use_alone_needs_a_verified_person(world: World) -> None:
    browser = logged_in(world.ours.owner)
    assert add(browser, SoftPasskey(verifies=False)) == 200
    assert not Authenticator.objects.filter(user=world.ours.owner).exists()
    assert add(browser, SoftPasskey(verifies=False), alone=False) == 302


@pytest.mark.parametrize("page", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_passkey_of_somebody_else_is_as_absent_as_none(world: World, page: str) -> None:
    registered(world.ours.viewer, name="Theirs")
    theirs = Authenticator.objects.get(user=world.ours.viewer, type="webauthn")
    browser = logged_in(world.ours.owner)
    answers = []
    for pk in (theirs.pk, 10**9):
        answer = browser.post(reverse(page, kwargs={"pk": pk}), {"name": "Mine"})
        answers.append((answer.status_code, answer.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    theirs.refresh_from_db()
    assert theirs.wrap().name == "Theirs"


def test_own_passkey_can_be_renamed_and_removed(world: World) -> None:
    user, browser, key = world.ours.owner, logged_in(world.ours.owner), SoftPasskey()
    assert add(browser, key, name="Desk") == 302
    row = Authenticator.objects.get(user=user, type="webauthn")
    rename = reverse("mfa_edit_webauthn", kwargs={"pk": row.pk})
    assert browser.post(rename, {"name": "Laptop"}).status_code == 302
    assert "Laptop" in browser.get(reverse("security")).content.decode()
    remove = reverse("mfa_remove_webauthn", kwargs={"pk": row.pk})
    assert browser.post(remove).status_code == 302
    assert list(Authenticator.objects.filter(user=user)) == []
