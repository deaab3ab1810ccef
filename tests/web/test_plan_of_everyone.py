"""The action plan of every client as a list: order, choices, files, and each person's set-up."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.enums import Answer, ColumnList, PlanColumn, Treatment
from audits.models import ChecklistItem, Client, ClientGroup, FleetTable, FleetView
from audits.queries import plan
from tests import casts
from tests.factories import World, make_client
from tests.web.reading import browser_of, column_heads, html_of, words
from tests.web.test_files_to_take import rows_of
from tests.web.test_page_queries import cost

PLANS = "/plan/"
NAMES = {"here": "Harbour", "sibling": "amber", "stranger": "Zinc"}
# Client, control, priority, days until it is due, what was decided.
ROWS = (
    ("here", "AI-02", 3, -2, ""),
    ("here", "AI-03", 9, 9, Treatment.FIX),
    ("sibling", "AI-02", 6, None, ""),
    ("sibling", "AI-04", 7, None, Treatment.ACCEPT),
    ("stranger", "AI-02", 5, None, ""),
)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        today = timezone.localdate()
        for name, called in NAMES.items():
            cast = getattr(lent, name)
            with cast.scope():
                Client.objects.filter(pk=cast.client.pk).update(name=called)
                ChecklistItem.objects.update(answer=Answer.YES)
                for whose, control, priority, days, decided in ROWS:
                    if whose == name:
                        ChecklistItem.objects.create(
                            provider_id=cast.client.provider_id,
                            client=cast.client,
                            control=control,
                            catalogue_version="1",
                            answer=Answer.NO,
                            priority=priority,
                            due=None if days is None else today + timedelta(days),
                            decided=decided,
                        )
        yield lent


def named(world: World, query: str) -> str:
    return query.format(group=world.ours.group.pk)


def shown(world: World, query: str, person: str = "technician") -> list[tuple[str, str]]:
    """Client and control of each row of the page, in their order."""
    html = html_of(world, person, f"{PLANS}?{named(world, query)}")
    if "<tbody" not in html:
        return []
    table = html[html.index("<tbody") : html.index("</tbody>")]
    found = re.findall(r'href="/c/([^/]+)/checklist/(\d+)/"', table)
    cast_of = {getattr(world, name).client.slug: name for name in NAMES}
    listed = []
    for slug, pk in found:
        name = cast_of[slug]
        with getattr(world, name).scope():
            listed.append((NAMES[name], ChecklistItem.objects.get(pk=pk).control))
    return listed


def filed(world: World, query: str, ending: str = "csv") -> list[tuple[str, str]]:
    """The same in a file."""
    url = f"{reverse(f'plans_{ending}')}?{named(world, query)}"
    answer = browser_of(world, "technician").get(url)
    assert answer.status_code == 200
    name = f"action-plan-clients.{ending}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    rows = answer.json()["actions"] if ending == "json" else rows_of(answer.content)
    return [(row["client"], row["control"]) for row in rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [("here", "AI-03"), ("sibling", "AI-02"), ("here", "AI-02")]),
        ("sort=priority", [("here", "AI-03"), ("sibling", "AI-02"), ("here", "AI-02")]),
        ("sort=-priority", [("here", "AI-02"), ("sibling", "AI-02"), ("here", "AI-03")]),
        ("sort=due", [("here", "AI-02"), ("here", "AI-03"), ("sibling", "AI-02")]),
        ("show=left", [("sibling", "AI-04")]),
        ("show=fix", [("here", "AI-03")]),
        ("due=overdue", [("here", "AI-02")]),
        ("due=none&show=undecided", [("sibling", "AI-02")]),
        ("group={group}", [("here", "AI-03"), ("here", "AI-02")]),
        ("group={group}&sort=due", [("here", "AI-02"), ("here", "AI-03")]),
    ],
)
def test_page_and_files_hold_what_the_address_chooses_in_its_order(
    world: World, query: str, found: list[tuple[str, str]]
) -> None:
    with world.stranger.scope():
        assert ChecklistItem.objects.filter(control="AI-02", answer=Answer.NO).exists()
    expected = [(NAMES[cast], control) for cast, control in found]
    assert shown(world, query) == expected
    assert filed(world, query) == filed(world, query, "json") == expected


def test_order_by_client_and_by_action_can_be_turned(world: World) -> None:
    for index, column in enumerate(("client", "name")):
        there, back = shown(world, f"sort={column}"), shown(world, f"sort=-{column}")
        assert filed(world, f"sort={column}") == there
        assert [row[index] for row in back] == [row[index] for row in there][::-1]
    by_client = [client for client, _control in shown(world, "sort=client")]
    assert by_client == ["amber", "Harbour", "Harbour"]


def test_headings_tell_the_order_and_keep_what_is_chosen(world: World) -> None:
    html = html_of(world, "technician", f"{PLANS}?show=undecided&page=1")
    head = html[html.index("<thead") : html.index("</thead>")]
    assert head.count('aria-sort="descending"') == head.count("aria-sort") == 1
    assert 'href="?show=undecided&amp;sort=-priority"' in head
    for column in ("name", "client", "answer", "owner", "due", "decision"):
        assert f'href="?show=undecided&amp;sort={column}"' in head
    assert "the most urgent first" in words(html)
    other = html_of(world, "technician", f"{PLANS}?sort=-client")
    assert "the most urgent first" not in words(other)
    assert other.count('aria-sort="descending"') == 1
    assert re.findall(r'data-label="Priority">(\d+)<', html_of(world, "technician", PLANS)) == [
        "9",
        "6",
        "3",
    ]


def test_choices_are_those_of_the_clients_that_are_open_to_the_person(world: World) -> None:
    house = world.ours.provider
    with world.ours.scope():
        group = ClientGroup.objects.create(provider=house, name="Of the sibling alone")
        group.members.create(provider=house, client=world.sibling.client)
        empty = ClientGroup.objects.create(provider=house, name="Of nobody")
    for person, chosen in (("technician", [group]), ("technician_of_first", [])):
        for one in (group, empty):
            html = html_of(world, person, f"{PLANS}?group={one.pk}")
            assert (one.name in html) == (one in chosen)
            assert ("It was left out." in html) == (one not in chosen)
            for ending in ("csv", "json"):
                url = f"{reverse(f'plans_{ending}')}?group={one.pk}"
                status = browser_of(world, person).get(url).status_code
                assert status == (200 if one in chosen else 404)
    assert shown(world, f"group={group.pk}") == [("amber", "AI-02")]


def test_files_below_the_list_are_those_of_its_address(world: World) -> None:
    html = html_of(world, "technician", f"{PLANS}?show=left&sort=due&page=1")
    for name in ("plans_csv", "plans_json"):
        assert f'href="{reverse(name)}?show=left&amp;sort=due"' in html
    assert f'action="{reverse("plans_pdf")}?show=left&amp;sort=due"' in html
    assert "Take this list away" in html
    header = html[html.index('<header class="page-header"') :]
    assert "download" not in header[: header.index("</header>")]


def test_nothing_that_fits_leads_back_and_nothing_open_says_so(world: World) -> None:
    none = html_of(world, "technician", f"{PLANS}?q=no+such+thing&sort=due")
    assert "Nothing fits these filters" in words(none)
    assert "No action is open" in words(html_of(world, "technician_of_none", PLANS))


# --- what a person sets up


def keep_columns(browser: Browser, *columns: str, size: int = 25, query: str = "") -> str:
    answer = browser.post(
        reverse("plans_columns"), {"columns": columns, "size": size, "query": query}
    )
    assert answer.status_code == 302
    return str(answer["Location"])


def heads(world: World, person: str) -> list[str]:
    html = html_of(world, person, PLANS)
    table = html[html.index("<table") : html.index("</table>")]
    labels = ["Action", "Client", *(str(column.label) for column in PlanColumn)]
    found = column_heads(html)
    cells = [label for label in labels[1:] if f'data-label="{label}"' in table]
    assert found == ["Action", *cells]
    return found


def test_columns_and_length_of_a_page_are_kept_for_the_person(world: World) -> None:
    every = ["Action", "Client", *(str(column.label) for column in PlanColumn)]
    assert heads(world, "admin") == every
    browser = browser_of(world, "admin")
    asked = "show=undecided&sort=-due"
    back = keep_columns(browser, "due", "owner", size=50, query=f"{asked}&page=2&secret=1")
    assert back == f"{PLANS}?{asked}"
    assert keep_columns(browser, "due", "owner", size=50) == PLANS
    assert heads(world, "admin") == ["Action", "Client", "Owner", "Due"]
    assert "Priority 9: why?" in words(html_of(world, "admin", PLANS))
    assert browser.get(PLANS).context["page"].paginator.per_page == 50
    assert heads(world, "technician") == every
    assert browser_of(world, "technician").get(PLANS).context["page"].paginator.per_page == 25
    # The plan of one client is another list.
    own = reverse("plan", args=[world.here.client.slug])
    assert 'data-label="Priority"' in html_of(world, "admin", own)
    with world.ours.scope():
        (row,) = FleetTable.objects.filter(user=world.ours.admin)
    assert (row.listing, row.columns, row.size) == (ColumnList.PLANS, ["owner", "due"], 50)


def test_columns_that_there_are_not_are_not_kept(world: World) -> None:
    keep_columns(browser_of(world, "admin"), "secrets")
    keep_columns(browser_of(world, "admin"), "due", size=7)
    here = {"slug": world.here.client.slug, "listing": "plans"}
    for name in ("list_columns", "list_view_new"):
        url = reverse(name, kwargs=here)
        assert browser_of(world, "admin").post(url, {"columns": ["due"]}).status_code == 404
    owner = browser_of(world, "owner")
    for name in ("plans_columns", "plans_view_new"):
        assert owner.post(reverse(name), {"columns": ["due"], "size": 25}).status_code == 404
    with world.ours.scope():
        assert not FleetTable.objects.exclude(listing=ColumnList.FLEET).exists()


def test_view_is_kept_under_a_name_for_its_person_alone(world: World) -> None:
    browser = browser_of(world, "admin")
    asked = urlencode({"q": "fore", "show": "left", "sort": "-client"})
    sent = {"name": "Left", "query": f"{asked}&page=3&secret=1"}
    answer = browser.post(reverse("plans_view_new"), sent)
    assert (answer.status_code, answer["Location"]) == (302, f"{PLANS}?{asked}")
    with world.ours.scope():
        view = FleetView.objects.get(name="Left")
    assert (view.listing, view.user, view.query) == (ColumnList.PLANS, world.ours.admin, asked)
    link = f'href="{PLANS}?{asked.replace("&", "&amp;")}"'
    assert link in html_of(world, "admin", PLANS)
    assert link in html_of(world, "admin", reverse("fleet_views"))
    assert "Action plan of all clients" in html_of(world, "admin", reverse("fleet_views"))
    assert "Left<" not in html_of(world, "admin", reverse("fleet"))
    technicians = html_of(world, "technician", PLANS)
    assert link not in technicians
    assert f'action="{reverse("plans_view_new")}"' in technicians
    again = browser.post(reverse("plans_view_new"), sent)
    assert again.status_code == 200
    assert 'aria-invalid="true"' in again.content.decode()
    assert f'href="{PLANS}"' in again.content.decode()


# --- on paper


def printed(world: World, person: str, query: str = "") -> str:
    answer = browser_of(world, person).post(f"{reverse('plans_pdf')}?{named(world, query)}")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="action-plan-clients.pdf"'
    pages = PdfReader(io.BytesIO(answer.getvalue())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_printed_plan_holds_what_is_chosen_of_the_clients_of_the_person(world: World) -> None:
    whole = printed(world, "technician")
    assert "3 of 4 actions, as of" in whole
    assert ("amber" in whole, "Harbour" in whole, "Zinc" in whole) == (True, True, False)
    left = printed(world, "technician", "show=left")
    assert "1 of 4 actions, as of" in left
    assert ("amber" in left, "Harbour" in left) == (True, False)
    first = printed(world, "technician_of_first")
    assert "2 actions, as of" in first
    assert ("amber" in first, "Harbour" in first) == (False, True)


def test_printed_plan_is_counted_and_made_by_a_press_of_a_button_alone(
    world: World, settings: Settings
) -> None:
    browser = browser_of(world, "technician")
    assert browser.post(f"{reverse('plans_pdf')}?show=everything").status_code == 404
    assert browser.get(reverse("plans_pdf")).status_code == 405
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    assert browser.post(reverse("plans_pdf")).status_code == 429


def test_pdf_is_offered_to_who_prepares_reports_of_the_portfolio(world: World) -> None:
    assert f'action="{reverse("plans_pdf")}' in html_of(world, "technician", PLANS)
    assert browser_of(world, "technician_of_none").post(reverse("plans_pdf")).status_code == 404
    assert browser_of(world, "owner").post(reverse("plans_pdf")).status_code == 404


# --- many rows


@pytest.mark.parametrize("query", ["", "sort=name&q=one", "sort=-owner&due=none", "sort=client"])
def test_page_costs_the_same_with_many_clients(world: World, query: str) -> None:
    url = f"{PLANS}?{query}"
    cost(world, "admin", url)
    before = cost(world, "admin", url)
    provider = world.ours.provider.pk
    with tenancy.scope(provider_id=provider, client_ids=()):
        for number in range(3):
            more = make_client(provider, f"More {number}")
            for control in ("AI-02", "AI-05", "AI-06"):
                ChecklistItem.objects.create(
                    provider_id=provider,
                    client=more,
                    control=control,
                    catalogue_version="1",
                    answer=Answer.NO,
                    owner=world.ours.technician,
                )
    assert cost(world, "admin", url) == before


def test_file_reads_its_rows_in_parts_and_keeps_their_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = filed(world, "sort=-priority")
    monkeypatch.setattr(plan, "AT_ONCE", 1)
    assert filed(world, "sort=-priority") == whole
    assert len(whole) == 3
