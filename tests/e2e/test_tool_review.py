"""A tool from the first report to the decision: the owner reports, one reviews, another decides."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import problems
from tests.e2e.conftest import Desk, Furnished
from tests.e2e.steps import words

pytestmark = pytest.mark.browser

# The worst answer stands last but one: behind it comes "Not known".
STEPS = ("What it is", "What goes in", "Training", "Keeping and contract")


def answer_page(page: Page) -> None:
    """Take the best answer to every question of the page, and say that a contract shows it."""
    for question in page.locator(".question").all():
        if not question.is_visible():  # settled by an answer above it
            continue
        question.get_by_role("radio").first.check()
        proof = question.get_by_label("It rests on")
        if proof.count():
            proof.select_option("contract")


def report(page: Page, slug: str, name: str) -> None:
    page.goto(f"/c/{slug}/tools/")
    page.get_by_role("link", name="Report AI tool").first.click()
    page.get_by_label("Tool", exact=True).fill(name)
    page.get_by_label("Vendor", exact=False).first.fill("Minute Ltd")
    page.get_by_label("Most sensitive data that goes in").select_option("personal")
    page.get_by_role("button", name="Report tool").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Reported")


def test_tool_goes_from_report_through_review_to_decision(desk: Desk, furnished: Furnished) -> None:
    owner = desk.page(furnished.owner)
    report(owner, furnished.full, "Minute taker")

    page = desk.page(furnished.technician)
    page.goto("/tools/")
    lists = page.get_by_role("navigation", name="Lists")
    lists.get_by_role("link", name="Reported").click()
    waiting = page.get_by_role("row").filter(has_text="Minute taker")
    expect(waiting).to_contain_text("Lakeside Clinic")
    waiting.get_by_role("button", name="Start review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What it is")

    # What was typed is there again, whichever way the page is left.
    page.get_by_role("radio", name="A paid team plan").check()
    expect(page.locator("#score")).to_contain_text("27 questions are open")
    page.get_by_role("button", name=re.compile("^Training")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Training")
    page.get_by_role("button", name=re.compile("^What it is")).click()
    expect(page.get_by_role("radio", name="A paid team plan")).to_be_checked()

    for title in STEPS:
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert problems(page, f"review {title}") == []
        answer_page(page)
        if title == "What goes in":
            page.get_by_role("radio", name="Ordinary personal data").check()
        page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("#outcome")).to_contain_text("It passes")
    assert problems(page, "review result") == []
    page.get_by_role("button", name="Complete the review").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("The review is completed.")
    expect(page.get_by_role("row").filter(has_text="Lakeside Clinic")).to_contain_text("In review")
    assert problems(page, "sheet") == []

    # Who looks after the client decides: it was the owner who asked.
    page.get_by_role("link", name="Lakeside Clinic").click()
    page.get_by_role("link", name="Decide", exact=True).click()
    page.get_by_role("radio", name=re.compile("^Approve: ")).check()
    page.get_by_label("Conditions").fill("Tell the people in the room.")
    page.get_by_label("Next review").fill((date.today() + timedelta(days=90)).isoformat())  # noqa: DTZ011 - what the person reads off a calendar
    assert problems(page, "tool_decide") == []
    page.get_by_role("button", name="Record decision").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("on record")
    expect(page.get_by_role("region", name="What holds here")).to_contain_text("Robin Technician")

    owner.goto(f"/c/{furnished.full}/tools/")
    row = owner.get_by_role("row").filter(has_text="Minute taker")
    expect(row).to_contain_text("Approved")
    expect(row).to_contain_text("Tell the people in the room.")
    row.get_by_role("link", name="Minute taker").click()
    assert "Fact sheet" not in words(owner.locator("main"))


def test_list_is_looked_at_before_it_is_taken_over(
    desk: Desk, furnished: Furnished, tmp_path: Path
) -> None:
    listed = tmp_path / "spend.csv"
    listed.write_text(
        "Merchant;Application;Seats\nSlide Co;Slide maker;12\nCo;=HYPERLINK(1);3\nX;Sorter;many\n"
    )
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.bare}/tools/")
    page.get_by_role("link", name="Import a list").first.click()
    page.get_by_label("File").set_input_files(listed)
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this read correctly?")
    wrong = page.get_by_role("region", name="Left out as they are")
    expect(wrong).to_contain_text("row 3, column “Application”")
    expect(wrong).to_contain_text("row 4, column “Seats”")
    assert problems(page, "tool_import_columns") == []
    page.get_by_label("Most sensitive data that goes in").select_option("internal")
    page.get_by_role("button", name="Add 1 tool").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("One tool was added.")
    expect(page.get_by_role("row").filter(has_text="Slide maker")).to_contain_text("12")
