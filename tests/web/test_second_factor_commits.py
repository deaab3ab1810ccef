"""What setting up a second factor does once it is committed: letters, messages, ended sessions."""

import pytest
from allauth.mfa.totp.internal import auth
from django.urls import reverse

from audits.models import Activity
from audits.queries import activity_chain
from tests.factories import World
from tests.web.log_in import after_password, forget_tries, is_in, last_letter, logged_in
from tests.web.test_second_factor import NOW, set_up, unprotected

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_tries()
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([NOW]))


def test_staff_set_one_up_and_go_on(world: World) -> None:
    browser = after_password(unprotected(world.ours.technician))
    assert browser.get(reverse("fleet")).status_code == 302
    assert set_up(browser) == 302
    assert browser.get(reverse("fleet")).status_code == 200
    codes = browser.get(reverse("mfa_view_recovery_codes"))
    assert len(codes.context["unused_codes"]) == 10
    assert last_letter().subject == "MIA Portal: Authenticator app set up"


def test_set_up_and_removal_end_every_other_session(world: World) -> None:
    user = world.ours.owner
    elsewhere, here = logged_in(user), logged_in(user)
    assert set_up(here) == 302
    assert not is_in(elsewhere)
    assert is_in(here)
    elsewhere.force_login(user)
    assert is_in(elsewhere)
    assert here.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    assert not is_in(elsewhere)
    elsewhere.force_login(user)
    assert is_in(elsewhere)
    assert here.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not is_in(elsewhere)
    assert is_in(here)


def test_second_factors_and_ended_sessions_stand_in_the_log(world: World) -> None:
    browser = logged_in(world.ours.owner)
    set_up(browser)
    browser.post(reverse("mfa_generate_recovery_codes"))
    browser.post(reverse("mfa_deactivate_totp"))
    logged_in(world.ours.owner)
    assert browser.post(reverse("sessions_end")).status_code == 302
    with world.here.scope():
        lines = list(Activity.objects.filter(actor=world.ours.owner).order_by("sequence"))
        told = [line.verb for line in lines if line.verb != "logged_in"]
        assert activity_chain.verify_client(world.here.client).is_intact
    assert told == [
        "added_factor",
        "added_factor",
        "renewed_factor",
        "removed_factor",
        "removed_factor",  # its recovery codes
        "ended_sessions",
    ]


def test_new_recovery_codes_replace_the_old_ones(world: World) -> None:
    browser = logged_in(world.ours.owner)
    set_up(browser)
    old = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    browser.post(reverse("mfa_generate_recovery_codes"))
    new = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert set(old).isdisjoint(new)
    other = after_password(world.ours.owner)
    assert other.post(reverse("mfa_authenticate"), {"code": old[0]}).status_code == 200
    assert other.post(reverse("mfa_authenticate"), {"code": new[0]}).status_code == 302
