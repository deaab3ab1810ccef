"""A list on paper says above its rows what was asked for, and how many rows of how many it has."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from audits import tenancy
from audits.enums import Answer, ColumnList, DataClass
from audits.models import AITool, ChecklistItem, Client, User
from audits.queries import checklist, fleet, narrowed, plan
from audits.queries.narrowing import Filters
from audits.web.forms.checklist import ChecklistFilter
from audits.web.forms.fleet import FleetFilter
from audits.web.forms.list_filter import ListFilter
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of
from tests.web.test_ticked_files import rows

EVERY = {**narrowed.LISTS, **narrowed.LISTS_OF_EVERYONE}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def text_of(answer: Any) -> str:  # noqa: ANN401 - Django's own
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def pairs(listing: ColumnList, query: str) -> list[tuple[str, str]]:
    """What stands above the rows of a list whose address says this; its rows offer nothing."""
    form = ListFilter(QueryDict(query), narrowing=narrowed.LISTS[listing], rows=[])
    assert form.is_valid(), form.errors
    return list(form.asked().pairs())


@pytest.mark.parametrize(
    ("listing", "query", "told"),
    [
        (
            ColumnList.MODELS,
            "",
            [("Filters", "None"), ("Sorted by", "Rating, descending")],
        ),
        (
            ColumnList.MODELS,
            "q=fore&rating=high&due=overdue&sort=name",
            [
                ("Search in Name, purpose, owner or host", "“fore”"),
                ("Rating", "High"),
                ("Next review", "Overdue"),
                ("Sorted by", "Model, ascending"),
            ],
        ),
        (
            ColumnList.DATASETS,
            "impact=5&sort=-uploaded",
            [
                (
                    "Sensitivity",
                    "S5: health, biometric, genetic, sexual, criminal, union or religion",
                ),
                ("Sorted by", "Uploaded, ascending"),
            ],
        ),
        (
            ColumnList.REPORTS,
            "state=sent&sort=kind",
            [("State", "Sent"), ("Sorted by", "Kind, ascending")],
        ),
        (
            ColumnList.PLAN,
            "",
            [("Show", "To be done"), ("Sorted by", "Priority, descending")],
        ),
        (
            ColumnList.PLAN,
            "show=left&due=none",
            [
                ("Show", "Decided to leave"),
                ("Due", "Without a date"),
                ("Sorted by", "Priority, descending"),
            ],
        ),
    ],
)
def test_address_is_told_in_the_words_of_its_page(
    listing: ColumnList, query: str, told: list[tuple[str, str]]
) -> None:
    assert pairs(listing, query) == told


@pytest.mark.parametrize("listing", EVERY)
def test_every_order_of_a_list_has_words(listing: ColumnList) -> None:
    asks = EVERY[listing]
    told = {asks.order_in_words(Filters(sort=sort)) for sort in asks.sorts}
    assert len(told) == len(list(asks.sorts))
    assert all(one.endswith((", ascending", ", descending")) for one in told)


def test_fleet_says_what_was_chosen_and_which_states_are_meant(world: World) -> None:
    ids = [world.here.client.pk]
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=ids, provider_rows=True):
        listed = fleet.directory()

        def told(query: str) -> list[tuple[str, str]]:
            form = FleetFilter(QueryDict(query), listed=listed)
            assert form.is_valid(), form.errors
            return list(form.asked().pairs())

        group = world.ours.group
        assert told("") == [
            ("Clients", "All but archived ones"),
            ("Sorted by", "Rating, descending"),
        ]
        assert told(f"show=reviews&q=har&group={group.pk}&idle=30&state=all&sort=-name") == [
            ("Search in Name, industry or contact", "“har”"),
            ("Show", "Overdue reviews"),
            ("Group", group.name),
            ("Last audit", "None for 30 days"),
            ("Clients", "All of them"),
            ("Sorted by", "Client, descending"),
        ]
        shown = [dict(told(f"show={name}"))["Show"] for name in fleet.CHOICES]
        assert len(set(shown)) == len(fleet.CHOICES)


def test_checklist_says_what_was_chosen(world: World) -> None:
    with world.here.scope():
        item = ChecklistItem.objects.get(pk=world.here.checklist_item.pk)
        ChecklistItem.objects.filter(pk=item.pk).update(owner=world.ours.technician)
        listed = checklist.rows(world.here.client)

        def told(query: str) -> list[tuple[str, str]]:
            form = ChecklistFilter(QueryDict(query))
            form.is_valid()
            return list(form.asked(listed).pairs())

        assert told("show=open&set=week_one") == [
            ("Show", "Open"),
            ("Where to begin", "Week one"),
        ]
        mine = f"owner={world.ours.technician.pk}"
        assert told(mine) == [("Owner", str(User.objects.get(pk=world.ours.technician.pk)))]
        assert told(f"owner={world.theirs.admin.pk}") == [("Owner", "Somebody else")]
        assert told("show=nonsense") == [("Filters", "None")]


def test_filtered_list_on_paper_says_its_filter_and_how_many_rows_are_left_out(
    world: World,
) -> None:
    rows(world, "tools")
    with world.here.scope():
        AITool.objects.filter(name="Bb").update(data_class=DataClass.HEALTH)
        total = AITool.objects.filter(client=world.here.client).count()
    url = reverse("list_pdf", args=[world.here.client.slug, "tools"])
    browser = browser_of(world, "technician")
    told = text_of(browser.post(f"{url}?data=hr&sort=-name"))
    assert f"2 of {total} rows, as of " in told
    assert "Data that goes in: Staff (HR) Sorted by: Tool, descending" in told
    assert told.index(" Cc ") < told.index(" Aa ")
    assert " Bb " not in told
    whole = text_of(browser.post(url))
    assert f", {total} rows, as of " in whole
    assert "Filters: None Sorted by: Tool, ascending" in whole


def test_ticked_rows_on_paper_say_that_they_were_ticked(world: World) -> None:
    known = rows(world, "tools")
    with world.here.scope():
        total = AITool.objects.filter(client=world.here.client).count()
    browser, url = browser_of(world, "technician"), address(world, "tools")
    posted = {"do": "pdf", "tools": [known["Aa"], known["Cc"]]}
    told = text_of(browser.post(f"{url}?q=a&sort=-name", posted))
    assert f"2 of {total} rows, as of " in told
    assert "Rows: Only those that were ticked Sorted by: Tool, descending" in told
    assert "Search in" not in told


def test_printed_fleet_and_plan_of_everyone_say_what_was_asked_for(world: World) -> None:
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(name="Second Harbour")
    browser = browser_of(world, "technician")
    told = text_of(browser.post(f"{reverse('fleet_pdf')}?q=second&sort=name"))
    assert "1 of 2 clients, as of " in told
    assert (
        "Search in Name, industry or contact: “second” Clients: All but archived ones"
        " Sorted by: Client, ascending"
    ) in told
    own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
    with world.here.scope():
        for control, days in (("AI-05", -1), ("AI-06", 9)):
            ChecklistItem.objects.create(
                **own,
                control=control,
                catalogue_version="1",
                answer=Answer.NO,
                due=timezone.localdate() + timedelta(days=days),
            )
    total = 0
    for cast in (world.here, world.sibling):
        with cast.scope():
            total += plan.everywhere().count()
    told = text_of(browser.post(f"{reverse('plans_pdf')}?due=overdue"))
    assert f"1 of {total} actions, as of " in told
    assert "Show: To be done Due: Overdue Sorted by: Priority, descending" in told
