"""With scripts switched off the pages read and the forms work."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import Desk, Furnished, ask, log_in
from tests.e2e.material import Material
from tests.e2e.pages import Book
from tests.e2e.scriptless import broken
from tests.e2e.ways import go

pytestmark = pytest.mark.browser

TECHNICIAN = "tina@scriptless.example"


def _look_again_until(page: Page, selector: str) -> None:
    """Follow the link that a page without scripts offers while work goes on."""
    while page.locator(selector).count() == 0:
        page.get_by_role("link", name="Look again").click()


def test_records_model_audit_and_answer_without_scripts(desk: Desk, material: Material) -> None:
    ask(desk.stack, f"add_provider({TECHNICIAN!r})")
    page = desk.page(scripts=False)
    log_in(page, TECHNICIAN)
    slug = steps.create_client(page, "Scriptless Ltd")
    steps.stock(page, slug, material)
    steps.start_audit(page, slug, depth="Quick")
    _look_again_until(page, ".verdict-sentence")
    table = page.locator("[data-chart-table] table")
    expect(table.first).to_be_visible()
    assert table.first.locator("tbody tr").count() >= 2
    expect(page.locator("[data-chart-canvas]").first).to_be_hidden()
    page.goto(f"/c/{slug}/checklist/")
    page.locator("section[aria-labelledby=asked] tbody a").first.click()
    page.get_by_label("Not applicable", exact=True).check()
    page.get_by_role("button", name="Save answer").click()
    expect(page.get_by_text("Say why it does not apply.").first).to_be_visible()
    page.get_by_label("Why it does not apply").fill("The model was withdrawn.")
    page.get_by_role("button", name="Save answer").click()
    waiting = page.locator("section[aria-labelledby=waiting]")
    expect(waiting).to_contain_text("The model was withdrawn.")


def test_refusal_without_scripts_shows_at_its_field(
    desk: Desk, material: Material, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician, scripts=False)
    page.goto(f"/c/{furnished.full}/models/{furnished.model}/upload/")
    steps.upload_model(page, material.pickled)
    expect(page.get_by_role("alert").filter(has_text="Please correct this")).to_contain_text(
        "pickle"
    )
    expect(page.get_by_role("link", name="Get the script for this model")).to_be_visible()


def test_menus_open_without_scripts(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.technician, scripts=False)
    page.goto("/fleet/")
    page.locator("summary").filter(has_text="Account menu").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_every_page_is_read_and_used_without_scripts(desk: Desk, book: Book) -> None:
    """One window for everybody: what is walked is each page of the book as each person has it."""
    page = desk.page(scripts=False)
    found = []
    for who in book.people():
        desk.become(page, who)
        for name, place in book.of(who).items():
            go(page, place, scripts=False)
            found += broken(page, f"{name} of {who or 'nobody'}")
    assert found == []
