"""Every page with real content: axe, no sideways scrolling, a quiet console, the keyboard."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, expect

from tests.e2e import pages, unwalked
from tests.e2e.axe import one_theme, problems, visit
from tests.e2e.conftest import Desk, Furnished
from tests.web.methods import GET, methods_of, views
from tests.web.routes import addresses

pytestmark = pytest.mark.browser


def test_every_page_is_accessible(desk: Desk, book: pages.Book) -> None:
    """Each page in one theme, by turns: `make proof` takes both."""
    page, found = desk.page(), []
    for turn, who in enumerate(book.people()):
        desk.become(page, who)
        walks = [*book.of(who).items()]
        # Those of a theme after each other: what changes its theme is drawn anew.
        for scheme in (0, 1):
            for name, place in walks[(scheme + turn) % 2 :: 2]:
                found += visit(page, f"{name} of {who or 'nobody'}", place, one_theme(scheme))
    assert found == []


def test_every_address_of_a_page_is_walked(book: pages.Book) -> None:
    """Whatever answers a browser is in the book, is a file, or is in the list of why it is not."""
    routes = dict(addresses())
    answering = {name for name, view in views() if GET in methods_of(view)}
    walked = {resolve(urlsplit(address).path).view_name for address in book.addresses()}
    assert walked & unwalked.WHY.keys() == set()
    of_pages = {
        name
        for name in answering
        if not name.startswith("api:") and routes[name].endswith(("/", "$"))
    }
    assert of_pages - walked - unwalked.WHY.keys() == set()
    assert unwalked.WHY.keys() <= answering


@pytest.mark.proof
def test_accessible(
    desk: Desk,
    book: pages.Book,
    record_proof: Callable[[str, dict[str, Any]], Any],
) -> None:
    """The same for each person on every page of theirs, in both themes."""
    page, found, told = desk.page(), [], {}
    for who in book.people():
        desk.become(page, who)
        walks = book.everything(who).items()
        said = [one for name, place in walks for one in visit(page, name, place)]
        told[who.split("@")[0] or "nobody"] = {
            "pages": len(walks),
            "themes": 2,
            "violations": len(said),
        }
        found += said
    record_proof("accessible", told)
    assert found == []


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
