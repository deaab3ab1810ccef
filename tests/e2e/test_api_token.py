"""A person makes a token in the browser, copies it, and a program asks the API with it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk, Furnished, log_in

pytestmark = pytest.mark.browser


def test_token_is_made_copied_used_and_revoked(desk: Desk, furnished: Furnished) -> None:
    page = desk.page()
    log_in(page, furnished.technician)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/settings/tokens/new/")
    page.get_by_label("Name", exact=True).fill("Nightly build")
    page.get_by_role("checkbox", name="Read whole results").check()
    page.get_by_role("button", name="Make token").click()
    text = page.locator("#token").inner_text()
    assert re.fullmatch(r"mia_[0-9A-Za-z]{57}", text)
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
    address = page.locator("#try").inner_text().rsplit(" ", 1)[-1]
    asked = desk.page().context.request
    sent = {"Authorization": f"Bearer {text}"}
    assert asked.get(address, headers=sent).json()["count"] == 2
    page.get_by_role("link", name="I have copied it").click()
    row = page.get_by_role("row").filter(has_text=text[:12])
    expect(row).to_contain_text("just now")
    expect(page.get_by_text(text)).to_have_count(0)
    row.get_by_role("link", name="Revoke Nightly build").click()
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Nightly build is revoked.")
    expect(page.get_by_role("row").filter(has_text=text[:12])).to_contain_text("Revoked")
    assert asked.get(address, headers=sent).status == 401
