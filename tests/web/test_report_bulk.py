"""A report of one kind for several clients: what is made, and what is not and why, at each."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import ClientState, JobKind, JobState, ReportKind
from audits.models import AIModel, Client, Job, Report
from audits.queries import report_periods
from tests import casts
from tests.factories import ClientCast, World
from tests.web.reading import address, browser_of, html_of, words

URL = "reports_bulk"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        for cast, called in ((lent.here, "Alpha"), (lent.sibling, "Beta")):
            with cast.scope():
                Client.objects.filter(pk=cast.client.pk).update(name=called)
        yield lent


def sent(world: World, *casts_: ClientCast, person: str = "technician", **given: object) -> str:
    posted = {"kind": "owner_summary", "clients": [one.client.pk for one in casts_], **given}
    answer = browser_of(world, person).post(reverse(URL), posted, follow=True)
    assert answer.status_code == 200
    return words(answer.content.decode())


def reports_of(cast: ClientCast) -> list[Report]:
    with cast.scope():
        return list(Report.objects.filter(client=cast.client).order_by("pk"))


def this_quarter() -> report_periods.Period:
    return report_periods.of_day(timezone.localdate())


def test_each_client_gets_its_report_and_who_does_not_is_told_why(world: World) -> None:
    with world.sibling.scope():
        AIModel.objects.update(lifecycle="retired")
    before = len(reports_of(world.here))
    told = sent(world, world.here, world.sibling)
    made = reports_of(world.here)[-1]
    assert len(reports_of(world.here)) == before + 1
    assert (made.kind, made.period_start) == (ReportKind.OWNER_SUMMARY, None)
    assert "Owner summary: 1 is being made" in told
    assert f"Being made Alpha {made.data['report_number']}" in told
    assert "Not made Beta No audit of a model in use is finished there." in told
    again = sent(world, world.here)
    assert "Owner summary: none is made" in again
    assert "Alpha This report is being made already." in again


def test_what_was_made_is_told_once_and_loading_it_again_makes_nothing(world: World) -> None:
    before = len(reports_of(world.here))
    browser = browser_of(world, "technician")
    posted = {"kind": "owner_summary", "clients": [world.here.client.pk]}
    answer = browser.post(reverse(URL), posted)
    assert (answer.status_code, answer["Location"]) == (302, reverse(URL))
    told = [words(browser.get(reverse(URL)).content.decode()) for _ in range(2)]
    assert ["1 is being made" in one for one in told] == [True, False]
    assert "Kind of report" in told[1]
    assert len(reports_of(world.here)) == before + 1


@pytest.mark.parametrize("kind", [ReportKind.QUARTER, ReportKind.OWNER_SUMMARY])
def test_period_that_is_chosen_is_that_of_each_report(world: World, kind: ReportKind) -> None:
    period = this_quarter()
    told = sent(world, world.here, world.sibling, kind=kind.value, period=period.key, held="on")
    assert "2 are being made" in told
    for cast in (world.here, world.sibling):
        made = reports_of(cast)[-1]
        assert (made.kind, made.period_start, made.period_end, made.held) == (
            kind,
            period.first,
            period.last,
            True,
        )
    assert told.count("held for review") == 2


def test_quarter_before_a_client_was_listed_is_refused_there_alone(world: World) -> None:
    old = report_periods.newest(timezone.localdate())[-1]
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(
            created_at=timezone.now().replace(year=old.first.year - 1)
        )
    told = sent(world, world.here, world.sibling, kind="quarterly_review", period=old.key)
    assert "Beta It was not listed yet in that quarter." in told
    assert reports_of(world.here)[-1].period_start == old.first


def test_review_needs_its_quarter_and_somebody_has_to_be_ticked(world: World) -> None:
    before = len(reports_of(world.here))
    assert "Choose the quarter that the review is of." in sent(
        world, world.here, kind="quarterly_review"
    )
    assert "Tick at least one client." in sent(world)
    assert len(reports_of(world.here)) == before


def test_quota_of_a_person_is_told_at_the_client_where_it_ended(
    world: World, settings: Settings
) -> None:
    settings.MIA_PDF_REQUESTS_PER_HOUR = 1
    told = sent(world, world.here, world.sibling, person="admin")
    assert "Owner summary: 1 is being made" in told
    assert "Beta One person may ask for 1 PDFs in an hour" in told
    assert [len([one for one in reports_of(cast) if one.number > 1]) for cast in
            (world.here, world.sibling)] == [1, 0]  # fmt: skip


def test_clients_ticked_in_the_fleet_are_ticked_here(world: World) -> None:
    posted = {"do": "choose", "clients": [world.sibling.client.pk]}
    html = browser_of(world, "technician").post(reverse("fleet"), posted).content.decode()
    assert "Reports for several clients" in html
    assert html.count(" checked") == 2  # the client and the first kind
    assert 'value="choose"' in html_of(world, "technician", reverse("fleet"))
    start = html_of(world, "technician", address(world, "report_start"))
    assert f"{reverse(URL)}?client={world.here.client.slug}" in start
    assert reverse(URL) not in html_of(world, "owner", address(world, "report_start"))
    own = html_of(world, "technician", f"{reverse(URL)}?client={world.here.client.slug}")
    assert own.count(" checked") == 2


def test_nobody_makes_reports_of_clients_that_are_not_theirs(world: World) -> None:
    stranger = world.stranger.client
    with world.stranger.scope():
        assert Client.objects.filter(pk=stranger.pk).exists()
    answer = browser_of(world, "technician").post(
        reverse(URL), {"kind": "owner_summary", "clients": [world.here.client.pk, stranger.pk]}
    )
    assert f'value="{stranger.pk}"' not in answer.content.decode()
    before = len(reports_of(world.sibling))
    told = sent(world, world.sibling, person="technician_of_first")
    assert "Being made" not in told
    assert len(reports_of(world.sibling)) == before
    with world.sibling.scope():
        assert not Job.objects.filter(kind=JobKind.REPORT, state=JobState.QUEUED).exists()


def test_archived_clients_are_not_offered(world: World) -> None:
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(state=ClientState.ARCHIVED)
    assert "Beta" not in words(html_of(world, "technician", reverse(URL)))
    assert "Alpha" in words(html_of(world, "technician", reverse(URL)))
