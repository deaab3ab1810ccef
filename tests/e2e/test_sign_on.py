"""Single sign-on as people meet it: set up by an administrator, used by a technician."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, ask
from tests.web.sign_on.identity_provider import CLIENT_ID, SECRET, IdentityProvider

pytestmark = pytest.mark.browser

ADMIN, TECHNICIAN = "ada@company.example", "tom@company.example"


def set_up(page: Page, company: IdentityProvider) -> str:
    """Fill the settings in as the page leads; returns the address for people."""
    page.goto("/settings/sign-on/")
    page.get_by_role("button", name="Set up single sign-on").click()
    company.redirect_uris.add(page.locator("#redirect-uri").inner_text())
    page.get_by_label("Issuer").fill("https://127.0.0.1:1")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection does not work")).to_be_visible()
    page.get_by_label("Issuer").fill(company.issuer)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    page.get_by_label("Client ID").fill(CLIENT_ID)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("E-mail domains").fill("company.example")
    page.get_by_role("checkbox", name="Open", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("ending in 9f3c")).to_be_visible()
    return page.locator("#entrance").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_technician_signs_in_with_the_account_of_the_company(
    desk: Desk, company: IdentityProvider, *, scripts: bool
) -> None:
    """From an empty settings page to the technician's fleet, past our own security policy."""
    admin, technician = (f"{scripts}-{who}".lower() for who in (ADMIN, TECHNICIAN))
    ask(desk.stack, f"add_house({admin!r}, {technician!r})")
    entrance = set_up(desk.page(admin), company)
    company.person = {
        "sub": technician,
        "email": technician,
        "email_verified": True,
        "amr": ["pwd", "mfa"],
    }
    page = desk.page(scripts=scripts, any_certificate=True)
    page.goto(entrance)
    page.get_by_role("button", name="Log in with your company account").click()
    page.wait_for_url("**/fleet/")
    expect(page.get_by_role("link", name="First client").first).to_be_visible()
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.goto("/accounts/login/")
    link = page.get_by_role("link", name="Log in with your company account")
    assert entrance.endswith(link.get_attribute("href") or "nowhere")
