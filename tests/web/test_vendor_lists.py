"""AI tools over all clients: lists like the others, a page at a time."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from audits import tenancy
from audits.enums import ColumnList, DataClass, ToolDecision
from audits.models import AITool, FleetTable, FleetView, VendorSheet
from tests import casts
from tests.builders import make_client
from tests.factories import World
from tests.web.reading import browser_of, column_heads, html_of, words

SHEETS, REPORTED = reverse("vendors"), reverse("vendors_reported")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def report(world: World, name: str, **values: object) -> AITool:
    with world.here.scope():
        own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
        return AITool.objects.create(**own, name=name, data_class=DataClass.INTERNAL, **values)


def add_sheets(world: World, *names: str) -> None:
    with world.ours.scope():
        for name in names:
            VendorSheet.objects.create(provider=world.ours.provider, vendor="Maker", product=name)


def shown(world: World, url: str) -> list[str]:
    """The rows of a page by the name of the tool, in their order."""
    rows = browser_of(world, "technician").get(url).context["page"].object_list
    return [row.name if isinstance(row, AITool) else row.sheet.product for row in rows]


def test_only_what_nobody_looked_into_waits_for_a_first_look(world: World) -> None:
    report(world, "Fresh")
    report(world, "Begun", in_review_since=timezone.now())
    for name, decision in (("Refused", ToolDecision.REJECT), ("Bound", ToolDecision.RESTRICT)):
        report(world, name, decision=decision, next_review=timezone.localdate())
    assert shown(world, REPORTED) == ["Fresh"]
    assert shown(world, f"{REPORTED}?step=review") == ["Begun"]
    assert shown(world, f"{REPORTED}?step=decided&sort=name") == ["Bound", "Refused"]
    for url in (SHEETS, REPORTED):
        # Each list is told with its number, whichever of them is shown.
        with world.ours.scope():
            sheets = VendorSheet.objects.count()
        said = words(html_of(world, "technician", url))
        assert f"Fact sheets {sheets} Reported 1" in said
        assert "Waiting for a first look" not in said


def test_long_lists_come_a_page_at_a_time_and_cost_the_same(world: World) -> None:
    def cost(url: str) -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    report(world, "Tool 00")
    before = [(cost(url), cost(url))[1] for url in (SHEETS, REPORTED)]
    add_sheets(world, *(f"Sheet {number:02}" for number in range(30)))
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        for number in range(1, 30):
            client = make_client(world.ours.provider.pk, f"Client {number}")
            AITool.objects.create(
                provider_id=client.provider_id,
                client=client,
                name=f"Tool {number:02}",
                data_class=DataClass.INTERNAL,
            )
    assert [cost(url) for url in (SHEETS, REPORTED)] == before
    assert shown(world, REPORTED) == [f"Tool {number:02}" for number in range(25)]
    assert shown(world, f"{REPORTED}?page=2") == [f"Tool {number:02}" for number in range(25, 30)]
    assert len(shown(world, SHEETS)) == 25
    html = html_of(world, "technician", REPORTED)
    assert html.count("Start review") == 25
    assert "Rows 1 to 25 of 30" in words(html)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=name", ["Alpha", "Beta"]),
        ("sort=-name", ["Beta", "Alpha"]),
        ("q=alph", ["Alpha"]),
        ("sort=users", ["Beta", "Alpha"]),
        ("data=health", ["Beta"]),
        ("q=nothing-like-it", []),
    ],
)
def test_tools_without_a_sheet_are_searched_chosen_and_sorted(
    world: World, query: str, names: list[str]
) -> None:
    report(world, "Alpha", people=3)
    tool = report(world, "Beta", people=9)
    with world.here.scope():
        AITool.objects.filter(pk=tool.pk).update(data_class=DataClass.HEALTH)
    assert shown(world, f"{REPORTED}?{query}") == names
    file = browser_of(world, "technician").get(
        f"{reverse('vendors_reported_file', args=['json'])}?{query}"
    )
    assert [row["tool"] for row in file.json()["reported-tools"]] == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=alph", ["Alpha"]),
        ("q=alph&sort=-name", ["Alpha"]),
        ("q=maker&sort=-name", ["Beta", "Alpha"]),
        ("q=maker&state=none&sort=name", ["Alpha", "Beta"]),
        ("q=maker&state=due", []),
        ("q=maker&due=none&sort=name", ["Alpha", "Beta"]),
    ],
)
def test_sheets_are_searched_chosen_and_sorted(world: World, query: str, names: list[str]) -> None:
    add_sheets(world, "Alpha", "Beta")
    assert shown(world, f"{SHEETS}?{query}") == names
    file = browser_of(world, "technician").get(f"{reverse('vendors_file', args=['json'])}?{query}")
    assert [row["product"] for row in file.json()["vendors"]] == names


@pytest.mark.parametrize(
    ("listing", "kept", "heads"),
    [
        (ColumnList.VENDORS, "clients", ["Tool", "Clients"]),
        (ColumnList.VENDORS_REPORTED, "users", ["Tool", "Client", "Users", "Action"]),
    ],
)
def test_columns_page_length_and_views_are_kept_for_the_person(
    world: World, listing: ColumnList, kept: str, heads: list[str]
) -> None:
    report(world, "Alpha")
    browser, name = browser_of(world, "technician"), listing.value
    sent = {"columns": [kept], "size": 50, "query": "sort=-name&evil=1"}
    answer = browser.post(reverse(f"{name}_columns"), sent)
    assert answer["Location"] == f"{reverse(name)}?sort=-name"
    assert column_heads(html_of(world, "technician", reverse(name))) == heads
    assert len(column_heads(html_of(world, "admin", reverse(name)))) > len(heads)
    answer = browser.post(reverse(f"{name}_view_new"), {"name": "Mine", "query": "q=x&sort=name"})
    assert answer["Location"] == f"{reverse(name)}?q=x&sort=name"
    with world.ours.scope():
        row = FleetTable.objects.get(listing=listing)
        assert (row.columns, row.size) == ([kept], 50)
        assert FleetView.objects.get(listing=listing).name == "Mine"
    views = html_of(world, "technician", reverse("fleet_views"))
    assert f'href="{reverse(name)}?q=x&amp;sort=name"' in views


def test_both_lists_are_printed_as_they_are_asked_for(world: World) -> None:
    add_sheets(world, "Alpha", "Beta")
    report(world, "Gamma")
    report(world, "Delta", decision=ToolDecision.REJECT, next_review=timezone.localdate())
    browser = browser_of(world, "technician")

    def told(name: str, query: str) -> str:
        answer = browser.post(f"{reverse(name)}?{query}")
        assert answer["Content-Type"] == "application/pdf"
        pages = PdfReader(io.BytesIO(answer.getvalue())).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    sheets = told("vendors_pdf", "q=alph")
    assert ("Alpha" in sheets, "Beta" in sheets) == (True, False)
    waiting = told("vendors_reported_pdf", "")
    assert ("Gamma" in waiting, "Delta" in waiting) == (True, False)
    assert "Reported" in waiting
    assert "1 of 2 rows, as of" in waiting
    assert browser.get(reverse("vendors_pdf")).status_code == 405
    for name in ("vendors_pdf", "vendors_reported_pdf"):
        assert browser_of(world, "technician_of_none").post(reverse(name)).status_code == 404


def test_count_of_clients_that_wait_leads_to_them(world: World) -> None:
    with world.here.scope():
        AITool.objects.update(sheet=world.ours.sheet, decision=ToolDecision.UNDECIDED)
    with world.sibling.scope():
        day = timezone.localdate() + timedelta(days=9)
        AITool.objects.update(sheet=world.ours.sheet, decision=ToolDecision.REJECT, next_review=day)
    url = f"{reverse('vendor', args=[world.ours.sheet.pk])}?show=waiting"
    assert f'href="{url}#users"' in html_of(world, "technician", SHEETS)
    users = browser_of(world, "technician").get(url).context["users"]
    assert [row.tool.client_id for row in users] == [world.here.client.pk]
    every = browser_of(world, "technician").get(url.partition("?")[0]).context["users"]
    assert len(every) == 2
