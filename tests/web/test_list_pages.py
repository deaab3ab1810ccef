"""Long lists of a client: a page at a time, in one order, and whole as a file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.enums import DataClass, JobState
from audits.models import AIModel, AITool, Audit, Dataset, Report
from audits.queries import client as clients
from audits.queries.risk_order import Placed
from tests import casts
from tests.factories import (
    REPORT_DATA,
    World,
    finished,
    make_audit,
    make_dataset,
    make_dataset_version,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.web.reading import address, browser_of, html_of, page, words

LISTS = ("models", "audits", "tools", "datasets", "reports")
FILES = ("models", "audits", "tools", "datasets")
MORE = 27


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def add_rows(world: World, begin: int, end: int) -> None:
    """One more row of every list for each number; half of the models were audited."""
    here = world.here
    own = {"provider_id": here.client.provider_id, "client": here.client}
    with here.scope():
        for number in range(begin, end):
            name = f"Number {number:02}"
            version = make_model_version(make_model(here.client, name, impact=1 + number % 5))
            data = make_dataset_version(make_dataset(here.client, name))
            job = make_job(here.client, key=name, state=JobState.SUCCEEDED)
            result = finished(result_document()) if number % 2 else {}
            audit = make_audit(version, data, job=job, **result)
            AITool.objects.create(**own, name=name, data_class=DataClass.INTERNAL)
            Report.objects.create(**own, number=number + 1, audit=audit, data=REPORT_DATA, job=job)


def rows_on(world: World, person: str, listing: str, number: int | str) -> list[int]:
    """The rows of a page by the addresses of what they are about; one line of the table each."""
    answer = browser_of(world, person).get(address(world, listing), {"page": number})
    html = answer.content.decode()
    table = html[html.index("<tbody") : html.index("</tbody>")]
    one = reverse(listing.removesuffix("s"), args=[world.here.client.slug, 0])
    head = r'<th scope="row"[^>]*>(?:\s*<span[^>]*>)?(?:\s*<input[^>]*>)?'
    links = re.findall(rf'{head}\s*<a href="{one.removesuffix("0/")}([0-9]+)/"', table)
    assert len(links) == table.count("<tr")
    return [int(pk) for pk in links]


def whole(world: World, listing: str) -> set[int]:
    tables: dict[str, Any] = dict(
        zip(LISTS, (AIModel, Audit, AITool, Dataset, Report), strict=True)
    )
    with world.here.scope():
        return set(tables[listing].objects.values_list("pk", flat=True))


@pytest.mark.parametrize("person", ["technician", "owner"])
@pytest.mark.parametrize("listing", LISTS)
def test_second_page_holds_the_rest_and_both_say_how_many_there_are(
    world: World, listing: str, person: str
) -> None:
    add_rows(world, 1, 1 + MORE)
    every = whole(world, listing)
    total = len(every)
    first, second = (rows_on(world, person, listing, number) for number in (1, 2))
    assert (len(first), len(second)) == (25, total - 25)
    assert {*first, *second} == every
    assert rows_on(world, person, listing, 99) == second
    assert rows_on(world, person, listing, "last?") == first
    url = address(world, listing)
    for number, told in ((1, f"Rows 1 to 25 of {total}"), (2, f"Rows 26 to {total} of {total}")):
        html = html_of(world, person, f"{url}?page={number}")
        assert told in words(html)
        assert f'href="?page={3 - number}"' in html


@pytest.mark.parametrize("listing", LISTS)
def test_short_list_has_no_pages(world: World, listing: str) -> None:
    html = html_of(world, "technician", address(world, listing))
    assert 'aria-label="Pages"' not in html
    assert "1 row" in words(html)


@pytest.mark.parametrize("listing", FILES)
def test_file_holds_every_row_in_the_order_of_the_pages(world: World, listing: str) -> None:
    add_rows(world, 1, 1 + MORE)
    every = whole(world, listing)
    browser = browser_of(world, "technician")
    html = browser.get(address(world, listing), {"page": 2}).content.decode()
    url = reverse(f"{listing}_file", args=[world.here.client.slug, "csv"])
    assert f'href="{url}?"' in html
    table = browser.get(url, {"page": 2}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == len(every) > 25
    if listing == "models":
        with world.here.scope():
            names = dict(AIModel.objects.values_list("pk", "name"))
        shown = [pk for n in (1, 2) for pk in rows_on(world, "technician", listing, n)]
        assert [row["model"] for row in rows] == [names[pk] for pk in shown]


@pytest.mark.parametrize("name", [*LISTS, "client"])
def test_full_page_costs_the_same_however_many_rows_follow(world: World, name: str) -> None:
    def cost() -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address(world, name)).status_code == 200
        return len(queries)

    add_rows(world, 1, 1 + MORE)
    cost()
    before = cost()
    add_rows(world, 1 + MORE, 6 + MORE)
    assert cost() == before


# --- the client page


def listed(world: World) -> list[Placed]:
    with world.here.scope():
        return clients.overview(world.here.client).models


def test_client_page_shows_the_worst_ten_models_and_leads_to_all(world: World) -> None:
    add_rows(world, 1, 10)
    models = listed(world)
    assert len(models) == clients.SHOWN
    for person in ("technician", "owner"):
        assert "All 10 models" not in page(world, person, "client")
    add_rows(world, 10, 13)
    models = listed(world)
    assert [one.model.name for one in models] != sorted(one.model.name for one in models)
    names = [one.model.name for one in models]
    for person, heading in (("technician", "models"), ("owner", "systems")):
        html = html_of(world, person, address(world, "client"))
        card = html[html.index(f'id="{heading}"') :]
        card = card[: card.index("</section>")]
        shown = re.findall(rf">\s*({'|'.join(names)})\s*<", card)
        assert shown == names[: clients.SHOWN]
        assert "All 13 models" in card
        assert f'href="{address(world, "models")}"' in card


def test_reader_who_may_not_open_the_list_is_told_how_many_more_there_are(world: World) -> None:
    add_rows(world, 1, 13)
    assert len(listed(world)) == 13
    told = page(world, "contributor", "client")
    assert "3 more are rated better." in told
    assert "All 13 models" not in told


def test_many_overdue_reviews_are_told_in_few_notices(world: World) -> None:
    add_rows(world, 1, 5)
    with world.here.scope():
        AIModel.objects.update(next_review=timezone.localdate() - timedelta(days=1))
    told = page(world, "technician", "client")
    assert told.count("The review of Number") + told.count("The review of Forecast") <= 3
    assert len(re.findall(r"The review of .{1,80}? was due on", told)) == 3
    assert "The reviews of 2 more models are overdue." in told
