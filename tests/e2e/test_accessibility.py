"""Every page with real content: axe, no sideways scrolling, a quiet console, the keyboard."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, expect

from tests.e2e import pages, unwalked
from tests.e2e.axe import BOTH_THEMES, one_theme, problems, visit
from tests.e2e.conftest import Desk, Furnished
from tests.e2e.ways import go
from tests.web.methods import GET, methods_of, views
from tests.web.routes import addresses

pytestmark = pytest.mark.browser

_BOOKS: dict[str, pages.Book] = {}


@pytest.fixture
def book(desk: Desk, furnished: Furnished) -> pages.Book:
    """Addresses of every page; the audit is waited for once."""
    if furnished.full not in _BOOKS:
        _BOOKS[furnished.full] = pages.bind(desk, furnished)
    return _BOOKS[furnished.full]


def test_every_page_is_accessible(desk: Desk, book: pages.Book) -> None:
    """Each page in one theme, by turns: `make proof` takes both."""
    found = []
    for turn, who in enumerate(book.people()):
        page = desk.page(who)
        for number, (name, place) in enumerate(book.of(who).items()):
            found += visit(page, f"{name} of {who or 'nobody'}", place, one_theme(number + turn))
        page.context.close()
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
    found, told = [], {}
    for who in book.people():
        page = desk.page(who)
        walks = book.everything(who).items()
        said = [one for name, place in walks for one in visit(page, name, place)]
        told[who.split("@")[0] or "nobody"] = {
            "pages": len(walks),
            "themes": 2,
            "violations": len(said),
        }
        found += said
        page.context.close()
    record_proof("accessible", told)
    assert found == []


def _open_dialogs(page: Page, name: str, seen: set[str]) -> list[str]:
    """Open each dialog of the page that no page had before, as its opener does; what is wrong."""
    found = []
    for number in range(page.locator("dialog").count()):
        dialog = page.locator("dialog").nth(number)
        title = dialog.get_attribute("id") or dialog.get_attribute("aria-label") or ""
        if title in seen:
            continue
        seen.add(title)
        for theme, runs in BOTH_THEMES:
            page.emulate_media(color_scheme=theme)
            dialog.evaluate("it => it.showModal()")
            found += problems(page, f"{name}, dialog {title}, {theme}", runs)
            dialog.evaluate("it => it.close()")
    return found


def test_every_dialog_is_accessible(desk: Desk, furnished: Furnished, book: pages.Book) -> None:
    page = desk.page(furnished.admin)
    places = ("fleet", "model", "dataset_retention", "checklist_answer", "person")
    everything = book.everything(furnished.admin) | book.staff
    seen: set[str] = set()
    found = []
    for place in (*places, "colleague", "group", "demo_remove"):
        go(page, everything[place])
        found += _open_dialogs(page, place, seen)
    assert {"Search", "delete-records", "remove-person"} <= seen
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
