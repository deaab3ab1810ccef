"""Asking for a new decision about an AI tool: once, with a reason that whoever decides reads."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.enums import ToolDecision
from audits.models import Activity, AITool, ToolRuling
from tests import casts
from tests.factories import World
from tests.sheets import best_answers, completed
from tests.web.reading import address, browser_of, html_of, words
from tests.web.test_list_bulk import send

NO_REASON = {"reason": ""}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_new_decision_is_asked_for_once(world: World) -> None:
    own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
    with world.here.scope():
        first = AITool.objects.create(
            **own, name="First", data_class="hr", decision=ToolDecision.REJECT
        )
        second = AITool.objects.create(
            **own, name="Second", data_class="hr", requested_at=timezone.now()
        )
    told = send(world, "tools", do="ask", tools=[first.pk, second.pk])[1]
    assert "Decision asked for about 1 AI tool. Not done: 1." in told
    assert "Second A decision is asked for already." in told
    with world.here.scope():
        first.refresh_from_db()
        assert first.requested_by == world.ours.technician


def test_decision_that_is_asked_for_is_not_asked_for_again(world: World) -> None:
    url = address(world, "tool_ask", "tool")
    asked, again = (
        words(browser_of(world, person).post(url, NO_REASON, follow=True).content.decode())
        for person in ("technician", "admin")
    )
    assert "A new decision is asked for. Somebody else takes it." in asked
    assert "A decision is asked for already." in again
    with world.here.scope():
        row = AITool.objects.get(pk=world.here.tool.pk)
        assert row.requested_by == world.ours.technician
        assert Activity.objects.filter(verb="asked", object_id=row.pk).count() == 1
    told = send(world, "tools", person="admin", do="ask", tools=[row.pk])[1]
    assert "A decision is asked for already." in told
    # Once it is taken another one can be asked for, once again.
    with world.here.scope():
        ToolRuling.objects.create(
            provider_id=row.provider_id,
            client_id=row.client_id,
            tool=row,
            decision=ToolDecision.REJECT,
            review_on=timezone.localdate(),
            impact=1,
        )
        AITool.objects.filter(pk=row.pk).update(decision=ToolDecision.REJECT)
    page = address(world, "tool", "tool")
    assert url in html_of(world, "admin", page)
    for said in ("A new decision is asked for.", "A decision is asked for already."):
        answer = browser_of(world, "admin").post(url, NO_REASON, follow=True)
        assert said in words(answer.content.decode())
    assert url not in html_of(world, "admin", page)
    assert "A new decision is asked for." in words(html_of(world, "technician_of_first", page))


def test_who_asks_for_a_decision_says_why_and_who_decides_reads_it(world: World) -> None:
    url, detail = address(world, "tool_ask", "tool"), address(world, "tool", "tool")
    why = "The plan has changed: it no longer trains on what we send."
    asker = browser_of(world, "owner")
    with world.here.scope():
        AITool.objects.filter(pk=world.here.tool.pk).update(decision=ToolDecision.REJECT)
    assert url in html_of(world, "owner", detail)
    assert 'name="reason"' in asker.get(url).content.decode()
    too_long = asker.post(url, {"reason": "x" * 501})
    assert too_long.status_code == 200
    assert "x" * 501 in too_long.content.decode()
    with world.here.scope():
        assert not Activity.objects.filter(verb="asked").exists()
    asker.post(url, {"reason": f"  {why} "})
    for name in ("tool", "tool_decide"):
        assert why in words(html_of(world, "admin", address(world, name, "tool")))
    # Its own people read the tool; the log is for who decides there.
    assert why in words(html_of(world, "owner", detail))
    assert why not in words(html_of(world, "viewer", detail))
    log = html_of(world, "owner", address(world, "activity"))
    assert why in words(log)
    decided_and_asked_again(world)
    assert why not in words(html_of(world, "admin", address(world, "tool_decide", "tool")))


def decided_and_asked_again(world: World) -> None:
    """A decision since, and another request without a reason."""
    row = world.here.tool
    with world.here.scope():
        ToolRuling.objects.create(
            provider_id=row.provider_id,
            client_id=row.client_id,
            tool=row,
            decision=ToolDecision.REJECT,
            review_on=timezone.localdate(),
            impact=1,
        )
    browser_of(world, "technician").post(address(world, "tool_ask", "tool"), NO_REASON)


def test_who_asked_for_everything_is_led_back_to_the_client_and_told_who_decides(
    world: World,
) -> None:
    """The review ends on the sheet, where there is nothing left for this person to do."""
    with world.here.scope():
        AITool.objects.filter(pk=world.here.tool.pk).update(requested_by=world.ours.technician)
    with world.sibling.scope():
        AITool.objects.update(sheet=None)
    sheet = world.ours.sheet.pk
    ended = browser_of(world, "technician").post(
        reverse("review_complete", args=[sheet]), follow=True
    )
    html = ended.content.decode()
    assert "Somebody else decides: you asked for it yourself." in words(html)
    decide = reverse("vendor_decide", args=[sheet])
    back = f'href="{address(world, "tool", "tool")}"'
    for shown in (html, html_of(world, "technician", decide)):
        told = words(shown)
        assert "You asked for this decision yourself, so somebody else takes it" in told
        assert f"Who can decide: {world.ours.admin}" in told
        assert str(world.ours.technician) not in told.partition("Who can decide")[2][:200]
        assert back in shown
    assert f'href="{decide}"' not in html
    assert 'name="decision"' not in html_of(world, "technician", decide)
    other = html_of(world, "admin", reverse("vendor", args=[sheet]))
    assert f'href="{decide}"' in other
    assert "You asked for" not in words(other)
    assert 'name="decision"' in html_of(world, "admin", decide)
    with world.here.scope():
        AITool.objects.filter(pk=world.here.tool.pk).update(decision=ToolDecision.REJECT)
    decided = html_of(world, "technician", reverse("vendor", args=[sheet]))
    assert "You asked for" not in words(decided)


def test_sheet_counts_the_questions_that_a_completed_review_left_open(world: World) -> None:
    with world.ours.scope():
        completed(world.ours.sheet, answers=best_answers(V_14="", V_15=""))
    told = words(html_of(world, "admin", reverse("vendor", args=[world.ours.sheet.pk])))
    assert "2 questions open" in told
    assert "Not complete" not in told


def test_reason_is_given_for_every_ticked_tool(world: World) -> None:
    why = "The vendor has new terms."
    pk = world.here.tool.pk
    assert "Decision asked for" in send(world, "tools", do="ask", tools=[pk], reason=why)[1]
    assert why in words(html_of(world, "admin", address(world, "tool", "tool")))
    with world.here.scope():
        AITool.objects.filter(pk=pk).update(requested_at=None)
    told = send(world, "tools", do="ask", tools=[pk], reason="x" * 501)[1]
    assert "at most 500 characters" in told
