"""Lists of a provider and of people: filters, ticks, columns, views and paper, as everywhere."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from audits.enums import ColumnList, DataClass, PortfolioColumn, Role, TeamColumn
from audits.models import AITool, FleetTable, FleetView, Membership, PortfolioReport, VendorSheet
from tests import casts
from tests.factories import World
from tests.people import make_person, make_staff
from tests.web import doors
from tests.web.reading import address, browser_of, column_heads, html_of, words
from tests.web.test_files_to_take import rows_of

NAMES = ("Aa", "Bb", "Cc")
TEAM_TURNED, PEOPLE_TURNED = (
    [f"{name}@{place}.example" for name in ("cc", "bb", "aa")]
    for place in ("colleagues", "customers")
)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def sheets(world: World) -> dict[str, int]:
    with world.ours.scope():
        made = [
            VendorSheet.objects.create(provider=world.ours.provider, vendor="Maker", product=name)
            for name in NAMES
        ]
    return {one.product: one.pk for one in made}


def reported(world: World) -> dict[str, int]:
    own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
    with world.here.scope():
        made = [
            AITool.objects.create(**own, name=name, data_class=DataClass.CODE) for name in NAMES
        ]
    return {one.name: one.pk for one in made}


def portfolios(world: World) -> dict[str, int]:
    with world.ours.scope():
        made = [
            PortfolioReport.objects.create(
                provider=world.ours.provider,
                number=20 + n,
                covers=[world.here.client.pk] * n,
                whole=n == 2,
                sha256="0" * 64,
                superseded_at=timezone.now() if n == 1 else None,
                data={**world.ours.portfolio_report.data, "report_number": name},
            )
            for n, name in enumerate(NAMES)
        ]
    return {str(one): one.pk for one in made}


def team(world: World) -> dict[str, int]:
    with world.ours.scope():
        for name in NAMES:
            make_staff("colleagues", name.lower(), world.ours.provider, Role.TECHNICIAN)
        found = Membership.objects.filter(user__email__endswith="@colleagues.example")
        return {one.user.email: one.pk for one in found.order_by("user__email")}


def people(world: World) -> dict[str, int]:
    with world.here.scope():
        for name in NAMES:
            make_person("customers", name.lower(), world.here.client, Role.CLIENT_VIEWER)
        found = Membership.objects.filter(user__email__endswith="@customers.example")
        return {one.user.email: one.pk for one in found.order_by("user__email")}


# Of each list: rows of it, what a file calls them, and what is in the name of a file.
LISTS: dict[str, tuple[Callable[[World], dict[str, int]], str, str]] = {
    "vendors": (sheets, "product", "vendors-sheets"),
    "vendors_reported": (reported, "tool", "reported-tools-clients"),
    "portfolios": (portfolios, "report", "portfolio-reports-house"),
    "team": (team, "email", "team-house"),
    "people": (people, "email", "people-{slug}"),
}
every_list = pytest.mark.parametrize("listing", LISTS)


def url_of(world: World, listing: str) -> str:
    return address(world, listing) if listing == "people" else reverse(listing)


def take(world: World, listing: str, ticked: list[int], do: str, query: str = "") -> Any:  # noqa: ANN401 - Django's own
    return browser_of(world, "admin").post(
        f"{url_of(world, listing)}{query}", {"do": do, "picked": ticked}
    )


def printed(answer: Any) -> str:  # noqa: ANN401 - Django's own
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.getvalue())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@every_list
def test_ticked_rows_alone_are_taken_away_in_the_order_of_the_page(
    world: World, listing: str
) -> None:
    make, field, name = LISTS[listing]
    known = make(world)
    first, second, last = known
    table = take(world, listing, [known[last], known[first]], "csv", "?sort=-name")
    called = name.format(slug=world.here.client.slug)
    assert table["Content-Disposition"] == f'attachment; filename="{called}-selected.csv"'
    assert [row[field] for row in rows_of(table.content)] == [last, first]
    (objects,) = json.loads(take(world, listing, [known[second]], "json").content).values()
    assert [row[field] for row in objects] == [second]
    told = printed(take(world, listing, [known[first], known[last]], "pdf"))
    assert "Only those that were ticked" in told
    assert [one in told for one in (first, second, last)] == [True, False, True]


FOREIGN: dict[str, Callable[[World], Any]] = {
    "vendors": lambda world: world.theirs.sheet,
    "vendors_reported": lambda world: world.stranger.tool,
    "portfolios": lambda world: world.theirs.portfolio_report,
    "team": lambda world: world.theirs.colleague,
    "people": lambda world: world.sibling.member,
}


@every_list
def test_nothing_ticked_or_a_foreign_row_is_no_file(world: World, listing: str) -> None:
    own = next(iter(LISTS[listing][0](world).values()))
    foreign = FOREIGN[listing](world)
    place = world.sibling if listing == "people" else world.stranger
    house = world.theirs
    with (place if listing in ("people", "vendors_reported") else house).scope():
        if listing == "vendors_reported":
            AITool.objects.filter(pk=foreign.pk).update(sheet=None)
        assert type(foreign).objects.filter(pk=foreign.pk).exists()
    for ticked in ([], [own, foreign.pk]):
        answer = take(world, listing, ticked, "csv")
        assert "Content-Disposition" not in answer
        assert "data-error-summary" in answer.content.decode()
    assert "Content-Disposition" in take(world, listing, [own], "csv")


@pytest.mark.parametrize(
    ("listing", "query", "found"),
    [
        ("portfolios", "q=Bb", ["Bb"]),
        ("portfolios", "state=superseded", ["Bb"]),
        ("portfolios", "clients=every&q=Cc", ["Cc"]),
        ("portfolios", "sort=-clients&clients=some", ["Aa", "Bb"]),
        ("team", "q=bb@colleagues", ["bb@colleagues.example"]),
        (
            "team",
            "q=colleagues&sort=-name",
            TEAM_TURNED,
        ),
        ("team", "q=colleagues&role=msp_admin", []),
        ("team", "q=colleagues&factor=no", []),
        ("people", "q=bb@customers", ["bb@customers.example"]),
        (
            "people",
            "q=customers&sort=-name",
            PEOPLE_TURNED,
        ),
        ("people", "q=customers&role=client_owner", []),
    ],
)
def test_lists_are_searched_chosen_and_sorted_on_page_file_and_paper(
    world: World, listing: str, query: str, found: list[str]
) -> None:
    make, field, _name = LISTS[listing]
    known = make(world)
    here = {"slug": world.here.client.slug} if listing == "people" else {}
    file = reverse(f"{listing}_file", kwargs={**here, "ending": "csv"})
    every = [row[field] for row in rows_of(browser_of(world, "admin").get(file).content)]
    assert set(known) < set(every)
    answer = browser_of(world, "admin").get(f"{file}?{query}")
    assert [row[field] for row in rows_of(answer.content) if row[field] in known] == found
    html = html_of(world, "admin", f"{url_of(world, listing)}?{query}")
    if not found:
        assert "Nothing fits these filters" in html
        return
    assert "row fits." in words(html) or "rows fit." in words(html)
    kind = {**here, "listing": "people"} if here else {}
    paper = reverse("list_pdf" if here else f"{listing}_pdf", kwargs=kind)
    told = printed(browser_of(world, "admin").post(f"{paper}?{query}"))
    assert [one for one in known if one in told] == sorted(found)


@pytest.mark.parametrize(
    ("listing", "kept", "heads"),
    [
        (ColumnList.PORTFOLIOS, PortfolioColumn.CLIENTS, ["Report", "Clients in it"]),
        (ColumnList.TEAM, TeamColumn.SEEN, ["Person", "Last seen"]),
    ],
)
def test_columns_length_and_views_of_a_list_of_the_house_are_kept(
    world: World, listing: ColumnList, kept: str, heads: list[str]
) -> None:
    LISTS[listing.value][0](world)
    browser, url = browser_of(world, "admin"), reverse(listing.value)
    before = column_heads(html_of(world, "admin", url))
    sent = {"columns": [kept], "size": 50, "query": "sort=-name&evil=1"}
    answer = browser.post(reverse(f"{listing.value}_columns"), sent)
    assert answer["Location"] == f"{url}?sort=-name"
    assert column_heads(html_of(world, "admin", url)) == heads
    assert len(before) > len(heads)
    assert column_heads(doors.browser_of(world, "their_admin").get(url).content.decode()) == before
    view = {"name": "Mine", "query": "q=x&sort=name&role=gone"}
    answer = browser.post(reverse(f"{listing.value}_view_new"), view)
    assert answer["Location"].startswith(f"{url}?q=x")
    with world.ours.scope():
        assert FleetTable.objects.get(listing=listing).size == 50
        assert FleetView.objects.get(listing=listing).name == "Mine"
    assert "Mine" in html_of(world, "admin", reverse("fleet_views"))


@every_list
def test_page_costs_the_same_however_many_rows_are_on_it(world: World, listing: str) -> None:
    def cost() -> int:
        browser = browser_of(world, "admin")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url_of(world, listing)).status_code == 200
        return len(queries)

    if listing != "vendors_reported":
        cost()
        before = cost()
        LISTS[listing][0](world)
        assert cost() == before
        return
    LISTS[listing][0](world)
    cost()
    before = cost()
    with world.here.scope():
        AITool.objects.filter(name__in=NAMES[1:]).delete()
    assert cost() == before


def test_printing_too_often_is_refused(world: World, settings: Settings) -> None:
    known = team(world)
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    assert take(world, "team", [*known.values()], "pdf").status_code == 429
    assert browser_of(world, "admin").post(reverse("team_pdf")).status_code == 429
    assert take(world, "team", [*known.values()], "csv").status_code == 200


def test_people_of_a_client_tell_nothing_of_log_ins_elsewhere(world: World) -> None:
    """When somebody was here is known here; an account may be used at other places too."""
    user = world.ours.owner
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    with world.here.scope():
        Membership.objects.filter(user=user).update(seen_at=None)
    url = reverse("people_file", args=[world.here.client.slug, "csv"])
    rows = rows_of(browser_of(world, "technician").get(url).content)
    assert {row["email"]: row["last_seen"] for row in rows}[user.email] == ""
    assert "last_login" not in rows[0]


def test_owner_takes_people_away_and_has_no_gear_and_no_paper(world: World) -> None:
    known = people(world)
    url = address(world, "people")
    html = html_of(world, "owner", url)
    assert [f'value="{do}"' in html for do in ("csv", "json", "pdf")] == [True, True, False]
    assert "Save this view" not in html
    ticked = {"do": "csv", "picked": [*known.values()]}
    assert len(rows_of(browser_of(world, "owner").post(url, ticked).content)) == len(known)
    assert browser_of(world, "owner").post(url, {**ticked, "do": "pdf"}).status_code == 404
    assert browser_of(world, "viewer").post(url, ticked).status_code == 404


def test_view_of_the_checklist_keeps_what_its_chips_choose(world: World) -> None:
    url = reverse("list_view_new", kwargs={"slug": world.here.client.slug, "listing": "checklist"})
    sent = {"name": "Open ones", "query": "show=open&words=plain&page=2&evil=1"}
    page = address(world, "checklist")
    answer = browser_of(world, "admin").post(url, sent)
    assert answer["Location"] == f"{page}?show=open&words=plain"
    html = html_of(world, "admin", page)
    assert f'href="{page}?show=open&amp;words=plain"' in html
    assert "Rows on a page" not in words(html)
    assert "Open ones" not in html_of(world, "technician", page)


def test_log_is_printed_as_far_as_its_filters_leave_it(world: World) -> None:
    browser, here = browser_of(world, "admin"), {"slug": world.here.client.slug}
    with world.here.scope():
        assert world.here.rows()
    url = reverse("activity_pdf", kwargs=here)
    told = printed(browser.post(url))
    assert world.here.client.name in told
    assert f'action="{url}"' in html_of(world, "admin", reverse("activity", kwargs=here))
    assert url not in html_of(world, "owner", reverse("activity", kwargs=here))
    none = printed(browser.post(f"{url}?since=2190-01-01"))
    assert "From: 1 Jan 2190" in none
    assert "0 of " in none
    assert browser.get(url).status_code == 405
    assert browser_of(world, "owner").post(url).status_code == 404
    house = reverse("provider_activity_pdf")
    assert world.ours.provider.name in printed(browser.post(house))
    assert browser_of(world, "technician").post(house).status_code == 404
    assert f'action="{house}"' in html_of(world, "admin", reverse("provider_activity"))
