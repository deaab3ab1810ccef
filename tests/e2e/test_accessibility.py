"""Every page with real content: axe, no sideways scrolling, a quiet console, the keyboard."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.conftest import Desk, Furnished

pytestmark = pytest.mark.browser

_BOOKS: dict[str, pages.Book] = {}


@pytest.fixture
def book(desk: Desk, furnished: Furnished) -> pages.Book:
    """Addresses of every page; the audit is waited for once."""
    if furnished.full not in _BOOKS:
        _BOOKS[furnished.full] = pages.bind(desk, furnished)
    return _BOOKS[furnished.full]


_WIDTHS = (320, 1280)
# What the other colours can change, whatever the width; every rule runs in the light theme.
_COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_THEMES: tuple[tuple[Literal["light", "dark"], tuple[int, ...], dict[str, Any] | None], ...] = (
    ("light", _WIDTHS, None),
    ("dark", _WIDTHS[-1:], _COLOUR_RULES),
)


def _violations(page: Page, options: dict[str, Any] | None) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def _problems(
    page: Page,
    name: str,
    *,
    widths: tuple[int, ...] = _WIDTHS,
    options: dict[str, Any] | None = None,
) -> list[str]:
    """What is wrong with the page as it stands, at these widths."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        said = _violations(page, options)
        if page.evaluate(
            "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"
        ):
            said.append("scrolls sideways")
        found += [f"{name} at {width}: {one}" for one in said]
    return found


def _visit(page: Page, name: str, path: str) -> list[str]:
    """In both themes, each on a fresh load: a change of theme fades."""
    found = []
    for scheme, widths, options in _THEMES:
        page.emulate_media(color_scheme=scheme)
        reply = page.goto(path)
        assert reply is not None
        assert reply.status == 200, path
        if page.locator("[data-chart-canvas]").count():
            expect(page.locator("[data-chart-canvas] svg.main-svg").first).to_be_attached()
        found += _problems(page, f"{name}, {scheme}", widths=widths, options=options)
    return found


@pytest.mark.parametrize("who", ["technician", "owner"])
def test_every_page_is_accessible(
    desk: Desk, furnished: Furnished, book: pages.Book, who: str
) -> None:
    page = desk.page(getattr(furnished, who))
    listed = book.staff if who == "technician" else book.owner
    assert [said for name, path in listed.items() for said in _visit(page, name, path)] == []


def test_every_page_before_log_in_is_accessible(desk: Desk) -> None:
    page = desk.page()
    paths = ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/")
    assert [said for path in paths for said in _visit(page, path, path)] == []


def test_form_with_errors_is_accessible(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/models/new/")
    page.get_by_role("button", name="Add model").click()
    expect(page.get_by_role("alert").filter(has_text="Please correct this")).to_be_focused()
    assert _problems(page, "model_new with errors") == []


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
    tabs = ["Overview", "Models", "Datasets", "AI tools", "Audits", "Checklist", "Reports"]
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
