"""The indicator of the top bar counts audits and reports, and leads to exactly what it counts."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from audits.enums import ClientState, JobKind, JobState, ProviderJobKind, StartedBy
from audits.models import Client, Job, PortfolioReport, ProviderJob, Report
from tests import casts
from tests.factories import (
    REPORT_DATA,
    ClientCast,
    World,
    make_audit,
    make_job,
    make_model,
    make_model_version,
)
from tests.web.reading import address, browser_of, html_of, words

NOTHING = "0 audits running or queued"
MADE = "1 report being made"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def audited(cast: ClientCast, *, state: JobState = JobState.RUNNING) -> None:
    """An audit of a client that is on its way."""
    with cast.scope():
        job = make_job(cast.client, key=f"audit {state}", state=state)
        make_audit(make_model_version(make_model(cast.client, f"Seen {state}")), None, job=job)


def reported(cast: ClientCast) -> None:
    """A report of a client that is being made."""
    with cast.scope():
        job = make_job(cast.client, kind=JobKind.REPORT, key="pdf", state=JobState.QUEUED)
        Report.objects.create(
            provider_id=cast.client.provider_id,
            client=cast.client,
            number=77,
            audit=cast.audit,
            data=REPORT_DATA,
            job=job,
        )


def covered(world: World) -> None:
    """A report over clients that is being made."""
    with world.ours.scope():
        job = ProviderJob.objects.create(
            provider=world.ours.provider,
            kind=ProviderJobKind.PORTFOLIO,
            object_id=0,
            key="now",
            state=JobState.QUEUED,
        )
        PortfolioReport.objects.create(
            provider=world.ours.provider,
            number=900,
            covers=[world.sibling.client.pk],
            job=job,
            data={"report_number": "PF-0900"},
        )


def told(world: World, person: str, page: str) -> tuple[str, str, int]:
    """Where the indicator leads, what it says, and the number that it shows."""
    found = re.search(
        r'<a class="bar-button" href="([^"]+)"\s+id="jobs-indicator"[^>]*>'
        r"\s*<svg(?:(?!</svg>).)*</svg>(.*?)</a>",
        html_of(world, person, page),
        re.DOTALL,
    )
    assert found is not None
    number = re.search(r'<span class="count"[^>]*>([0-9]+)</span>', found[2])
    text = re.sub(r"<span class=\"count\".*?</span>|<[^>]+>", " ", found[2])
    return found[1], " ".join(text.split()), int(number[1]) if number else 0


def rows(world: World, person: str, page: str) -> list[str]:
    """What the list behind the indicator shows, a row each."""
    html = html_of(world, person, page)
    if "<tbody>" not in html:
        assert "Nothing waits or runs now" in html
        return []
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    return [words(f"<main>{one}</main>") for one in table.split("<tr>")[1:]]


@pytest.mark.parametrize("of_client", [True, False])
def test_number_is_that_of_the_rows_that_it_leads_to(world: World, *, of_client: bool) -> None:
    """Audits alone, reports alone, and both: at a client, and over all of them."""
    page = address(world, "client") if of_client else reverse("fleet")
    place = address(world, "client_work") if of_client else reverse("fleet_work")
    for begin, said, number in (
        (None, NOTHING, 0),
        (reported, MADE, 1),
        (audited, f"1 audit running or queued {MADE}", 2),
        (
            lambda cast: audited(cast, state=JobState.QUEUED),
            f"2 audits running or queued {MADE}",
            3,
        ),
    ):
        if begin is not None:
            begin(world.here)
        assert told(world, "technician", page) == (place, said, number)
        assert len(rows(world, "technician", place)) == number
    listed = " ".join(rows(world, "technician", place))
    assert f"{world.here.client.slug[-4:].upper()}-0077" in listed
    assert ("Seen running" in listed, "Seen queued" in listed) == (True, True)
    assert (world.here.client.name in listed) == (not of_client)


def test_audits_alone_lead_to_rows_that_lead_on(world: World) -> None:
    audited(world.here)
    audited(world.sibling)
    place, said, number = told(world, "technician", reverse("fleet"))
    assert (place, number) == (reverse("fleet_work"), 2)
    assert said == "2 audits running or queued"
    html = html_of(world, "technician", place)
    for cast in (world.here, world.sibling):
        with cast.scope():
            audit = cast.audit.__class__.objects.latest("pk")
        assert reverse("audit", args=[cast.client.slug, audit.pk]) in html
    # Who was given one client alone reads and counts of that one.
    assert told(world, "technician_of_first", reverse("fleet"))[2] == 1
    assert world.sibling.client.slug not in html_of(world, "technician_of_first", place)


def test_what_is_done_and_what_the_fleet_does_not_count_are_no_rows(world: World) -> None:
    audited(world.here, state=JobState.SUCCEEDED)
    audited(world.sibling)
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(state=ClientState.PROSPECT)
    place, said, number = told(world, "technician", reverse("fleet"))
    assert (said, number, rows(world, "technician", place)) == (NOTHING, 0, [])


def asked_again(world: World, person: str, place: str, target: str) -> tuple[int, str]:
    """What a page gets that asks again by itself."""
    headers = {"HX-Request": "true", "HX-Target": target}
    answer = browser_of(world, person).get(place, headers=headers)
    return answer.status_code, answer.content.decode()


PARTS = ("jobs-indicator", "on-their-way")


@pytest.mark.parametrize("of_client", [True, False])
def test_indicator_and_list_ask_again_until_nothing_is_on_its_way(
    world: World, *, of_client: bool
) -> None:
    place = address(world, "client_work") if of_client else reverse("fleet_work")
    assert 'hx-trigger="load delay' not in html_of(world, "technician", place)
    for part in PARTS:
        status, html = asked_again(world, "technician", place, part)
        assert (status, "hx-get" in html) == (286, False)
    audited(world.here)
    for seconds, age in ((2, 10), (5, 300), (15, 3600)):
        with world.here.scope():
            moment = timezone.now() - timedelta(seconds=age)
            Job.objects.filter(key="audit running").update(created_at=moment)
        page = html_of(world, "technician", place)
        assert page.count(f'hx-get="{place}" hx-trigger="load delay:{seconds}s') == len(PARTS)
        for part in PARTS:
            status, html = asked_again(world, "technician", place, part)
            assert status == 200
            assert html.count("hx-get=") == html.count(f'id="{part}"') == 1
            assert "<html" not in html
    assert getattr(resolve(place).func, "is_polled", False)  # it keeps no session alive
    for part in PARTS:
        assert (
            asked_again(world, "technician_of_none", address(world, "client_work"), part)[0] == 404
        )
        assert asked_again(world, "owner", reverse("fleet_work"), part)[0] == 404
    with world.here.scope():
        Job.objects.filter(key="audit running").update(state=JobState.SUCCEEDED)
    assert [asked_again(world, "technician", place, part)[0] for part in PARTS] == [286, 286]


def test_indicator_that_asks_again_counts_and_reads_no_row(world: World) -> None:
    audited(world.here)
    reported(world.here)
    covered(world)
    for place in (reverse("fleet_work"), address(world, "client_work")):
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            headers = {"HX-Request": "true", "HX-Target": "jobs-indicator"}
            assert browser.get(place, headers=headers).status_code == 200
        work = [
            one["sql"]
            for one in queries
            if re.search(r'FROM "audits_(job|audit|report|portfolioreport)"', one["sql"])
        ]
        assert 0 < len(work) <= 2
        assert all("COUNT(" in sql for sql in work)


def test_list_is_narrowed_to_one_kind(world: World) -> None:
    audited(world.here)
    reported(world.here)
    covered(world)
    place = reverse("fleet_work")
    assert len(rows(world, "technician", place)) == 3
    (row,) = rows(world, "technician", f"{place}?kind=audit")
    assert "Audit: Seen running" in row
    assert len(rows(world, "technician", f"{place}?kind=report")) == 2
    assert len(rows(world, "technician", f"{place}?kind=nothing")) == 3
    with world.here.scope():
        Job.objects.filter(key="audit running").update(state=JobState.SUCCEEDED)
    html = html_of(world, "technician", f"{place}?kind=audit")
    assert "No audit waits or runs now" in words(html)


def test_rows_say_what_is_made_about_what_and_who_asked(world: World) -> None:
    audited(world.here)
    reported(world.here)
    covered(world)
    with world.here.scope():
        Job.objects.filter(key="pdf").update(actor=world.ours.technician)
        Job.objects.filter(key="audit running").update(started_by=StartedBy.SCHEDULE)
    over_all, report, audit = rows(world, "technician", reverse("fleet_work"))
    assert "Portfolio report: 1 client PF-0900" in over_all
    number = f"{world.here.client.slug[-4:].upper()}-0077"
    assert f"Owner summary: {world.here.model.name} {number}" in report
    assert str(world.ours.technician) in report
    assert "Audit: Seen running" in audit
    assert "by a schedule" in audit
    for place in (reverse("fleet_work"), address(world, "client_work")):
        assert len({row.split(":")[0] for row in rows(world, "technician", place)}) >= 2


def test_list_of_a_client_belongs_to_its_audits(world: World) -> None:
    html = html_of(world, "technician", address(world, "client_work"))
    tabs = html[html.index('<nav class="tabs"') :].partition("</nav>")[0]
    assert re.findall(r'aria-current="page">([^<]+)<', tabs) == ["Audits"]


def test_owners_hear_of_no_report_before_it_is_sent(world: World) -> None:
    reported(world.here)
    place = address(world, "client_work")
    assert len(rows(world, "technician", place)) == 1
    assert told(world, "owner", address(world, "client")) == (place, NOTHING, 0)
    assert rows(world, "owner", place) == []
    audited(world.here)
    assert told(world, "owner", address(world, "client"))[2] == 1
    assert len(rows(world, "owner", place)) == 1
    assert browser_of(world, "owner").get(reverse("fleet_work")).status_code == 404


def test_portfolio_reports_count_for_who_may_read_them(world: World) -> None:
    covered(world)
    place = reverse("fleet_work")
    assert told(world, "technician", reverse("fleet")) == (place, MADE, 1)
    (row,) = rows(world, "technician", place)
    assert "PF-0900" in row
    assert told(world, "technician_of_first", reverse("fleet")) == (place, NOTHING, 0)
    assert rows(world, "technician_of_first", place) == []


def test_list_costs_the_same_however_much_is_on_its_way(world: World) -> None:
    def cost(place: str) -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(place).status_code == 200
        return len(queries)

    audited(world.here)
    places = (reverse("fleet_work"), address(world, "client_work"))
    before = [cost(place) for place in places]
    audited(world.here, state=JobState.QUEUED)
    audited(world.sibling)
    reported(world.here)
    assert [cost(place) for place in places] == before
