"""Views of lists: what an address chooses under a name, and what of the fleet was shown last."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import ColumnList
from audits.models import FleetTable, FleetView
from audits.queries.fleet import PASSING
from tests import casts
from tests.factories import ClientCast, World
from tests.web.reading import browser_of, html_of, words

LISTS = ("models", "audits", "tools", "datasets", "reports", "plan", "people")
KEPT = "sort=-name&q=fore"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def address(cast: ClientCast, name: str, **more: str) -> str:
    return reverse(name, kwargs={"slug": cast.client.slug, **more})


def keep(world: World, person: str, listing: str, name: str, query: str) -> tuple[int, str]:
    url = address(world.here, "list_view_new", listing=listing)
    answer = browser_of(world, person).post(url, {"name": name, "query": query})
    return answer.status_code, answer.get("Location", answer.content.decode())


@pytest.mark.parametrize("listing", LISTS)
def test_view_of_a_list_holds_at_every_client_for_its_person_alone(
    world: World, listing: str
) -> None:
    kept = "q=fore&sort=state" if listing == "reports" else "q=fore&sort=-name"
    assert keep(world, "admin", listing, "Mine", f"{kept}&page=3&secret=1") == (
        302,
        f"{address(world.here, listing)}?{kept}",
    )
    with world.ours.scope():
        view = FleetView.objects.get(name="Mine")
        assert (view.listing, view.user) == (listing, world.ours.admin)
    for cast in (world.here, world.sibling):
        page = address(cast, listing) + "?q=nothing-like-it"
        link = f'href="{address(cast, listing)}?{kept.replace("&", "&amp;")}"'
        assert link in html_of(world, "admin", page)
        for person in ("technician", "owner") if cast is world.here else ("technician",):
            html = html_of(world, person, page)
            assert link not in html
            assert (address(cast, "list_view_new", listing=listing) in html) == (
                person == "technician"
            )
    other = next(name for name in LISTS if name != listing)
    assert "Mine" not in html_of(world, "admin", address(world.here, other) + "?q=x")
    assert "Mine" not in html_of(world, "admin", reverse("fleet"))
    managed = html_of(world, "admin", reverse("fleet_views"))
    assert "Mine" in managed
    assert f"{ColumnList(listing).label} of any client" in managed


def test_name_of_a_view_stands_in_quotation_marks(world: World) -> None:
    for url in (address(world.here, "list_view_new", listing="models"), reverse("fleet_views")):
        given = {"name": "Mine", "query": KEPT}
        answer = browser_of(world, "admin").post(url, given, follow=True)
        assert "The view “Mine” is kept." in words(answer.content.decode())


def test_two_lists_may_have_views_of_one_name_and_one_list_may_not(world: World) -> None:
    assert keep(world, "admin", "models", "Mine", KEPT)[0] == 302
    assert keep(world, "admin", "tools", "Mine", KEPT)[0] == 302
    status, html = keep(world, "admin", "models", "Mine", KEPT)
    assert status == 200
    assert "Mine" in html
    assert 'aria-invalid="true"' in html
    with world.ours.scope():
        assert FleetView.objects.filter(name="Mine").count() == 2


def test_only_lists_that_there_are_have_views_and_only_for_staff(world: World) -> None:
    for person, listing in (("admin", "fleet"), ("admin", "team"), ("owner", "models")):
        assert keep(world, person, listing, "Mine", KEPT)[0] == 404
    with world.ours.scope():
        assert not FleetView.objects.filter(name="Mine").exists()
    assert keep(world, "admin", "models", "Mine", KEPT)[0] == 302


# --- what of the fleet was shown last


def opened(world: World, person: str, query: str = "") -> tuple[int, str]:
    answer = browser_of(world, person).get(reverse("fleet") + query)
    return answer.status_code, answer.get("Location", "")


def test_fleet_comes_back_as_it_was_left(world: World) -> None:
    fleet = reverse("fleet")
    assert opened(world, "admin") == (200, "")
    assert opened(world, "admin", "?q=har&sort=-models&page=1&other=1") == (200, "")
    assert opened(world, "admin") == (302, f"{fleet}?q=har&sort=-models")
    assert opened(world, "admin", "?q=har&sort=-models") == (200, "")
    # Another person's fleet is their own, and so is that of another house.
    for person in ("technician", "technician_of_first"):
        assert opened(world, person) == (200, "")
    html = html_of(world, "admin", f"{fleet}?q=har&sort=-models")
    assert f'href="{fleet}?show="' in html
    assert opened(world, "admin", "?show=") == (200, "")
    assert opened(world, "admin") == (200, "")


@pytest.mark.parametrize("passing", [*PASSING, "why"])
def test_fleet_comes_back_without_what_is_so_for_a_while(world: World, passing: str) -> None:
    """What ran, failed or was late then may be nothing by now: who comes back sees clients."""
    asked = f"?why={world.here.client.pk}" if passing == "why" else f"?show={passing}"
    assert opened(world, "admin", "?show=attention") == (200, "")
    assert opened(world, "admin", asked) == (200, "")
    assert opened(world, "admin") == (302, f"{reverse('fleet')}?show=attention")
    with world.ours.scope():
        kept = FleetTable.objects.filter(user=world.ours.admin)
        assert kept.update(query=f"q=har&show={passing}" if passing != "why" else "q=har") == 1
    assert opened(world, "admin") == (302, f"{reverse('fleet')}?q=har")
    with world.ours.scope():
        kept.update(query=f"show={passing}" if passing != "why" else "")
    assert opened(world, "admin") == (200, "")


def test_what_is_remembered_leaves_columns_and_length_of_a_page_alone(world: World) -> None:
    browser = browser_of(world, "admin")
    assert opened(world, "admin", "?q=har")[0] == 200
    with world.ours.scope():
        (row,) = FleetTable.objects.filter(user=world.ours.admin)
        every = row.columns
    assert len(every) > 1
    browser.post(reverse("fleet_table"), {"columns": ["risk"], "size": 50, "query": "q=har"})
    assert opened(world, "admin", "?q=bay")[0] == 200
    with world.ours.scope():
        (row,) = FleetTable.objects.filter(user=world.ours.admin)
    assert (row.columns, row.size, row.query) == (["risk"], 50, "q=bay")


def test_view_without_a_filter_shows_the_whole_fleet(world: World) -> None:
    browser = browser_of(world, "admin")
    assert opened(world, "admin", "?q=har")[0] == 200
    made = browser.post(reverse("fleet_views"), {"name": "All of it", "query": ""})
    assert made["Location"] == f"{reverse('fleet')}?show="
    assert browser.get(made["Location"]).status_code == 200
