"""What is done with ticked actions of several clients: at each as far as the person may there."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from audits.enums import Answer, Role
from audits.models import Activity, ChecklistItem, Client, Membership
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, html_of, words
from tests.web.test_files_to_take import rows_of

PLANS = "/plan/"
NAMES = {"here": "Harbour", "sibling": "Amber", "stranger": "Zinc"}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        for name, called in NAMES.items():
            cast = getattr(lent, name)
            with cast.scope():
                Client.objects.filter(pk=cast.client.pk).update(name=called)
                ChecklistItem.objects.update(answer=Answer.YES)
        yield lent


@pytest.fixture
def items(world: World) -> dict[str, ChecklistItem]:
    """One open action of each client."""
    found = {}
    for name in NAMES:
        cast = getattr(world, name)
        with cast.scope():
            found[name] = ChecklistItem.objects.create(
                provider_id=cast.client.provider_id,
                client=cast.client,
                control="AI-02",
                catalogue_version="1",
                answer=Answer.NO,
                priority={"here": 3, "sibling": 6, "stranger": 9}[name],
            )
    return found


def send(world: World, person: str = "technician", query: str = "", **given: object) -> str:
    answer = browser_of(world, person).post(f"{PLANS}{query}", given, follow=True)
    assert answer.status_code == 200
    return words(answer.content.decode())


def stored(world: World, name: str, item: ChecklistItem) -> ChecklistItem:
    with getattr(world, name).scope():
        return ChecklistItem.objects.select_related("owner", "answered_by").get(pk=item.pk)


def test_actions_of_several_clients_are_assigned_dated_and_done(
    world: World, items: dict[str, ChecklistItem]
) -> None:
    ticked = [items["here"].pk, items["sibling"].pk]
    day, who = timezone.localdate() + timedelta(days=20), world.ours.technician
    told = send(world, do="assign", items=ticked, who=who.pk)
    assert "Owner set for 2 actions." in told
    assert told.count("Harbour: ") == told.count("Amber: ") == 1
    assert "Due date set for 2 actions." in send(world, do="due", items=ticked, until=day)
    for name in ("here", "sibling"):
        row = stored(world, name, items[name])
        assert (row.owner, row.due) == (who, day)
    assert "Say what was done" in send(world, do="done", items=ticked, reason=" ")
    assert "2 actions are done." in send(world, do="done", items=ticked, reason="Signed")
    for name in ("here", "sibling"):
        row = stored(world, name, items[name])
        assert (row.answer, row.reason, row.answered_by) == (Answer.YES, "Signed", who)
        with getattr(world, name).scope():
            written = Activity.objects.filter(object_id=row.pk, actor_id=who.pk)
            assert {line.verb for line in written} == {"assigned", "dated", "answered"}


def test_rows_of_a_client_that_somebody_only_reads_along_at_are_not_there(
    world: World, items: dict[str, ChecklistItem]
) -> None:
    """Who looks after one client and is a viewer at another changes the first one alone."""
    person, sibling = world.ours.technician_of_first, world.sibling.client
    with world.sibling.scope():
        Membership.objects.create(
            user=person,
            provider_id=sibling.provider_id,
            client=sibling,
            role=Role.CLIENT_VIEWER,
        )
    html = html_of(world, "technician_of_first", PLANS)
    assert f'value="{items["here"].pk}"' in html
    assert f'value="{items["sibling"].pk}"' not in html
    day = timezone.localdate() + timedelta(days=20)
    both = [items["here"].pk, items["sibling"].pk]
    given: dict[str, Any] = {"until": day, "reason": "Signed", "who": person.pk}
    for do in ("due", "assign", "done"):
        told = send(world, "technician_of_first", do=do, items=both, **given)
        assert "is not one of the available choices" in told
        assert NAMES["sibling"] not in told
        send(world, "technician_of_first", do=do, items=both[:1], **given)
    row = stored(world, "here", items["here"])
    assert (row.due, row.owner, row.answer) == (day, person, Answer.YES)
    row = stored(world, "sibling", items["sibling"])
    assert (row.due, row.owner, row.answer) == (None, None, Answer.NO)


@pytest.mark.parametrize(
    ("person", "neighbour"), [("technician", "stranger"), ("technician_of_first", "sibling")]
)
def test_rows_of_a_client_that_is_not_open_are_not_there(
    world: World, items: dict[str, ChecklistItem], person: str, neighbour: str
) -> None:
    day = timezone.localdate() + timedelta(days=20)
    ticked = [items["here"].pk, items[neighbour].pk]
    for do in ("due", "csv", "json", "pdf"):
        told = send(world, person, do=do, items=ticked, until=day)
        assert "is not one of the available choices" in told
        assert NAMES[neighbour] not in told
    assert stored(world, "here", items["here"]).due is None
    assert stored(world, neighbour, items[neighbour]).due is None


def test_nobody_sees_to_actions_of_a_client_that_they_do_not_open(
    world: World, items: dict[str, ChecklistItem]
) -> None:
    who = world.ours.technician_of_first
    ticked = [items["here"].pk, items["sibling"].pk]
    told = send(world, do="assign", items=ticked, who=who.pk)
    assert "Owner set for 1 action. Not done: 1." in told
    assert "Who is to see to it does not open this client." in told
    assert stored(world, "here", items["here"]).owner == who
    assert stored(world, "sibling", items["sibling"]).owner is None
    assert "Owner set for 2 actions." in send(world, do="assign", items=ticked, who="")
    assert stored(world, "here", items["here"]).owner is None
    outsider = send(world, do="assign", items=ticked, who=world.ours.owner.pk)
    assert "is not one of the available choices" in outsider


def test_ticked_rows_alone_are_in_the_files_in_the_order_of_the_page(
    world: World, items: dict[str, ChecklistItem]
) -> None:
    with world.here.scope():
        other = ChecklistItem.objects.create(
            provider_id=world.here.client.provider_id,
            client=world.here.client,
            control="AI-03",
            catalogue_version="1",
            answer=Answer.NO,
            priority=8,
        )
    browser, ticked = browser_of(world, "technician"), [items["here"].pk, items["sibling"].pk]
    expected = {"": ["Amber", "Harbour"], "?sort=priority": ["Amber", "Harbour"]}
    for query, clients in {**expected, "?sort=-client": ["Harbour", "Amber"]}.items():
        for do in ("csv", "json"):
            answer = browser.post(f"{PLANS}{query}", {"do": do, "items": ticked})
            name = f"action-plan-clients-selected.{do}"
            assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
            rows = answer.json()["actions"] if do == "json" else rows_of(answer.content)
            assert [(row["client"], row["control"]) for row in rows] == [
                (client, "AI-02") for client in clients
            ]
    paper = browser.post(PLANS, {"do": "pdf", "items": [*ticked, other.pk]})
    assert 'filename="action-plan-clients-selected.pdf"' in paper["Content-Disposition"]
    pages = PdfReader(io.BytesIO(paper.getvalue())).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "3 actions, as of" in text


def test_box_of_a_row_names_its_client_and_enter_does_nothing(
    world: World, items: dict[str, ChecklistItem]
) -> None:
    html = html_of(world, "technician", f"{PLANS}?sort=client")
    labels = re.findall(r'name="items"[^>]*aria-label="Choose ([^"]+)"', html)
    assert [label.rsplit(" at ", 1)[1] for label in labels] == ["Amber", "Harbour"]
    form = html.split('id="bulk"', 1)[1].split("</form>")[0]
    assert re.findall(r"<button[^>]*>", form)[0] == '<button type="submit" hidden>'
    assert "Choose what to do." in send(world, items=[items["here"].pk])
    assert browser_of(world, "owner").post(reverse("plans"), {"do": "csv"}).status_code == 404
