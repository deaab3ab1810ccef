"""What is said of a review follows its day, in the list, on the page and on the button alike."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.enums import SheetState, ToolDecision
from audits.models import AITool, VendorReview
from tests import casts
from tests.factories import World
from tests.sheets import completed
from tests.web.reading import address, html_of, words

SOON, DUE, OVERDUE = (
    str(SheetState(one).label) for one in (SheetState.DUE_SOON, SheetState.DUE, SheetState.OVERDUE)
)
# A review holds for a year, which has a day more where a February has one.
_A_YEAR = 366
DATES = [(300, ""), (20, SOON), (-1, OVERDUE)]


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def review_until(world: World, days: int) -> None:
    """The vendor was reviewed, and that holds for so many days from now."""
    done = timezone.now() + timedelta(days=days - _A_YEAR)
    with world.ours.scope():
        completed(world.ours.sheet, completed_at=done)


def decide(world: World, days: int | None, decision: str = ToolDecision.APPROVE) -> None:
    """It was decided, to be looked at again so many days from now."""
    day = timezone.localdate() + timedelta(days=days) if days is not None else None
    with world.here.scope():
        AITool.objects.update(decision=decision, next_review=day)


def said(html: str) -> set[str]:
    """Which of the words about a review stand there."""
    return {one for one in (SOON, DUE, OVERDUE) if re.search(rf"{one}(?! soon)", words(html))}


def buttons(html: str) -> list[str]:
    """What the buttons say that begin a review."""
    forms = re.findall(r'<form [^>]*action="[^"]*/review/[^"]*"[^>]*>(.*?)</form>', html, re.DOTALL)
    return [words(f"<main>{form}</main>").strip() for form in forms]


def row_of(html: str, url: str) -> str:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", html, flags=re.DOTALL)
    link = f'href="{url}"'
    return f"<main>{next(row for row in rows if link in row)}</main>"


@pytest.mark.parametrize(("days", "word"), DATES)
def test_day_of_the_vendors_review_is_said_on_page_row_and_next_step(
    world: World, days: int, word: str
) -> None:
    review_until(world, days)
    decide(world, None)
    expected = {word} - {""}
    tool = address(world, "tool", "tool")
    page = html_of(world, "technician", tool)
    assert said(page) == expected
    assert buttons(page) == ([word] if word else [])
    row = row_of(html_of(world, "technician", address(world, "tools")), tool)
    assert said(row) == expected
    sheet = reverse("vendor", args=[world.ours.sheet.pk])
    step = html_of(world, "technician", sheet)
    assert buttons(step) == [word or "Review again"]
    assert said(step) == expected
    assert said(row_of(html_of(world, "technician", reverse("vendors")), sheet)) == expected
    # Nobody of the client hears how the provider's own review of the vendor stands.
    assert said(html_of(world, "owner", tool)) == set()


@pytest.mark.parametrize(("days", "word"), [*DATES, (0, DUE)])
def test_day_of_the_decision_is_said_to_everybody(world: World, days: int, word: str) -> None:
    review_until(world, 300)
    decide(world, days)
    expected = {word} - {""}
    tool = address(world, "tool", "tool")
    for person in ("technician", "owner"):
        assert said(html_of(world, person, tool)) == expected
        assert said(row_of(html_of(world, person, address(world, "tools")), tool)) == expected
    # The vendor's review stands: what is to be done again is the decision.
    assert buttons(html_of(world, "technician", tool)) == []
    decides = {"": "Decide", SOON: "Decide again", DUE: "Decide again"}
    link = f'href="{address(world, "tool_decide", "tool")}">'
    text = html_of(world, "technician", tool).partition(link)[2].partition("</a>")[0]
    assert words(f"<main>{text}</main>").strip() == decides.get(
        word, "Decision overdue: decide again"
    )
    assert buttons(html_of(world, "owner", tool)) == []


def test_first_review_is_started_and_one_that_was_begun_goes_on(world: World) -> None:
    decide(world, None, ToolDecision.UNDECIDED)
    tool, sheet = address(world, "tool", "tool"), reverse("vendor", args=[world.ours.sheet.pk])
    for url in (tool, sheet):
        html = html_of(world, "technician", url)
        assert "Continue review" in words(html)
        assert buttons(html) == []
    with world.ours.scope():
        VendorReview.objects.all().delete()
    for url in (tool, sheet):
        assert buttons(html_of(world, "technician", url)) == ["Start review"]


def test_review_that_is_due_soon_is_begun_by_its_button(world: World) -> None:
    review_until(world, 20)
    decide(world, None)
    html = html_of(world, "technician", address(world, "tool", "tool"))
    assert f'action="{address(world, "tool_review", "tool")}"' in html
    assert "Decide" in words(html)
