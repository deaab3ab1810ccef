"""Pages of the portfolio report: seen before it is made, made, taken away; and closed to others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audits import tasks
from audits.models import PortfolioReport, ProviderActivity, ProviderJobUnit
from tests import casts
from tests.factories import World, fill, make_client
from tests.house_rows import PDF
from tests.web.reading import browser_of, html_of, words

EVERYTHING = "?sections=movement&sections=map&sections=everybody&sections=overdue"


@pytest.fixture
def world(cast_of_app: World, storage_folder: Path) -> Iterator[World]:
    assert storage_folder.is_dir()
    with casts.undone(cast_of_app) as lent:
        yield lent


def queries(world: World, address: str) -> int:
    browser = browser_of(world, "admin")
    browser.get(address)  # what is kept from the first look on
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


def reports(world: World) -> list[PortfolioReport]:
    with world.ours.scope():
        return list(PortfolioReport.objects.order_by("number"))


def test_report_is_seen_made_and_taken_away(world: World) -> None:
    browser = browser_of(world, "admin")
    assert reverse("portfolios") in html_of(world, "admin", reverse("fleet"))
    before = reports(world)
    preview = words(html_of(world, "admin", reverse("portfolio_preview") + EVERYTHING))
    assert "Who needs attention" in preview
    assert "All clients" in preview
    assert "AI tools waiting for a decision Tool" not in preview
    assert reports(world) == before
    answer = browser.post(reverse("portfolio_make"), {"sections": ["everybody"]})
    (made,) = [one for one in reports(world) if one not in before]
    page = reverse("portfolio", kwargs={"pk": made.pk})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert browser.get(reverse("portfolio_download", kwargs={"pk": made.pk})).status_code == 404
    assert "Stop" in words(html_of(world, "admin", page))
    assert f'href="{page}#part-everybody">2</a>' in html_of(world, "admin", reverse("portfolios"))
    assert 'id="part-everybody"' in html_of(world, "admin", page)
    with world.ours.scope():
        unit = ProviderJobUnit.objects.get(job=made.job)
    tasks.run_provider_unit(unit.pk, made.provider_id)
    assert "Download PDF" in words(html_of(world, "admin", page))
    taken = browser.get(reverse("portfolio_download", kwargs={"pk": made.pk}))
    assert taken["Content-Disposition"] == f'attachment; filename="portfolio-{made.number:04d}.pdf"'
    assert taken.getvalue().startswith(b"%PDF-")
    with world.ours.scope():
        verbs = ProviderActivity.objects.filter(object_type="portfolioreport")
        assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
            "requested",
            "made",
            "downloaded",
        ]
    assert str(made) in words(html_of(world, "admin", reverse("portfolios")))


def test_report_over_clients_that_are_not_granted_is_nowhere(world: World) -> None:
    report = world.ours.portfolio_report
    addresses = [
        reverse(name, kwargs={"pk": report.pk}) for name in ("portfolio", "portfolio_download")
    ]
    for person, status in (
        ("admin", 200),
        ("technician", 200),
        ("technician_of_first", 404),
        ("technician_of_group", 404),
        ("technician_of_none", 404),
        ("owner", 404),
        ("viewer", 404),
    ):
        browser = browser_of(world, person)
        assert [browser.get(one).status_code for one in addresses] == [status, status], person
    assert browser_of(world, "admin").get(addresses[1]).getvalue() == PDF
    listed = words(html_of(world, "technician_of_first", reverse("portfolios")))
    assert "No portfolio report yet" in listed
    assert "P-0001" not in listed


def test_report_is_no_kind_that_is_made_at_a_client(world: World) -> None:
    slug = {"slug": world.here.client.slug}
    start = reverse("report_start", kwargs=slug)
    browser = browser_of(world, "admin")
    assert browser.get(f"{start}?kind=quarterly_review").status_code == 200
    assert browser.get(f"{start}?kind=portfolio").status_code == 404
    assert (
        browser.post(reverse("report_make", kwargs=slug), {"kind": "portfolio"}).status_code == 404
    )
    assert "portfolio" not in html_of(world, "admin", start)
    assert "P-0001" not in html_of(world, "admin", reverse("reports", kwargs=slug))


def test_queries_do_not_grow_with_clients_or_reports(world: World) -> None:
    pages = [reverse("portfolio_preview") + EVERYTHING, reverse("portfolios")]
    before = [queries(world, address) for address in pages]
    with world.ours.scope():
        for _ in range(2):
            fill(make_client(world.ours.provider.pk), world.ours.sheet)
        for number in (2, 3):
            report = world.ours.portfolio_report
            PortfolioReport.objects.create(
                provider=world.ours.provider,
                number=number,
                covers=report.covers,
                whole=True,
                data=report.data,
                sha256=report.sha256,
            )
    assert [queries(world, address) for address in pages] == before
