"""Every list is taken away by one component: in the same place, with the same words."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.urls import reverse

from audits.models import ChecklistItem
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, html_of, words
from tests.web.test_matrix import GET, PAGES, address_of, cast_of

OF_A_CLIENT = ("models", "audits", "tools", "datasets", "reports", "plan", "checklist")
OF_EVERYONE = ("fleet", "plans", "portfolios", "vendors", "team")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            ChecklistItem.objects.update(answer="no")
        yield lent


def page(world: World, name: str, person: str = "admin") -> str:
    arguments = [world.here.client.slug] if name in OF_A_CLIENT else []
    return html_of(world, person, reverse(name, args=arguments))


def blocks(html: str) -> list[str]:
    """What the component says, wherever it stands on the page."""
    found = re.findall(r'<div class="list-files[^"]*">(.*?)</div>', html, flags=re.DOTALL)
    return [words(f"<main>{one}</main>").strip() for one in found]


@pytest.mark.parametrize("name", [*OF_A_CLIENT, *OF_EVERYONE])
def test_list_is_taken_away_below_its_table_in_the_same_words(world: World, name: str) -> None:
    html = page(world, name)
    said = blocks(html)
    assert said
    start = "Take this list away: CSV JSON PDF"
    if name in OF_A_CLIENT:
        start += " The PDF can be handed on: it leaves out what only staff may read."
    assert {" ".join(one.split()) for one in said} == {start}
    assert html.index("</table>") < html.index('class="list-files')
    # Nothing else of the page is a download of the list.
    links = re.findall(r'<a [^>]*href="([^"]+\.(?:csv|json))[^"]*"[^>]*download', html)
    inside = [link for link in links if "chart" not in link]
    assert len(inside) == 2 * len(said)


@pytest.mark.parametrize("name", OF_A_CLIENT)
def test_owner_takes_the_same_away_but_no_pdf(world: World, name: str) -> None:
    said = {" ".join(one.split()) for one in blocks(page(world, name, "owner"))}
    assert said == {"Take this list away: CSV JSON"}


@pytest.mark.parametrize("name", [*OF_A_CLIENT, "fleet"])
def test_ticked_rows_are_taken_away_in_the_same_order(world: World, name: str) -> None:
    html = page(world, name)
    bar = html[html.index('<form id="bulk"') :]
    offered = re.findall(r'name="do" value="(csv|json|pdf)"', bar)
    assert offered == ["csv", "json", "pdf"]


# What a page hands out beside its lists, and why it is no list of the page.
OTHERWISE = {
    "audit": {"result.json", "figures.csv", "members.csv"},  # a whole result and parts of it
    "fleet_map": {"map.csv"},  # the numbers of a chart
    "isolation": {"result.json"},  # a dated statement, to be filed
    "isolation_check": {"result.json"},
}


_OF_A_CHART = re.compile(r"/charts/|/chart\.|/rating\.")


def _of_the_matrix(world: World) -> Iterator[tuple[str, str]]:
    """Name and text of every page that an administrator may open, as the matrix has them."""
    browser = browser_of(world, "admin")
    for page in PAGES:
        if page.method != GET or page.expected["admin"] != HTTPStatus.OK:
            continue
        if page.name.endswith(("_file", "_download", "_evidence")):
            continue
        answer = browser.get(address_of(page, cast_of(page, world)))
        if answer.get("Content-Type", "").startswith("text/html"):
            yield page.name, answer.content.decode()


def test_no_page_of_the_portal_hands_a_list_out_otherwise(world: World) -> None:
    """Every page is asked, so that a list that is new is found by itself."""
    found: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for name, html in _of_the_matrix(world):
        said = blocks(html)
        links = re.findall(r'href="([^"?]+\.(?:csv|json))[^"]*"', html)
        lists = [link for link in links if not _OF_A_CHART.search(link)]
        elsewhere = OTHERWISE.get(name, set())
        listed = [link for link in lists if link.rpartition("/")[2] not in elsewhere]
        alike = all(one.startswith("Take this list away: CSV JSON") for one in said)
        if len(listed) != 2 * len(said) or not alike:
            wrong[name] = [*listed, *said]
        if said:
            found[name] = said
    assert wrong == {}
    assert {"models", "fleet", "activity", "provider_activity", "model", "dataset"} <= found.keys()
    assert {*OF_A_CLIENT, *OF_EVERYONE} <= found.keys()
