"""Every dialog of the product is opened, read by axe in both themes, and closed by the keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.architecture.sources import ROOT
from tests.e2e.axe import BOTH_THEMES, problems, turn
from tests.e2e.conftest import Desk
from tests.e2e.pages import Book
from tests.e2e.ways import go

pytestmark = pytest.mark.browser

_TEMPLATES = ROOT / "templates"
_ITSELF = {"components/dialog.html", "components/search.html"}
_ASKED = re.compile(r"""components/dialog\.html["'] with id=["']([\w-]+)["']""")

# Where each template that has a dialog is seen, by the name of the page in the book.
SEEN_AT = {
    "ai_model/withdraw.html": "model",
    "audit/running.html": "audit running",
    "checklist/answer.html": "checklist_answer",
    "dataset/retention.html": "dataset_retention",
    "design/page.html": "design",
    "operator/demo.html": "demo_remove_all",
    "people/person.html": "person",
    "settings/demo.html": "demo_remove with a demo",
    "settings/group.html": "group",
    "team/person.html": "colleague",
}


def _of_templates() -> dict[str, list[str]]:
    """The ids of the dialogs of each template, or how they begin."""
    texts = {
        path.relative_to(_TEMPLATES).as_posix(): path.read_text(encoding="utf-8")
        for path in _TEMPLATES.rglob("*.html")
    }
    assert {name for name, text in texts.items() if "<dialog" in text} == _ITSELF
    found = {name: _ASKED.findall(text) for name, text in texts.items()}
    uses = {name: text.count("components/dialog.html") for name, text in texts.items()}
    assert {name: len(ids) for name, ids in found.items()} == uses  # each names its id in words
    return {name: ids for name, ids in found.items() if ids}


def test_every_template_with_a_dialog_is_seen_somewhere() -> None:
    assert _of_templates().keys() == SEEN_AT.keys()


def _open(page: Page, dialog: Locator) -> None:
    """Press what opens it; where this page has nothing that does, show it as that would."""
    name = dialog.get_attribute("id") or ""
    opener = page.locator(f"[data-dialog-open='{name}']")
    if opener.count():
        opener.first.press("Enter")
    else:
        dialog.evaluate("it => it.showModal()")
    expect(dialog).to_be_visible()


def _wrong_with(page: Page, dialog: Locator, name: str) -> list[str]:
    found = []
    for theme, runs in BOTH_THEMES:
        turn(page, theme)
        found += problems(page, f"{name}, {theme}", runs)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return found


@pytest.mark.parametrize("template", SEEN_AT)
def test_every_dialog_is_accessible(desk: Desk, book: Book, template: str) -> None:
    who, place = book.find(SEEN_AT[template])
    page = desk.page(who)
    go(page, place)
    found = []
    for begins in _of_templates()[template]:
        dialogs = page.locator(f"dialog[id^='{begins}']")
        expect(dialogs.first).to_be_attached()
        _open(page, dialogs.first)
        found += _wrong_with(page, dialogs.first, f"{begins} in {template}")
    assert found == []


def test_search_is_accessible_with_what_it_found(desk: Desk, book: Book) -> None:
    who, place = book.find("fleet")
    page = desk.page(who)
    go(page, place)
    page.keyboard.press("/")
    dialog = page.locator("dialog[data-search]")
    expect(dialog).to_be_visible()
    page.keyboard.insert_text("lake")  # at once, so that it is looked for once
    first = dialog.locator("#search-results a").first
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")  # in a filled field the first Escape would empty it
    expect(first).to_be_focused()
    assert _wrong_with(page, dialog, "search") == []
