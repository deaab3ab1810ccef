"""Ticked rows of a client's lists as files: those alone, in the order of the page."""

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from audits.enums import Answer, DataClass, JobKind, ToolDecision
from audits.models import AITool, Audit, ChecklistItem, Report
from audits.sandbox import kinds
from audits.sandbox.kinds import Kind
from audits.sandbox.values import GIBIBYTE
from tests import casts
from tests.factories import (
    REPORT_DATA,
    World,
    finished,
    make_audit,
    make_dataset,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.sheets import completed
from tests.web.reading import address, browser_of, html_of, words
from tests.web.test_files_to_take import rows_of

LISTS = ("models", "audits", "tools", "datasets", "reports", "plan", "checklist")
# The field of the ticks, and what a file calls a row.
CALLED = {
    "models": ("models", "model"),
    "audits": ("audits", "model"),
    "tools": ("tools", "tool"),
    "datasets": ("datasets", "dataset"),
    "reports": ("reports", "report"),
    "plan": ("items", "control"),
    "checklist": ("items", "control"),
}
CONTROLS = ("AI-02", "AI-03", "AI-04")
NAMES = ("Aa", "Bb", "Cc")
# A row of the same kind at another client.
THEIRS = {
    "models": "model",
    "audits": "audit",
    "tools": "tool",
    "datasets": "dataset",
    "reports": "report",
    "plan": "checklist_item",
    "checklist": "checklist_item",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def rows(world: World, listing: str) -> dict[str, int]:
    """Three rows more of a list, by what a file calls them."""
    own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
    with world.here.scope():
        if listing in ("plan", "checklist"):
            return {
                control: ChecklistItem.objects.create(
                    **own, control=control, catalogue_version="1", answer=Answer.NO
                ).pk
                for control in CONTROLS
            }
        make: dict[str, Callable[[str], Any]] = {
            "models": lambda name: make_model(world.here.client, name),
            "audits": lambda name: _audit(world, name),
            "tools": lambda name: AITool.objects.create(**own, name=name, data_class=DataClass.HR),
            "datasets": lambda name: make_dataset(world.here.client, name),
            "reports": lambda name: Report.objects.create(
                **own,
                number=10 + NAMES.index(name),
                audit=_audit(world, name),
                job=make_job(world.here.client, kind=JobKind.REPORT, key=f"report-{name}"),
                data=REPORT_DATA | {"report_number": name},
            ),
        }
        return {name: make[listing](name).pk for name in NAMES}


def _audit(world: World, name: str) -> Audit:
    """A finished audit of a model of this name."""
    version = make_model_version(make_model(world.here.client, name))
    return make_audit(version, world.here.dataset_version, **finished(result_document()))


def take(
    world: World,
    listing: str,
    ticked: list[int],
    do: str,
    person: str = "technician",
    query: str = "",
) -> Any:  # noqa: ANN401 - Django's own
    url = address(world, listing) + query
    return browser_of(world, person).post(url, {"do": do, CALLED[listing][0]: ticked})


@pytest.mark.parametrize("listing", LISTS)
def test_ticked_rows_alone_are_in_the_file(world: World, listing: str) -> None:
    known = rows(world, listing)
    first, second, last = known
    table = take(world, listing, [known[last], known[first]], "csv")
    told = take(world, listing, [known[last], known[first]], "json")
    field = CALLED[listing][1]
    found = rows_of(table.content)
    assert {row[field] for row in found} == {first, last}
    assert len(found) == 2
    slug = world.here.client.slug
    name = re.escape("action-plan" if listing == "plan" else listing)
    assert re.search(rf'filename="{name}-{slug}-selected\.csv"', table["Content-Disposition"])
    (objects,) = json.loads(told.content).values()
    assert [row[field] for row in objects] == [row[field] for row in found]
    every = browser_of(world, "technician").get(address_of_file(world, listing))
    whole = rows_of(every.content)
    assert {second, first, last} <= {row[field] for row in whole}
    assert [row for row in whole if row[field] in (first, last)] == found


def address_of_file(world: World, listing: str) -> str:
    if listing == "plan":
        return address(world, "plan_csv")
    return reverse(f"{listing}_file", args=[world.here.client.slug, "csv"])


@pytest.mark.parametrize("listing", LISTS)
def test_ticked_rows_alone_are_on_paper(world: World, listing: str) -> None:
    known = rows(world, listing)
    ticked = list(known.values())[:2]
    answer = take(world, listing, ticked, "pdf")
    slug = world.here.client.slug
    assert f'filename="{listing}-{slug}-selected.pdf"' in answer["Content-Disposition"]
    assert f"{world.here.client.name}, 2 of 4 rows, as of" in printed(answer)


@pytest.mark.parametrize(
    ("listing", "first"),
    [("models", "Aa"), ("audits", "Aa"), ("tools", "Aa"), ("datasets", "Aa")],
)
def test_file_of_ticked_rows_is_in_the_order_of_the_page(
    world: World, listing: str, first: str
) -> None:
    known = rows(world, listing)
    names = [
        [row[CALLED[listing][1]] for row in rows_of(answer.content)]
        for query in ("?sort=name", "?sort=-name", "?sort=nothing&q=zz")
        if (answer := take(world, listing, [*known.values()], "csv", query=query))
    ]
    assert names[0] == sorted(known)
    assert names[1] == sorted(known, reverse=True)
    assert set(names[2]) == set(known)
    assert names[0][0] == first


@pytest.mark.parametrize("listing", LISTS)
def test_nothing_ticked_or_a_foreign_row_is_no_file(world: World, listing: str) -> None:
    with world.sibling.scope():
        foreign = getattr(world.sibling, THEIRS[listing])
        assert type(foreign).objects.filter(pk=foreign.pk).exists()
    own = next(iter(rows(world, listing).values()))
    for ticked in ([], [own, foreign.pk]):
        answer = take(world, listing, ticked, "csv")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "Content-Disposition" not in answer
        assert "data-error-summary" in answer.content.decode()
    assert take(world, listing, [own], "csv", "viewer").status_code == 404


def test_actions_that_were_done_meanwhile_are_no_empty_file(world: World) -> None:
    known = rows(world, "plan")
    first, *others = known.values()
    with world.here.scope():
        ChecklistItem.objects.filter(pk=first).update(answer=Answer.YES)
    told = words(take(world, "plan", [first], "csv").content.decode())
    assert "None of these rows is in the list any more." in told
    assert len(rows_of(take(world, "plan", [first, *others], "csv").content)) == len(others)


@pytest.mark.parametrize("listing", ["plan", "checklist"])
def test_owner_takes_ticked_rows_in_plain_words_and_prints_nothing(
    world: World, listing: str
) -> None:
    known = rows(world, listing)
    bar = html_of(world, "owner", address(world, listing)).split('id="bulk"', 1)[1]
    offered = [do in bar for do in ('value="csv"', 'value="json"', 'value="pdf"')]
    assert offered == [True, True, False]
    mine, theirs = (
        rows_of(take(world, listing, [*known.values()], "csv", who).content)
        for who in ("technician", "owner")
    )
    column = "action" if listing == "plan" else "question"
    assert {row["control"] for row in theirs} == set(known)
    assert [row[column] for row in mine] != [row[column] for row in theirs]
    assert take(world, listing, [*known.values()], "pdf", "owner").status_code == 404


def printed(answer: Any) -> str:  # noqa: ANN401 - Django's own
    """The words of a PDF."""
    assert answer["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_review_of_a_vendor_is_not_on_paper(world: World) -> None:
    """A print is handed on: the day of the next review is the decision's, not the sheet's."""
    with world.ours.scope():
        completed(world.ours.sheet)
    pk = world.here.tool.pk
    with world.here.scope():
        AITool.objects.filter(pk=pk).update(
            sheet=world.ours.sheet, decision=ToolDecision.RESTRICT, next_review=date(2061, 5, 1)
        )
    (staff,) = rows_of(take(world, "tools", [pk], "csv").content)
    assert staff["next_review"] < "2061"
    assert "1 May 2061" in printed(take(world, "tools", [pk], "pdf"))


def test_report_that_is_held_is_not_on_paper(world: World) -> None:
    """A print is handed on: what waits for a look before it goes is not named there."""
    known = rows(world, "reports")
    with world.here.scope():
        Report.objects.filter(pk=known["Bb"]).update(held=True)
        assert Report.objects.get(pk=known["Bb"]).sent_at is None
    told = printed(take(world, "reports", list(known.values()), "pdf"))
    whole = browser_of(world, "technician").post(
        reverse("list_pdf", args=[world.here.client.slug, "reports"])
    )
    for text in (told, printed(whole)):
        assert all(f" {name} " in text for name in ("Aa", "Cc"))
        assert " Bb " not in text
    listed = rows_of(take(world, "reports", list(known.values()), "csv").content)
    assert {row["report"]: row["held_for_review"] for row in listed}["Bb"] == "yes"


def test_printing_too_often_is_refused(world: World, settings: Settings) -> None:
    known = rows(world, "models")
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    assert take(world, "models", [*known.values()], "pdf").status_code == 429
    assert take(world, "models", [*known.values()], "csv").status_code == 200


@pytest.mark.parametrize("listing", LISTS)
def test_rows_stay_ticked_where_the_pdf_cannot_be_made(
    world: World, listing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = rows(world, listing)
    monkeypatch.setitem(kinds.KINDS, "report", Kind(memory_bytes=GIBIBYTE, wall_seconds=0.01))
    ticked = list(known.values())[:2]
    html = take(world, listing, ticked, "pdf").content.decode()
    assert "The PDF could not be made. Choose fewer rows." in words(html)
    field = CALLED[listing][0]
    boxes = re.findall(rf'name="{field}"\s+value="(\d+)"\s+form="bulk"( checked)?', html)
    assert {int(pk) for pk, is_ticked in boxes if is_ticked} == set(ticked)


@pytest.mark.parametrize("listing", LISTS)
def test_file_costs_the_same_however_many_rows_are_ticked(world: World, listing: str) -> None:
    ticked = list(rows(world, listing).values())

    def cost(numbers: list[int]) -> int:
        browser, url = browser_of(world, "technician"), address(world, listing)
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post(url, {"do": "csv", CALLED[listing][0]: numbers})
            assert "attachment" in answer["Content-Disposition"]
        return len(queries)

    cost(ticked)
    assert cost(ticked[:1]) == cost(ticked)
