"""From an owner's invitation to a contributor's first answer, in two browsers."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk, Furnished, log_in
from tests.e2e.people import PASSWORD

pytestmark = pytest.mark.browser


def test_invited_contributor_joins_and_answers_the_checklist(
    desk: Desk, furnished: Furnished
) -> None:
    email = "mia@lakeside.example"
    owner = desk.page()
    log_in(owner, furnished.owner)  # to invite somebody is confirmed by a log-in of a moment ago
    owner.goto(f"/c/{furnished.full}/people/")
    owner.get_by_role("link", name="Invite").click()
    owner.get_by_label("E-mail").fill(email)
    owner.get_by_label("Contributor: ").check()
    owner.get_by_role("button", name="Make invitation").click()
    link = owner.locator("#join-link").inner_text()
    assert re.search(r"/join/[\w-]{43}/$", link)

    guest = desk.page()
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Join Lakeside Clinic")).to_be_visible()
    guest.get_by_label("Your name").fill("Mia Contributor")
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("Password, once more").fill(PASSWORD)
    guest.get_by_role("button", name="Create account and join").click()
    guest.wait_for_url(f"**/c/{furnished.full}/")
    tabs = guest.get_by_role("navigation", name="Client").get_by_role("link")
    assert tabs.all_inner_texts() == ["Overview", "Checklist"]
    tabs.last.click()
    guest.locator("section tbody a").first.click()
    guest.get_by_label("Yes", exact=True).check()
    guest.get_by_role("button", name="Save answer").click()
    expect(guest.get_by_text("Saved.")).to_be_visible()

    owner.get_by_role("link", name="Done").click()
    expect(owner.get_by_role("link", name="Mia Contributor")).to_be_visible()
    expect(owner.get_by_text(email)).to_have_count(1)
