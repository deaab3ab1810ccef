"""Setting up an authenticator app and a passkey, and logging in with each, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import problems, visit
from tests.e2e.conftest import Desk, ask, enter_code, log_in
from tests.e2e.people import PASSWORD
from tests.second_factor import SECRET

pytestmark = pytest.mark.browser


def give_passkeys(page: Page) -> None:
    """A device that has passkeys and a person who touches it."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def send_password(page: Page, who: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/accounts/login/**")


def shown_secret(page: Page) -> str:
    page.locator("summary", has_text="Or type the secret").click()
    return page.locator("details code").inner_text().replace(" ", "")


def test_technician_sets_an_app_up_before_anything_else_and_logs_in_with_it(desk: Desk) -> None:
    who = "uma@second.example"
    ask(desk.stack, f"add_unprotected({who!r})")
    page = desk.page()
    send_password(page, who)
    page.wait_for_url("**/settings/security/start/")
    page.goto("/fleet/")
    expect(page).to_have_url(re.compile("/settings/security/start/$"))
    assert problems(page, "second_factor") == []
    page.get_by_role("link", name="Use an authenticator app").click()
    assert problems(page, "mfa_activate_totp") == []
    secret = shown_secret(page)
    page.get_by_label("Code", exact=True).fill("12")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_label("Code", exact=True)).to_have_attribute("aria-invalid", "true")
    assert shown_secret(page) == secret
    enter_code(page, secret, button="Set up")
    codes = page.locator("#codes").inner_text().split()
    assert len(codes) == 10
    assert problems(page, "mfa_view_recovery_codes") == []
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(re.compile("/fleet/$"))
    log_out(page)
    send_password(page, who)
    page.wait_for_url("**/accounts/second-step/")
    assert problems(page, "mfa_authenticate") == []
    enter_code(page, secret, button="Log in")
    expect(page).to_have_url(re.compile("/fleet/$"))
    log_out(page)
    send_password(page, who)
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page).to_have_url(re.compile("/fleet/$"))


def test_passkey_is_added_and_logs_in_alone_and_as_second_step(desk: Desk) -> None:
    who = "pia@second.example"
    ask(desk.stack, f"add_provider({who!r})")
    page = desk.page(host="localhost")
    give_passkeys(page)
    log_in(page, who)
    page.goto("/settings/security/")
    page.get_by_role("link", name="Add a passkey").click()
    assert problems(page, "mfa_add_webauthn") == []
    page.get_by_label(re.compile("^Name")).fill("Desk computer")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Passkey added.")).to_be_visible()
    page.goto("/settings/security/")
    expect(page.get_by_text("Desk computer").first).to_be_visible()
    expect(page.get_by_text("Logs in alone")).to_be_visible()
    log_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(re.compile("/fleet/$"))
    log_out(page)
    send_password(page, who)
    page.wait_for_url("**/accounts/second-step/")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(re.compile("/fleet/$"))


def test_passkey_that_the_device_does_not_have_is_explained(desk: Desk) -> None:
    page = desk.page(host="localhost")
    give_passkeys(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("[data-passkey-error]")).to_contain_text("Nothing happened")
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_enabled()


def test_passkeys_are_not_offered_where_a_browser_would_refuse_them(desk: Desk) -> None:
    page = desk.page()
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_have_count(0)


def test_session_is_ended_from_another_browser(desk: Desk) -> None:
    who = "sid@second.example"
    ask(desk.stack, f"add_unprotected({who!r})")
    here, elsewhere = desk.page(), desk.page()
    send_password(here, who)
    here.wait_for_url("**/start/")
    here.get_by_role("link", name="Use an authenticator app").click()
    secret = shown_secret(here)
    enter_code(here, secret, button="Set up")
    send_password(elsewhere, who)
    enter_code(elsewhere, secret, button="Log in")
    here.goto("/settings/security/")
    here.get_by_role("button", name="End all others").click()
    expect(here.get_by_text("1 session was ended.")).to_be_visible()
    elsewhere.goto("/fleet/")
    expect(elsewhere).to_have_url(re.compile(r"/accounts/login/\?next=/fleet/$"))


def test_pages_of_the_second_factor_are_accessible(desk: Desk) -> None:
    who = "axel@second.example"
    ask(desk.stack, f"add_provider({who!r})")
    page = desk.page(host="localhost")
    give_passkeys(page)
    log_in(page, who)
    page.goto("/accounts/second-factor/passkeys/new/")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/second-factor/codes/")
    page.goto("/settings/security/")
    rename = page.get_by_role("link", name=re.compile("^Rename")).get_attribute("href") or ""
    paths = (
        "/settings/security/",
        rename,
        f"{rename}remove/",
        "/accounts/second-factor/app/remove/",
        "/accounts/second-factor/codes/",
        "/accounts/second-factor/codes/new/",
        "/accounts/second-factor/passkeys/new/",
        "/accounts/reauthenticate/",
        "/accounts/reauthenticate/code/",
        "/accounts/reauthenticate/passkey/",
    )
    assert [said for path in paths for said in visit(page, path, path)] == []
    assert SECRET not in page.content()
