"""Who must have a second factor, how it is set up and taken away, and what that ends."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.conf import settings as portal_settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits import access
from audits.models import User
from audits.web.second_factor import OPEN_WITHOUT
from tests import casts
from tests.factories import World
from tests.second_factor import code_at, protect
from tests.web.log_in import after_password, forget_tries, logged_in
from tests.web.test_matrix import PAGES, address_of, cast_of

NOW = 59_000_000
SET_UP = "mfa_activate_totp"
OFFER = "Protect your account with a second factor"
RELAXED = "MIA_REQUIRE_MFA is off"


@pytest.fixture
def world(cast_of_app: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    forget_tries()
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([NOW]))
    with casts.undone(cast_of_app) as lent:
        yield lent


def unprotected(user: User) -> User:
    Authenticator.objects.filter(user=user).delete()
    return user


def set_up(browser: Browser) -> int:
    """Open the page, read the secret, send the code that it gives."""
    secret = browser.get(reverse(SET_UP)).context["form"].secret
    return browser.post(reverse(SET_UP), {"code": code_at(NOW, secret)}).status_code


@pytest.mark.parametrize("person", ["admin", "technician", "technician_of_first"])
def test_staff_without_one_are_led_to_its_set_up_from_every_page(world: World, person: str) -> None:
    browser = Browser()
    browser.force_login(unprotected(world.ours.people()[person]))
    led = {}
    for page in PAGES:
        if not page.name.startswith(("account_", "api:", "mfa_")) and page.name not in OPEN_WITHOUT:
            answer = getattr(browser, page.method)(address_of(page, cast_of(page, world)))
            led[page.name] = (answer.status_code, answer.get("Location"))
    assert len(led) > 25
    assert set(led.values()) == {(302, reverse("second_factor"))}


def test_staff_without_one_get_a_clear_refusal_from_the_api(world: World) -> None:
    browser = Browser()
    browser.force_login(unprotected(world.ours.admin))
    for page in PAGES:
        if page.name.startswith("api:"):
            answer = getattr(browser, page.method)(address_of(page, cast_of(page, world)))
            assert answer.status_code == 403
            assert "Set up a second factor" in answer.json()["detail"]


def test_fragment_for_staff_without_one_moves_the_whole_page(world: World) -> None:
    browser = Browser()
    browser.force_login(unprotected(world.ours.admin))
    answer = browser.get(reverse("switcher"), headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("second_factor"))


def test_what_is_open_without_one_is_what_its_set_up_takes() -> None:
    assert {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_reauthenticate",
        "second_factor",
    } == OPEN_WITHOUT


def test_absent_address_stays_absent_for_staff_without_one(world: World) -> None:
    browser = Browser()
    browser.force_login(unprotected(world.ours.admin))
    assert browser.get("/no/such/page/").status_code == 404


def test_recovery_codes_are_shown_once(world: World) -> None:
    browser = logged_in(world.ours.owner)
    assert set_up(browser) == 302
    shown = browser.get(reverse("mfa_view_recovery_codes"))
    again = browser.get(reverse("mfa_view_recovery_codes"))
    code = shown.context["unused_codes"][0]
    assert code in shown.content.decode()
    assert code not in again.content.decode()
    assert set(again.context["unused_codes"]) == {"****"}


def test_wrong_first_code_keeps_the_secret_and_sets_nothing_up(world: World) -> None:
    browser = logged_in(world.ours.owner)
    secret = browser.get(reverse(SET_UP)).context["form"].secret
    answer = browser.post(reverse(SET_UP), {"code": "000000"})
    assert answer.context["form"].secret == secret
    assert not Authenticator.objects.filter(user=world.ours.owner).exists()


def test_secret_of_another_session_does_not_set_one_up(world: World) -> None:
    theirs = logged_in(world.ours.viewer).get(reverse(SET_UP)).context["form"].secret
    browser = logged_in(world.ours.owner)
    browser.get(reverse(SET_UP))
    assert browser.post(reverse(SET_UP), {"code": code_at(NOW, theirs)}).status_code == 200
    assert not Authenticator.objects.filter(user=world.ours.owner).exists()


def test_staff_who_remove_the_last_one_must_set_up_another(world: World) -> None:
    user = world.ours.technician
    browser = after_password(user)
    browser.post(reverse("mfa_authenticate"), {"code": code_at(NOW)})
    assert browser.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()
    assert browser.get(reverse("fleet"))["Location"] == reverse("second_factor")


# --- offered to clients


def frame(user: User) -> str:
    browser = Browser()
    browser.force_login(user)
    return browser.get(reverse("security")).content.decode()


def test_second_factor_is_offered_to_client_people_and_forced_on_none(world: World) -> None:
    for user in (world.ours.owner, world.ours.viewer):
        assert OFFER in frame(user)
    assert OFFER not in frame(world.ours.technician)
    assert OFFER not in frame(protect(world.ours.owner))


def test_offer_goes_away_for_a_while_and_leads_back(world: World) -> None:
    user, browser = world.ours.owner, Browser()
    browser.force_login(user)
    page = f"http://testserver{reverse('client', kwargs={'slug': world.here.client.slug})}"
    answer = browser.post(reverse("second_factor_decline"), headers={"referer": page})
    assert answer["Location"] == page.removeprefix("http://testserver")
    assert OFFER not in frame(user)
    long_ago = timezone.now() - timedelta(days=91)
    User.objects.filter(pk=user.pk).update(second_factor_declined_at=long_ago)
    assert OFFER in frame(user)


def test_decline_leads_to_no_foreign_address(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.owner)
    for referer in ("https://evil.example/x", "//evil.example/", "javascript:alert(1)"):
        answer = browser.post(reverse("second_factor_decline"), headers={"referer": referer})
        assert answer["Location"] == "/"


# --- relaxed by the operator


def test_requirement_holds_unless_the_operator_lifts_it() -> None:
    assert portal_settings.MIA_REQUIRE_MFA is True


def test_lifted_requirement_is_told_on_every_page(world: World, settings: Settings) -> None:
    unprotected(world.ours.technician)
    settings.MIA_REQUIRE_MFA = False
    browser = logged_in(world.ours.technician)
    assert RELAXED in browser.get(reverse("fleet")).content.decode()
    assert RELAXED in Browser().get(reverse("account_login")).content.decode()
    settings.MIA_REQUIRE_MFA = True
    assert browser.get(reverse("fleet"))["Location"] == reverse("second_factor")
    assert RELAXED not in Browser().get(reverse("account_login")).content.decode()


def test_actor_has_one_by_app_or_passkey_and_not_by_codes_alone(world: World) -> None:
    user = unprotected(world.ours.admin)
    assert access.needs_second_factor(access.actor_for(user))
    row = Authenticator.objects.create(user=user, type="recovery_codes", data={})
    assert access.needs_second_factor(access.actor_for(user))
    for kind in ("totp", "webauthn"):
        row.type = kind
        row.save()
        assert not access.needs_second_factor(access.actor_for(user))
    assert not access.needs_second_factor(access.actor_for(world.ours.owner))
