"""The action plan's pages: of a client and of everybody, decisions with a signature, the file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from pytest_django.fixtures import Settings

from audits.enums import Answer
from audits.guidance import editions
from audits.models import Activity, ChecklistItem, RiskDecision
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_plan_shows_decides_and_is_taken_away(world: World) -> None:
    url, csv = address(world, "plan"), address(world, "plan_csv")
    assert "Put a log-in and a limit before each model" in words(html_of(world, "viewer", url))
    decide = address(world, "checklist_decide", "checklist_item")
    given = {
        "treatment": "accept",
        "reason": "=1+1",
        "signature": "Anna Berg",
        "decided_on": "2026-01-05",
    }
    assert browser_of(world, "viewer").post(decide, given).status_code == 404
    assert browser_of(world, "contributor").post(decide, given).status_code == 404
    assert browser_of(world, "owner").post(decide, given).status_code == 302
    with world.here.scope():
        made = RiskDecision.objects.first()
    assert made is not None
    assert (made.treatment, made.recorded_by_id) == ("accept", world.ours.owner.pk)
    assert "No action is open" in words(html_of(world, "owner", url))
    today = date_format(localtime(made.recorded_at), "j M Y")
    signed = f"Signed: Anna Berg, 5 Jan 2026 · recorded by {world.ours.owner} on {today}"
    assert signed in words(html_of(world, "owner", f"{url}?show=left"))
    asked = address(world, "checklist_answer", "checklist_item")
    assert signed in words(html_of(world, "owner", asked))
    table = browser_of(world, "owner").get(f"{csv}?show=left").content.decode("utf-8-sig")
    assert table.splitlines()[1].endswith(
        f"Accept,2026-01-05,Anna Berg,{world.ours.owner},{made.recorded_at.isoformat()},'=1+1"
    )
    assert len(table.splitlines()) == 2


def test_whoever_decides_to_fix_may_say_who_does_it(world: World) -> None:
    decide = address(world, "checklist_decide", "checklist_item")
    given = {"reason": "Worth it", "signature": "Anna Berg", "decided_on": "2026-01-05"}
    someone, owner = world.ours.contributor, world.ours.owner

    def decided(treatment: str, **who: object) -> tuple[object, str]:
        sent = {**given, "treatment": treatment, **who}
        assert browser_of(world, "owner").post(decide, sent).status_code == 302
        with world.here.scope():
            item = ChecklistItem.objects.get(pk=world.here.checklist_item.pk)
            assert item.decided == treatment
            return item.owner_id, item.owner_name

    assert "Who will do it?" in words(html_of(world, "owner", decide))
    assert decided("fix") == (None, "")
    assert decided("fix", owner=someone.pk, owner_name="Not this one") == (someone.pk, "")
    with world.here.scope():
        lines = Activity.objects.filter(object_type="checklistitem")
        line = lines.filter(object_id=world.here.checklist_item.pk).latest("pk")
    assert (line.verb, line.actor_id) == ("assigned", owner.pk)
    # The page offers who sees to it today; what is left is nobody's new work.
    assert f'value="{someone.pk}" selected' in html_of(world, "owner", decide)
    assert decided("accept", owner=owner.pk) == (someone.pk, "")
    assert decided("fix") == (someone.pk, "")
    assert decided("fix", owner="", owner_name="The joiner") == (None, "The joiner")
    for stranger in (world.theirs.owner.pk, world.ours.technician_of_none.pk, 10**9):
        answer = browser_of(world, "owner").post(
            decide, {**given, "treatment": "fix", "owner": stranger}
        )
        assert answer.status_code == 200
        assert "owner" in answer.context["form"].errors


def test_what_an_address_of_a_plan_asks_for_in_vain_is_left_out_and_told(world: World) -> None:
    url = address(world, "plan")
    browser = browser_of(world, "technician")
    pages = [
        browser.get(f"{url}{asked}").content.decode() for asked in ("?due=zz&owner=x", "?due=")
    ]
    assert ["It was left out." in page for page in pages] == [True, False]
    assert "Select a valid choice" not in pages[0]
    assert "Put a log-in and a limit before each model" in words(html_of(world, "viewer", url))


def test_plan_of_everyone_holds_the_granted_clients_alone(world: World) -> None:
    def clients(person: str) -> set[str]:
        html = html_of(world, person, reverse("plans"))
        slugs = {name: getattr(world, name).client.slug for name in ("here", "sibling", "stranger")}
        return {name for name, slug in slugs.items() if f"/c/{slug}/" in html}

    assert clients("technician") == {"here", "sibling"}
    assert clients("technician_of_first") == {"here"}
    assert clients("technician_of_none") == set()
    group = f"{reverse('plans')}?group={world.ours.group.pk}"
    assert world.sibling.client.slug not in html_of(world, "technician", group)


def test_a_long_plan_is_ranked_so_its_pages_are_neither_newer_nor_older(world: World) -> None:
    controls = [control["id"] for control in editions.dumped(editions.current().controls)]
    for cast in (world.here, world.sibling):
        with cast.scope():
            ChecklistItem.objects.update(answer=Answer.NO)
            own = {"provider_id": cast.client.provider_id, "client": cast.client}
            there = set(ChecklistItem.objects.values_list("control", flat=True))
            for control in sorted(set(controls) - there):
                ChecklistItem.objects.create(
                    **own, control=control, answer=Answer.NO, catalogue_version="1"
                )
    first, last = (
        words(html_of(world, "technician", f"{reverse('plans')}?page={number}"))
        for number in (1, 4)
    )
    assert "Page 1 of 4 Next" in first
    assert "Previous Page 4 of 4" in last
