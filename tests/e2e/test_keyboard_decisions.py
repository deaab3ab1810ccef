"""A tool from its report to the decision, and a checklist one question at a time, by keys alone."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps
from tests.e2e.conftest import Desk, ask
from tests.e2e.keys import Keys

pytestmark = pytest.mark.browser

TECHNICIAN, OWNER, CONTRIBUTOR = "kat@keys.example", "ken@keys.example", "kim@keys.example"
TOOL = "Minute taker"
STEPS = ("What it is", "What goes in", "Training", "Keeping and contract")
# Groups of choices that a page of the review shows, without those that an answer has settled.
_MOST_STOPS = 200


def _report(keys: Keys) -> None:
    keys.follow("AI tools")
    keys.follow("Report AI tool")
    keys.write("Tool", TOOL)
    keys.write("Vendor", "Minute Ltd")
    keys.choose("Most sensitive data that goes in", "Pers")
    keys.follow("Report tool")
    row = keys.page.get_by_role("row").filter(has_text=TOOL)
    expect(row).to_contain_text("Reported")


def _question(keys: Keys) -> int:
    found = re.search(r"Question (\d+) of", keys.page.locator(".card-progress").inner_text())
    assert found is not None
    return int(found[1])


def _answer_cards(keys: Keys) -> None:
    """One question with a button, the next one skipped, and back to it."""
    keys.follow("Checklist")
    keys.follow("Answer one at a time")
    first = _question(keys)
    keys.follow("Partly")
    assert _question(keys) == first + 1
    expect(keys.page.locator(".card-progress")).to_contain_text("1 answered")
    keys.reach("Skip to content")  # which begins like the link below the question
    keys.follow("Skip")
    assert _question(keys) == first + 2
    keys.follow("Back")
    assert _question(keys) == first + 1
    keys.follow("Yes")
    assert _question(keys) == first + 2
    expect(keys.page.locator(".card-progress")).to_contain_text("2 answered")


def _leave_out(keys: Keys) -> str:
    """Say of the question at hand that it does not apply; returns how it is put."""
    keys.follow("Checklist")
    keys.follow("Answer one at a time")
    asked = steps.words(keys.page.locator("#question"))
    keys.unfold("Not applicable")
    keys.follow("Send for confirmation")
    expect(keys.page.get_by_role("alert")).to_contain_text("Say why it does not apply.")
    keys.write("Why does it not apply?", "The tool was given up.")
    keys.follow("Send for confirmation")
    return asked


def _confirm(keys: Keys, left_out: str) -> None:
    keys.follow("Checklist")
    keys.follow("Waiting for a second person")
    keys.follow(left_out)
    keys.follow("Confirm")
    expect(keys.page.locator("#messages")).to_contain_text("it does not apply")


def _answer_page(keys: Keys) -> None:
    """The best answer to each question of the page, resting on a contract; then the next page."""
    answered = set()
    for _ in range(_MOST_STOPS):
        keys.press("Tab")
        here = keys.focus()
        if here.kind == "input:radio" and here.group not in answered:
            answered.add(here.group)
            keys.press("Space")
            if here.name.startswith("Public data"):
                _go_on_to(keys, "Ordinary personal data")
        elif here.kind.startswith("select"):
            keys.page.keyboard.type("Contract")
        elif here.name == "Save and continue":
            with keys.page.expect_navigation():
                keys.press("Enter")
            return
    raise AssertionError(f"the page has no end: {keys.page.url}")


def _go_on_to(keys: Keys, label: str) -> None:
    while not keys.focus().name.startswith(label):
        keys.press("ArrowDown")


def _review(keys: Keys) -> None:
    keys.follow("AI tools")
    keys.follow("Reported")
    keys.follow(f"Start review of {TOOL}")
    for title in STEPS:
        expect(keys.page.get_by_role("heading", level=1)).to_have_text(title)
        _answer_page(keys)
    expect(keys.page.locator("#outcome")).to_contain_text("It passes")
    keys.follow("Complete the review")
    expect(keys.page.get_by_role("region", name="Messages")).to_contain_text("is completed")


def _decide(keys: Keys) -> None:
    keys.follow("Pocket Pharmacy")
    keys.follow("Decide")
    keys.pick("Approve: ")
    keys.write("Conditions", "Tell the people in the room.")
    keys.follow("Record decision")
    expect(keys.page.get_by_role("region", name="Messages")).to_contain_text("on record")


def test_tool_and_checklist_are_decided_without_a_mouse(desk: Desk) -> None:
    call = f"add_checklist({TECHNICIAN!r}, {OWNER!r}, {CONTRIBUTOR!r})"
    slug = json.loads(ask(desk.stack, call))
    owner, keys = Keys(desk.page(OWNER)), Keys(desk.page(TECHNICIAN))
    owner.page.goto(f"/c/{slug}/")
    _report(owner)
    _answer_cards(owner)
    keys.page.goto("/fleet/")
    _review(keys)
    _decide(keys)
    other = Keys(desk.page(CONTRIBUTOR))
    other.page.goto(f"/c/{slug}/")
    _confirm(owner, _leave_out(other))
    owner.follow("AI tools")
    row = owner.page.get_by_role("row").filter(has_text=TOOL)
    expect(row).to_contain_text("Approved")
    expect(row).to_contain_text("Tell the people in the room.")
