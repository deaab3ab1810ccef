"""A decision is told in plain words, each reason once, and a review says which mark it assumes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.enums import TOOL_DECISIONS, DataClass, ToolDecision
from audits.models import AITool, ToolRuling
from tests import casts
from tests.factories import World
from tests.sheets import best_answers, completed
from tests.web.reading import address, browser_of, html_of, words

SHARED = "What is built from the data is shared with other customers, or this is not known."


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def decided(world: World, decision: ToolDecision, **frozen: object) -> None:
    """It was decided about staff data, on a review that a shared model rules more out for."""
    with world.ours.scope():
        completed(world.ours.sheet, answers=best_answers(V_02="confidential", V_14="shared"))
    day = timezone.localdate() + timedelta(days=90)
    with world.here.scope():
        AITool.objects.update(decision=decision, data_class=DataClass.HR, next_review=day)
        values = {"decision": decision, "impact": 4, "knock_outs": ["V-14"], **frozen}
        ToolRuling.objects.filter(pk=world.here.ruling.pk).update(**values)


@pytest.mark.parametrize("decision", TOOL_DECISIONS)
@pytest.mark.parametrize("person", ["technician", "owner"])
def test_page_says_what_the_decision_means(
    world: World, person: str, decision: ToolDecision
) -> None:
    decided(world, decision)
    text = words(html_of(world, person, address(world, "tool", "tool")))
    assert text.count(decision.means) == 1
    assert decision != ToolDecision.RESTRICT or "Only public data may go in." in text


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_reason_stands_once_on_the_page(world: World, person: str) -> None:
    decided(world, ToolDecision.RESTRICT)
    text = words(html_of(world, person, address(world, "tool", "tool")))
    assert text.count(SHARED) == 1


def test_reason_of_then_that_is_none_any_more_still_stands(world: World) -> None:
    decided(world, ToolDecision.RESTRICT)
    with world.ours.scope():
        completed(world.ours.sheet)
    text = words(html_of(world, "technician", address(world, "tool", "tool")))
    assert f"What ruled more out when this was decided: {SHARED}" in text


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        (34, "found a risk of 34 out of 100, which was too high: for data of impact S4 at most 30"),
        (24, "found a risk of 24 out of 100, which was low enough: for data of impact S4 at most"),
    ],
)
def test_figures_are_a_sentence(world: World, risk: int, said: str) -> None:
    decided(world, ToolDecision.RESTRICT, risk=risk, pass_mark=30)
    page = address(world, "tool", "tool")
    assert said in words(html_of(world, "technician", page))
    assert "out of 100" not in words(html_of(world, "owner", page))


def test_figures_of_today_stand_once(world: World) -> None:
    decided(world, ToolDecision.APPROVE)
    with world.ours.scope():
        completed(world.ours.sheet, answers=best_answers(V_02="confidential"))
    with world.here.scope():
        ToolRuling.objects.filter(pk=world.here.ruling.pk).update(
            risk=0, pass_mark=30, knock_outs=[]
        )
    text = words(html_of(world, "technician", address(world, "tool", "tool")))
    assert text.count("a risk of 0 out of 100") == 1


def test_review_without_an_answer_says_that_the_strictest_mark_is_assumed(world: World) -> None:
    """The client puts staff data in, which its own page judges by another mark."""
    with world.here.scope():
        AITool.objects.update(data_class=DataClass.HR)
    url = reverse("review", kwargs={"pk": world.ours.sheet.pk, "key": "data"})
    browser = browser_of(world, "technician")
    assumed = "so the strictest mark is assumed: at most 20 passes, as for data of impact S5."
    at_clients = "of impact S4: for that at most 30 passes."
    once_said = "nothing beyond impact S4: once the review says so, at most 30 passes."
    text = words(browser.get(url).content.decode())
    assert assumed in text
    assert once_said in text
    for answer, said in (
        ("not_known", {assumed, once_said}),
        ("special", {once_said}),
        ("personal", {at_clients}),
        ("confidential", set()),
    ):
        asked = browser.post(url, {"V-02": answer}, headers={"HX-Request": "true"})
        told = words(f"<main>{asked.content.decode()}</main>")
        assert {one for one in (assumed, at_clients, once_said) if one in told} == said


@pytest.mark.parametrize("data", ["", "not_known", "special"])
def test_page_of_a_tool_and_its_sheet_name_the_same_pass_mark(world: World, data: str) -> None:
    """The review speaks of health data, or not at all; the client puts staff data in."""
    given = best_answers(V_02=data)
    answers = {name: {**one, "evidence": "call"} for name, one in given.items()}
    with world.ours.scope():
        completed(world.ours.sheet, answers=answers)
    with world.here.scope():
        AITool.objects.update(data_class=DataClass.HR)
    tool = words(html_of(world, "admin", address(world, "tool", "tool")))
    sheet = words(html_of(world, "admin", reverse("vendor", args=[world.ours.sheet.pk])))
    assert "out of 100; for data of impact S5 at most 20 passes. S5 counts as long as" in tool
    assert "at most 20 passes for data of impact S5" in tool  # the chart
    assert "at most 20 passes" in sheet
    assert "for that at most 30 passes" not in sheet
    decide = words(html_of(world, "admin", address(world, "tool_decide", "tool")))
    assert "does not say that nothing beyond S4 goes in." in decide
