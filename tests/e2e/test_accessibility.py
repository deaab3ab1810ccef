"""Every page with real content: axe, no sideways scrolling, a quiet console, the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.axe import problems, visit
from tests.e2e.conftest import Desk, Furnished

pytestmark = pytest.mark.browser

_BOOKS: dict[str, pages.Book] = {}


@pytest.fixture
def book(desk: Desk, furnished: Furnished) -> pages.Book:
    """Addresses of every page; the audit is waited for once."""
    if furnished.full not in _BOOKS:
        _BOOKS[furnished.full] = pages.bind(desk, furnished)
    return _BOOKS[furnished.full]


@pytest.mark.parametrize("who", ["technician", "owner", "admin"])
def test_every_page_is_accessible(
    desk: Desk, furnished: Furnished, book: pages.Book, who: str
) -> None:
    page = desk.page(getattr(furnished, who))
    listed = {"technician": book.staff, "owner": book.owner, "admin": book.admin}[who]
    assert [said for name, path in listed.items() for said in visit(page, name, path)] == []


def test_every_page_before_log_in_is_accessible(desk: Desk, furnished: Furnished) -> None:
    page = desk.page()
    listed = pages.before_log_in(furnished)
    assert [said for name, path in listed.items() for said in visit(page, name, path)] == []


def test_form_with_errors_is_accessible(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/models/new/")
    page.get_by_role("button", name="Add model").click()
    expect(page.get_by_role("alert").filter(has_text="Please correct this")).to_be_focused()
    assert problems(page, "model_new with errors") == []


def _reach(page: Page, wanted: str, *, most: int = 40) -> list[str]:
    """Press Tab until something of that name has the focus; returns what had it on the way."""
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        name: str = page.evaluate("document.activeElement.innerText.replace(/\\s+/g, ' ').trim()")
        passed.append(name)
        if name == wanted:
            return passed
    raise AssertionError(f"{wanted!r} is not reached: {passed}")


def test_tab_reaches_skip_link_navigation_and_primary_action(
    desk: Desk, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/")
    passed = _reach(page, "Start audit")
    assert passed[0] == "Skip to content"
    tabs = [
        "Overview",
        "Models",
        "Datasets",
        "AI tools",
        "Audits",
        "Checklist",
        "Reports",
        "People",
    ]
    assert [name for name in passed if name in tabs] == tabs
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{desk.stack.address.rstrip('/')}/c/{furnished.full}/audits/new/")


def test_skip_link_leads_past_the_navigation(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.owner)
    page.goto(f"/c/{furnished.full}/checklist/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.closest('main') !== null")
    assert inside is True
