"""Columns and pages of a client's lists: chosen once by a person, and the same at every client."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import (
    COLUMNS_OF,
    AuditColumn,
    ChecklistColumn,
    ColumnList,
    DatasetColumn,
    ModelColumn,
    PersonColumn,
    PlanColumn,
    ReportColumn,
    ToolColumn,
)
from audits.models import FleetTable
from tests import casts
from tests.factories import ClientCast, World
from tests.web.reading import browser_of, column_heads

LISTS: dict[ColumnList, tuple[str, str]] = {
    ColumnList.MODELS: (ModelColumn.REACH, ModelColumn.RATING),
    ColumnList.AUDITS: (AuditColumn.DEPTH, AuditColumn.RESULT),
    ColumnList.TOOLS: (ToolColumn.TRAINS, ToolColumn.DECISION),
    ColumnList.DATASETS: (DatasetColumn.KIND, DatasetColumn.UPLOADED),
    ColumnList.REPORTS: (ReportColumn.PDF, ReportColumn.STATE),
    ColumnList.PLAN: (PlanColumn.ANSWER, PlanColumn.DUE),
    ColumnList.PEOPLE: (PersonColumn.ROLE, PersonColumn.SEEN),
    ColumnList.CHECKLIST: (ChecklistColumn.STATUS, ChecklistColumn.OWNER),
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def heads(world: World, person: str, listing: ColumnList, cast: ClientCast) -> list[str]:
    """Headings of the list, in the order in which they stand; every cell has its heading."""
    url = reverse(listing.value, kwargs={"slug": cast.client.slug})
    html = browser_of(world, person).get(url).content.decode()
    html = html[html.index('class="table table-cards') :]  # a chart above it has a table, too
    table = html[: html.index("</table>")]
    labels = [str(column.label) for column in COLUMNS_OF[listing]]
    _first, *found = column_heads(html)
    assert [label for label in labels if f'data-label="{label}"' in table] == found
    return found


def choose(world: World, person: str, listing: str, *columns: str, size: int = 25) -> int:
    url = reverse("list_columns", kwargs={"slug": world.here.client.slug, "listing": listing})
    return browser_of(world, person).post(url, {"columns": columns, "size": size}).status_code


@pytest.mark.parametrize("listing", LISTS)
def test_columns_are_kept_for_the_person_at_every_client(world: World, listing: ColumnList) -> None:
    every = [str(column.label) for column in COLUMNS_OF[listing]]
    assert heads(world, "admin", listing, world.here) == every
    _left, kept = LISTS[listing]
    for _twice in range(2):
        assert choose(world, "admin", listing, kept) == 302
    shown = [str(COLUMNS_OF[listing](kept).label)]
    for cast in (world.here, world.sibling):
        assert heads(world, "admin", listing, cast) == shown
    assert heads(world, "technician", listing, world.here) == every
    assert heads(world, "owner", listing, world.here) == every
    with world.ours.scope():
        (row,) = FleetTable.objects.filter(user=world.ours.admin)
        assert (row.listing, row.columns, row.size) == (listing, [kept], 25)
    assert choose(world, "admin", listing) == 302
    assert heads(world, "admin", listing, world.here) == []


def test_list_shows_again_what_it_showed_when_columns_were_chosen(world: World) -> None:
    page = reverse("models", kwargs={"slug": world.here.client.slug})
    asked = "q=fore&sort=-name&page=1"
    context = browser_of(world, "admin").get(f"{page}?{asked}").context
    assert str(context["columns_form"]["query"]).count(asked.replace("&", "&amp;")) == 1
    url = reverse("list_columns", kwargs={"slug": world.here.client.slug, "listing": "models"})
    sent = {"columns": [ModelColumn.RATING], "size": 25, "query": f"{asked}&next=//"}
    assert browser_of(world, "admin").post(url, sent)["Location"] == f"{page}?q=fore&sort=-name"


def test_only_columns_and_lists_that_there_are_can_be_chosen(world: World) -> None:
    assert choose(world, "admin", ColumnList.MODELS, "secrets") == 302
    for listing in (ColumnList.FLEET, ColumnList.TEAM, "nothing"):
        assert choose(world, "admin", listing, "rating") == 404
    assert choose(world, "owner", ColumnList.MODELS, ModelColumn.RATING) == 404
    with world.ours.scope():
        assert not FleetTable.objects.filter(user=world.ours.admin).exists()


def test_gear_is_offered_to_staff_alone(world: World) -> None:
    url = reverse("models", kwargs={"slug": world.here.client.slug})
    keep = reverse("list_columns", kwargs={"slug": world.here.client.slug, "listing": "models"})
    assert keep in browser_of(world, "technician").get(url).content.decode()
    assert keep not in browser_of(world, "owner").get(url).content.decode()


@pytest.mark.parametrize("listing", [one for one in LISTS if not one.is_whole])
def test_length_of_a_page_is_kept_for_the_person_at_every_client(
    world: World, listing: ColumnList
) -> None:
    def sizes(person: str) -> list[int]:
        browser, casts_ = browser_of(world, person), (world.here, world.sibling)
        urls = [reverse(listing.value, kwargs={"slug": cast.client.slug}) for cast in casts_]
        return [browser.get(url).context["page"].paginator.per_page for url in urls]

    _left, kept = LISTS[listing]
    assert choose(world, "admin", listing, kept, size=100) == 302
    assert (sizes("admin"), sizes("technician")) == ([100, 100], [25, 25])
    url = reverse(listing.value, kwargs={"slug": world.here.client.slug})
    assert browser_of(world, "admin").get(url).context["columns_form"]["size"].value() == 100
    assert choose(world, "admin", listing, kept, size=7) == 302
    assert sizes("admin") == [100, 100]
