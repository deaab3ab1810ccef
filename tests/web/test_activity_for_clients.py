"""What a client's own people read in their log: no way to closed pages, refusals in words."""

from collections.abc import Iterator
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.guidance import catalogue
from audits.models import ChecklistItem, Report
from audits.queries import report as reports
from audits.services import activity
from tests import casts, chains
from tests.factories import World
from tests.web.reading import address, browser_of, html_of
from tests.web.test_activity import said


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_client_reads_of_a_held_report_on_the_first_page_once_it_is_sent(world: World) -> None:
    here, report = world.here, world.here.report
    with here.scope():
        Report.objects.filter(pk=report.pk).update(held=True)
        for verb in ("requested", "made"):
            activity.record(client=here.client, actor=None, verb=verb, obj=report)
        chains.seal()
    home = reverse("client", kwargs={"slug": here.client.slug})
    opens = f'href="{reverse("report", kwargs={"slug": here.client.slug, "pk": report.pk})}"'

    def told(person: str) -> tuple[bool, int, bool]:
        browser = browser_of(world, person)
        first = unescape(browser.get(home).content.decode())
        log = unescape(browser.get(address(world, "activity")).content.decode())
        return "made a report on" in first, len(said(log)), opens in log

    assert told("technician") == (True, 3, True)
    assert told("owner") == (False, 3, False)  # the log leaves out no line of its chain
    with here.scope():
        Report.objects.filter(pk=report.pk).update(sent_at=timezone.now())
    assert told("owner") == (True, 3, True)


def test_refusal_is_told_in_the_log_alone_to_the_client_in_words_to_staff_with_its_address(
    world: World,
) -> None:
    slug = world.here.client.slug
    absent = reverse("report", kwargs={"slug": slug, "pk": 10**6})
    browser = browser_of(world, "owner")
    assert browser.get(absent).status_code == 404
    assert browser.post(reverse("client_edit", kwargs={"slug": slug})).status_code == 404
    with world.here.scope():
        chains.seal()
    lines = unescape(html_of(world, "owner", address(world, "activity")))
    assert "tried to open a page that is not there, or not open to them" in lines
    assert "tried to do something that is not open to them" in lines
    assert "was refused" not in "".join(said(lines))
    assert f"<dd>{absent}</dd>" in lines
    staff = unescape(html_of(world, "admin", address(world, "activity")))
    assert f"was refused {absent}" in staff
    home = reverse("client", kwargs={"slug": slug})
    for person in ("owner", "admin"):
        latest = unescape(html_of(world, person, home))
        assert "set up Harbour Dental" in latest
        assert ("tried to" in latest, "was refused" in latest) == (False, False)


def test_log_calls_a_control_and_a_report_as_the_other_pages_do(world: World) -> None:
    here = world.here
    control = catalogue.by_id()["AI-04"]
    expert, plain = (control.words(plain=is_plain).title for is_plain in (False, True))
    assert expert != plain
    item = ChecklistItem(pk=10**6, client=here.client, control=control.id)
    with here.scope():
        for verb, obj in (("answered", item), ("downloaded", here.report)):
            activity.record(client=here.client, actor=world.ours.owner, verb=verb, obj=obj)
        chains.seal()
    printed = reports.called(here.client.slug, here.report.number)
    expected = {"technician": f"answered “{expert} (AI-04)”", "owner": f"answered “{plain}”"}
    for person, answered in expected.items():
        browser = browser_of(world, person)
        home = unescape(browser.get(address(world, "client")).content.decode())
        log = unescape(browser.get(address(world, "activity")).content.decode())
        table = browser.get(address(world, "activity_csv")).content.decode("utf-8-sig")
        for told in (home, log, table):
            assert answered in told, person
            assert f"downloaded the report {printed}" in told, person
            assert f"Report {here.report.number}”" not in told, person
