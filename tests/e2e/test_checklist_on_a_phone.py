"""One question a screen at 320 px, with and without scripts: two people answer a checklist."""

import json
import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.axe import ON_A_PHONE, problems
from tests.e2e.conftest import Desk, ask, log_in

pytestmark = pytest.mark.browser

TECHNICIAN, OWNER, CONTRIBUTOR = (
    "tess@pocket.example",
    "omar@pharmacy.example",
    "kim@pharmacy.example",
)
_PHONE: ViewportSize = {"width": 320, "height": 640}


def _number(page: Page) -> int:
    found = re.search(r"Question (\d+) of \d+", page.locator(".card-progress").inner_text())
    assert found is not None
    return int(found[1])


def _phone(desk: Desk, who: str, *, scripts: bool) -> Page:
    page = desk.page(scripts=scripts)
    page.set_viewport_size(_PHONE)
    log_in(page, who)
    return page


def _fits(page: Page) -> bool:
    """Nothing sticks out sideways, and every answer is a thumb wide and high."""
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    boxes = [box.bounding_box() for box in page.locator(".answer").all()]
    return wide <= _PHONE["width"] and all(
        box is not None and box["height"] >= 44 and box["width"] >= 200 for box in boxes
    )


def test_owner_and_contributor_answer_one_question_after_the_other(desk: Desk) -> None:
    call = f"add_checklist({TECHNICIAN!r}, {OWNER!r}, {CONTRIBUTOR!r})"
    slug = json.loads(ask(desk.stack, call))
    page = _phone(desk, CONTRIBUTOR, scripts=False)
    page.goto(f"/c/{slug}/checklist/")
    page.get_by_role("link", name="Answer one at a time").click()
    assert _number(page) == 1
    assert _fits(page)
    page.get_by_role("button", name="Partly").click()
    assert _number(page) == 2
    expect(page.locator(".card-progress")).to_contain_text("1 answered")
    page.get_by_role("link", name="Back").click()
    expect(page.locator(".question .badge-word")).to_have_text("Partly")
    page.get_by_role("link", name="Skip", exact=True).click()
    left_out = page.locator("#question").inner_text()
    page.locator(".answer-out > summary").click()
    page.get_by_role("button", name="Send for confirmation").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why it does not apply.")
    assert _number(page) == 2
    page.get_by_label("Why does it not apply?").fill("The tool was given up.")
    page.get_by_role("button", name="Send for confirmation").click()
    assert _number(page) == 3

    page = _phone(desk, OWNER, scripts=True)
    page.goto(f"/c/{slug}/checklist/?show=review")
    assert problems(page, "checklist waiting", ON_A_PHONE) == []
    page.get_by_role("link", name=left_out).click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#messages")).to_contain_text("it does not apply")
    page.goto(f"/c/{slug}/checklist/cards/")
    assert problems(page, "checklist card", ON_A_PHONE) == []
    first = _number(page)
    assert first == 3
    page.get_by_role("button", name="Yes", exact=True).click()
    page.wait_for_url(lambda url: "/cards/" in url)
    assert _number(page) == 4
    page.goto(f"/c/{slug}/checklist/")
    settled = page.locator("section[aria-labelledby=settled]")
    expect(settled).to_contain_text("The tool was given up.")
