"""Asking for a new decision about an AI tool: once, with a reason for whoever takes it."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from audits.enums import ToolDecision
from audits.models import Activity, AITool, ToolRuling
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_decision_that_is_asked_for_is_not_asked_for_again(world: World) -> None:
    url = address(world, "tool_ask", "tool")
    asked, again = (
        words(browser_of(world, person).post(url, follow=True).content.decode())
        for person in ("technician", "admin")
    )
    assert "A new decision is asked for. Somebody else takes it." in asked
    assert "A decision is asked for already." in again
    with world.here.scope():
        row = AITool.objects.get(pk=world.here.tool.pk)
        assert row.requested_by == world.ours.technician
        assert Activity.objects.filter(verb="asked", object_id=row.pk).count() == 1
    ticked = {"do": "ask", "tools": row.pk}
    told = browser_of(world, "admin").post(address(world, "tools"), ticked, follow=True)
    assert "A decision is asked for already." in words(told.content.decode())
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
        answer = browser_of(world, "admin").post(url, follow=True)
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
    browser_of(world, "technician").post(address(world, "tool_ask", "tool"))
