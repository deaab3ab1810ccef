"""A PDF is counted before anything is put together for it: past the limit nothing is read."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits import sandbox
from audits.models import PortfolioReport, Report
from audits.sandbox import kinds
from audits.sandbox.kinds import Kind
from audits.sandbox.values import GIBIBYTE
from audits.services import printed
from audits.services.errors import NotPossible, TooMany
from tests import casts
from tests.factories import World
from tests.summaries import posted
from tests.web.reading import address, browser_of, words
from tests.web.test_ticked_files import CALLED

LISTS = ("models", "audits", "tools", "datasets", "reports", "plan", "checklist")
# A table that each PDF is put together from, and that nothing else on the way to it asks.
READ = {
    "models": "audits_audit",
    "audits": "audits_audit",
    "tools": "audits_vendorsheet",
    "datasets": "audits_dataset",
    "reports": "audits_report",
    "plan": "audits_checklistitem",
    "checklist": "audits_checklistitem",
    "fleet": "audits_clientfigures",
    "plans": "audits_checklistitem",
    "vendors": "audits_vendorsheet",
    "vendors_reported": "audits_aitool",
    "activity": "audits_activity",
    "report": "audits_finding",
    "portfolio": "audits_clientfigures",
    "portfolios": "audits_portfolioreport",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    cache.clear()
    with casts.undone(cast_of_app) as lent:
        yield lent


def url_of(world: World, asked: str) -> str:
    if asked in LISTS:
        return reverse("list_pdf", args=[world.here.client.slug, asked])
    if asked in ("report", "activity"):
        return address(world, "report_make" if asked == "report" else "activity_pdf")
    return reverse({"portfolio": "portfolio_make"}.get(asked, f"{asked}_pdf"))


def tables(world: World, asked: str) -> tuple[int, str, set[str]]:
    """Ask for a PDF: the status, what is said, and every table that was asked."""
    browser = browser_of(world, "technician")
    sent = posted(world.here.audit) if asked == "report" else {}
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post(url_of(world, asked), sent)
    told = {name for query in queries for name in re.findall(r'"(audits_\w+)"', query["sql"])}
    text = "" if answer.status_code in (200, 302) else words(answer.content.decode())
    return answer.status_code, text, told


@pytest.mark.parametrize("asked", READ)
def test_nothing_is_read_for_a_pdf_past_the_limit(
    world: World, settings: Settings, asked: str
) -> None:
    status, _text, read = tables(world, asked)
    assert status in (200, 302)
    assert READ[asked] in read
    settings.MIA_PDF_REQUESTS_PER_HOUR = 1
    status, said, read = tables(world, asked)
    assert status == 429
    assert "One person may ask for 1 PDFs in an hour. Try again in 60 minutes." in said
    assert READ[asked] not in read


def test_past_the_limit_no_report_is_stored(world: World, settings: Settings) -> None:
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    for asked in ("report", "portfolio"):
        assert tables(world, asked)[0] == 429
    with world.here.scope():
        assert [one.pk for one in Report.objects.all()] == [world.here.report.pk]
    with world.ours.scope():
        kept = PortfolioReport.objects.values_list("pk", flat=True)
        assert list(kept) == [world.ours.portfolio_report.pk]


@pytest.mark.parametrize("listing", LISTS)
def test_ticked_rows_are_counted_before_they_are_read(
    world: World, settings: Settings, listing: str
) -> None:
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    rows = {
        "models": "model",
        "audits": "audit",
        "tools": "tool",
        "datasets": "dataset",
        "reports": "report",
    }.get(listing, "checklist_item")
    ticked = {"do": "pdf", CALLED[listing][0]: [getattr(world.here, rows).pk]}
    answer = browser_of(world, "technician").post(address(world, listing), ticked)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_list_is_put_into_words_only_where_its_pdf_is_counted(
    world: World, settings: Settings
) -> None:
    asked: list[str] = []

    def table() -> None:
        asked.append("read")
        raise NotPossible("There is nothing.")

    settings.MIA_PDF_REQUESTS_PER_HOUR = 1
    with pytest.raises(NotPossible, match="There is nothing"):
        printed.pdf(table=table, actor=world.ours.technician)  # type: ignore[arg-type]
    with pytest.raises(TooMany, match="Try again in 60 minutes"):
        printed.pdf(table=table, actor=world.ours.technician)  # type: ignore[arg-type]
    assert asked == ["read"]


def test_pdf_that_could_not_be_drawn_counts(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sandbox.limits_of("report", threads=1).wall_seconds > 1
    monkeypatch.setitem(kinds.KINDS, "report", Kind(memory_bytes=GIBIBYTE, wall_seconds=0.01))
    settings.MIA_PDF_REQUESTS_PER_HOUR = 1
    assert [tables(world, "models")[0] for _twice in range(2)] == [302, 429]
