"""Filters and orders of a client's lists: they stand in the address, and files keep to them."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.enums import (
    DataClass,
    Exposure,
    Hosting,
    Impact,
    JobState,
    Lifecycle,
    Outcome,
    Preset,
    ReportKind,
    ReportState,
    ToolCategory,
    ToolDecision,
)
from audits.models import AIModel, AITool, Audit, Dataset, Report
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
from tests.web.reading import address, browser_of, words

LISTS = ("models", "audits", "tools", "datasets", "reports")
FILES = ("models", "audits", "tools", "datasets")
NAMES = ("Alpha", "Beta", "Gamma")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        add_rows(lent)
        yield lent


def add_rows(world: World) -> None:
    """Three rows more of each list, no two of which are alike in anything that can be asked."""
    here, today = world.here, timezone.localdate()
    own = {"provider_id": here.client.provider_id, "client": here.client}
    with here.scope():
        for n, name in enumerate(NAMES):
            model = make_model(here.client, name, impact=n + 2)
            model.lifecycle = (Lifecycle.APPROVED, Lifecycle.BLOCKED, Lifecycle.RETIRED)[n]
            model.exposure = (Exposure.PUBLIC, Exposure.NAMED, Exposure.LOCKED)[n]
            model.owner_name = ("Zoe", "Yves", "")[n]
            model.hosting = (Hosting.THIRD_PARTY, Hosting.OWN, Hosting.UNKNOWN)[n]
            model.hosted_by = ("Northern Cloud", "", "")[n]
            model.next_review = (today - timedelta(1), today + timedelta(9), None)[n]
            model.save()
            data = make_dataset(here.client, name)
            data.data_class = (DataClass.HEALTH, DataClass.FINANCE, DataClass.HR)[n]
            data.impact = (Impact.SPECIAL, Impact.SENSITIVE, Impact.INTERNAL)[n]
            data.retain_until = (today - timedelta(1), today + timedelta(9), None)[n]
            data.save()
            states = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
            job = make_job(here.client, key=name, state=states[n])
            audit = make_audit(
                make_model_version(model),
                make_dataset_version(data),
                job=job,
                preset=list(Preset)[n],
                **(finished(result_document()) if n == 0 else {}),
            )
            AITool.objects.create(
                **own,
                name=name,
                vendor=f"{name} House",
                data_class=(DataClass.HEALTH, DataClass.FINANCE, DataClass.HR)[n],
                category=(ToolCategory.CODE, ToolCategory.CODE, ToolCategory.OTHER)[n],
                decision=(ToolDecision.REJECT, ToolDecision.APPROVE, ToolDecision.UNDECIDED)[n],
                people=(7, 30, None)[n],
                next_review=(today - timedelta(1), today + timedelta(9), None)[n],
            )
            kinds = (ReportKind.OWNER_SUMMARY, ReportKind.OWNER_SUMMARY, ReportKind.TECHNICAL)
            Report.objects.create(
                **own,
                number=50 + n,
                audit=audit,
                data=REPORT_DATA | {"period": "", "subject": name, "badge": ""},
                job=make_job(here.client, key=f"pdf {name}", state=JobState.SUCCEEDED),
                kind=kinds[n],
                state=(ReportState.DRAFT, ReportState.SENT, ReportState.SUPERSEDED)[n],
            )


def subjects(world: World) -> dict[str, dict[int, str]]:
    """Of the rows of each list the name that it goes by here."""
    with world.here.scope():
        return {
            "models": dict(AIModel.objects.values_list("pk", "name")),
            "audits": dict(Audit.objects.values_list("pk", "model_version__model__name")),
            "tools": dict(AITool.objects.values_list("pk", "name")),
            "datasets": dict(Dataset.objects.values_list("pk", "name")),
            "reports": dict(Report.objects.values_list("pk", "audit__model_version__model__name")),
        }


def shown(world: World, listing: str, query: str, person: str = "technician") -> list[str]:
    """The names of the rows on a page, in their order; nothing where the page says so."""
    html = html_of(world, listing, query, person)
    if "Nothing fits these filters" in html:
        assert "<tbody" not in html
        return []
    table = html[html.index("<tbody") : html.index("</tbody>")]
    one = reverse(listing.removesuffix("s"), args=[world.here.client.slug, 0])
    head = r'<th scope="row"[^>]*>(?:\s*<span[^>]*>)?(?:\s*<input[^>]*>)?'
    links = re.findall(rf'{head}\s*<a href="{one.removesuffix("0/")}([0-9]+)/"', table)
    names = subjects(world)[listing]
    return [names[int(pk)] for pk in links]


def html_of(world: World, listing: str, query: str, person: str = "technician") -> str:
    answer = browser_of(world, person).get(f"{address(world, listing)}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


ASKED = [
    ("models", "q=alph", {"Alpha"}),
    ("models", "q=yves", {"Beta"}),
    ("models", "rating=low", set()),
    ("models", "status=blocked", {"Beta"}),
    ("models", "impact=4", {"Gamma"}),
    ("models", "reach=named", {"Beta"}),
    ("models", "owner=Zoe", {"Alpha"}),
    ("models", "q=northern+cloud", {"Alpha"}),
    ("models", "hosting=third_party", {"Alpha"}),
    ("models", "hosting=own", {"Beta"}),
    ("models", "due=overdue", {"Alpha"}),
    ("models", "due=month", {"Beta"}),
    ("models", "q=a&status=retired", {"Gamma"}),
    ("audits", "q=gamm", {"Gamma"}),
    ("audits", "state=failed", {"Beta"}),
    ("audits", "state=cancelled", {"Gamma"}),
    ("audits", f"result={Outcome.INVALID}", set()),
    ("audits", "depth=deep", {"Gamma"}),
    ("audits", "depth=quick&state=failed", set()),
    ("tools", "q=beta+house", {"Beta"}),
    ("tools", "state=review_due", {"Alpha"}),
    ("tools", "decision=approve", {"Beta"}),
    ("tools", "kind=code", {"Alpha", "Beta"}),
    ("tools", "data=health", {"Alpha"}),
    ("tools", "due=month", {"Beta"}),
    ("datasets", "q=Alpha", {"Alpha"}),
    ("datasets", "kind=finance", {"Beta"}),
    ("datasets", "impact=5", {"Alpha"}),
    ("datasets", "due=overdue", {"Alpha"}),
    ("datasets", "due=month", {"Beta"}),
    ("reports", "q=gamma", {"Gamma"}),
    ("reports", "kind=technical_appendix", {"Gamma"}),
    ("reports", "state=sent", {"Beta"}),
]


@pytest.mark.parametrize(("listing", "query", "found"), ASKED)
def test_filter_leaves_what_it_names(
    world: World, listing: str, query: str, found: set[str]
) -> None:
    assert {*NAMES} <= {*shown(world, listing, "")}
    assert {*shown(world, listing, query)} & {*NAMES} == found
    html = words(html_of(world, listing, query))
    total = len(subjects(world)[listing])
    left = len(shown(world, listing, query))
    assert left < total
    if left:
        assert f"{left} of {total} row" in html
    else:
        assert f"There are {total} rows, and none of them fits" in html
    assert "Clear filters" in html


SORTED = [
    ("models", "sort=name", ["Alpha", "Beta", "Gamma"]),
    ("models", "sort=-name", ["Gamma", "Beta", "Alpha"]),
    ("models", "sort=data", ["Gamma", "Beta", "Alpha"]),
    ("models", "sort=reach", ["Alpha", "Beta", "Gamma"]),
    ("models", "sort=status", ["Alpha", "Beta", "Gamma"]),
    ("models", "sort=owner", ["Beta", "Alpha", "Gamma"]),
    ("models", "sort=-owner", ["Alpha", "Beta", "Gamma"]),
    ("models", "sort=review", ["Alpha", "Beta", "Gamma"]),
    ("models", "sort=audit", ["Alpha"]),
    ("audits", "sort=asked", ["Gamma", "Beta", "Alpha"]),
    ("audits", "sort=-asked", ["Alpha", "Beta", "Gamma"]),
    ("audits", "sort=depth", ["Alpha", "Beta", "Gamma"]),
    ("audits", "sort=records", ["Alpha", "Beta", "Gamma"]),
    ("audits", "sort=-name", ["Gamma", "Beta", "Alpha"]),
    ("tools", "sort=users", ["Beta", "Alpha", "Gamma"]),
    ("tools", "sort=-users", ["Alpha", "Beta", "Gamma"]),
    ("tools", "sort=decision", ["Gamma", "Beta", "Alpha"]),
    ("tools", "sort=review", ["Alpha", "Beta", "Gamma"]),
    ("datasets", "sort=-name", ["Gamma", "Beta", "Alpha"]),
    ("datasets", "sort=impact", ["Alpha", "Beta", "Gamma"]),
    ("datasets", "sort=uploaded", ["Gamma", "Beta", "Alpha"]),
    ("reports", "sort=-made", ["Alpha", "Beta", "Gamma"]),
    ("reports", "sort=state", ["Alpha", "Beta", "Gamma"]),
]


@pytest.mark.parametrize(("listing", "query", "order"), SORTED)
def test_order_is_that_of_the_column(
    world: World, listing: str, query: str, order: list[str]
) -> None:
    names = [name for name in shown(world, listing, query) if name in order]
    assert names == order
    html = html_of(world, listing, query)
    (said,) = re.findall(r'aria-sort="(ascending|descending)"', html)
    turned = query[5:] if query.startswith("sort=-") else f"sort=-{query[5:]}"
    other = turned if turned.startswith("sort=") else f"sort={query[6:]}"
    again = html_of(world, listing, other)
    assert f'href="?{other}"' in html
    assert re.findall(r'aria-sort="(ascending|descending)"', again) == [
        {"ascending": "descending", "descending": "ascending"}[said]
    ]


@pytest.mark.parametrize(("listing", "sort"), [("models", "rating"), ("tools", "name")])
def test_first_order_is_named_and_can_be_turned(world: World, listing: str, sort: str) -> None:
    html = html_of(world, listing, "")
    assert html.count("aria-sort=") == 1
    assert f'href="?sort=-{sort}"' in html


def test_rating_is_read_from_the_worst_and_what_is_retired_stays_last(world: World) -> None:
    usual = shown(world, "models", "")
    assert shown(world, "models", "sort=rating") == usual
    turned = shown(world, "models", "sort=-rating")
    assert turned != usual
    assert turned[-1] == usual[-1] == "Gamma"


@pytest.mark.parametrize("listing", LISTS)
def test_what_cannot_be_chosen_is_left_out_and_said(world: World, listing: str) -> None:
    every = shown(world, listing, "")
    for query in ("sort=password", "q=%00", "due=sometime&state=gone&status=gone&kind=gone"):
        html = html_of(world, listing, query)
        assert "It was left out." in html
        assert shown(world, listing, query) == every
    if listing in FILES:
        url = reverse(f"{listing}_file", args=[world.here.client.slug, "csv"])
        browser = browser_of(world, "technician")
        assert browser.get(f"{url}?sort=password").status_code == 404
        assert browser.get(url).status_code == 200


@pytest.mark.parametrize("listing", FILES)
def test_file_holds_what_the_page_shows_in_its_order(world: World, listing: str) -> None:
    query = "q=a&sort=-name"
    html = html_of(world, listing, query)
    (link,) = re.findall(r'href="([^"]+/csv/?\?[^"]*|[^"]+\.csv\?[^"]*)"', html)
    browser = browser_of(world, "technician")
    table = browser.get(link.replace("&amp;", "&")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    column = {"audits": "model"}.get(listing, listing.removesuffix("s"))
    names = shown(world, listing, query)
    assert [row[column] for row in rows] == names
    assert names[-3:] != sorted(names[-3:])
    every = browser.get(reverse(f"{listing}_file", args=[world.here.client.slug, "json"]))
    assert every.status_code == 200


@pytest.mark.parametrize("listing", FILES)
def test_owner_finds_rows_as_well_and_the_form_keeps_the_order(world: World, listing: str) -> None:
    html = html_of(world, listing, "q=alpha&sort=-name", "owner")
    assert 'value="alpha"' in html
    assert '<input type="hidden" name="sort" value="-name">' in html
    assert shown(world, listing, "q=alpha", "owner") == ["Alpha"]


@pytest.mark.parametrize("listing", LISTS)
def test_nothing_of_another_client_is_found(world: World, listing: str) -> None:
    with world.sibling.scope():
        model = make_model(world.sibling.client, "Elsewhere")
        data = make_dataset(world.sibling.client, "Elsewhere")
        job = make_job(world.sibling.client, key="there", state=JobState.SUCCEEDED)
        audit = make_audit(make_model_version(model), make_dataset_version(data), job=job)
        pdf = make_job(world.sibling.client, key="pdf", state=JobState.SUCCEEDED)
        own = {"provider_id": world.sibling.client.provider_id, "client": world.sibling.client}
        AITool.objects.create(**own, name="Elsewhere", data_class=DataClass.HR)
        Report.objects.create(**own, number=77, audit=audit, data=REPORT_DATA, job=pdf)
    slug = world.sibling.client.slug
    there = browser_of(world, "technician").get(reverse(listing, args=[slug]), {"q": "elsewhere"})
    assert "Nothing fits" not in there.content.decode()
    assert shown(world, listing, "q=elsewhere") == []


@pytest.mark.parametrize("listing", LISTS)
def test_filtered_page_costs_the_same_however_many_rows_there_are(
    world: World, listing: str
) -> None:
    def cost() -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"{address(world, listing)}?q=a&sort={order}").status_code == 200
        return len(queries)

    order = "state" if listing == "reports" else "-name"
    cost()
    before = cost()
    with world.here.scope():
        for name in ("Aa", "Ab", "Ac"):
            version = make_model_version(make_model(world.here.client, name))
            data = make_dataset_version(make_dataset(world.here.client, name))
            job = make_job(world.here.client, key=name, state=JobState.SUCCEEDED)
            audit = make_audit(version, data, job=job)
            own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
            AITool.objects.create(**own, name=name, data_class=DataClass.HR)
            pdf = make_job(world.here.client, key=f"pdf {name}", state=JobState.SUCCEEDED)
            Report.objects.create(
                **own, number=job.pk + 100, audit=audit, data=REPORT_DATA, job=pdf
            )
    assert cost() == before
