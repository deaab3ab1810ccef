"""Every page with real content: axe, no sideways scrolling, a quiet console, the keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.axe import BOTH_THEMES, LIGHT_THEME, Themes, problems, visit
from tests.e2e.conftest import Desk, Furnished

pytestmark = pytest.mark.browser

_BOOKS: dict[str, pages.Book] = {}


@pytest.fixture
def book(desk: Desk, furnished: Furnished) -> pages.Book:
    """Addresses of every page; the audit is waited for once."""
    if furnished.full not in _BOOKS:
        _BOOKS[furnished.full] = pages.bind(desk, furnished)
    return _BOOKS[furnished.full]


@pytest.mark.parametrize(
    ("who", "themes"),
    [("technician", BOTH_THEMES), ("owner", LIGHT_THEME), ("admin", BOTH_THEMES)],
)
def test_every_page_is_accessible(
    desk: Desk, furnished: Furnished, book: pages.Book, who: str, themes: Themes
) -> None:
    """Owners' pages in the light theme: the dark one colours them as it does a technician's."""
    page = desk.page(getattr(furnished, who))
    found = _walked(page, book.of(who), themes)
    assert found == []


def _walked(page: Page, listed: dict[str, str], themes: Themes) -> list[str]:
    return [said for name, path in listed.items() for said in visit(page, name, path, themes)]


@pytest.mark.proof
def test_accessible(
    desk: Desk,
    furnished: Furnished,
    book: pages.Book,
    record_proof: Callable[[str, dict[str, Any]], Any],
) -> None:
    """The same for each person on every page of theirs, in both themes."""
    walks = {who: book.everything(who) for who in ("technician", "owner", "admin")}
    found = {
        who: _walked(desk.page(getattr(furnished, who)), listed, BOTH_THEMES)
        for who, listed in walks.items()
    }
    told = {
        who: {"pages": len(walks[who]), "themes": 2, "violations": len(said)}
        for who, said in found.items()
    }
    record_proof("accessible", told)
    assert {who: said for who, said in found.items() if said} == {}


def test_every_page_before_log_in_is_accessible(desk: Desk, furnished: Furnished) -> None:
    page = desk.page()
    listed = pages.before_log_in(furnished)
    assert [said for name, path in listed.items() for said in visit(page, name, path)] == []


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
    everything = book.everything("admin") | book.staff
    seen: set[str] = set()
    found = []
    for place in (*places, "colleague", "group", "demo_remove"):
        page.goto(everything[place])
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
