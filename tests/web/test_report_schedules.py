"""Planning reports: what a technician sees and sends, what is warned of, what nobody else reads."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audits.enums import FilePurpose, ReportKind, ReportRunState, ReportState
from audits.models import OutgoingMail, Report, ReportRun, ReportSchedule, ReportSending
from audits.queries import report_schedule as schedules
from audits.services import report_schedule
from tests import casts
from tests.builders import make_file
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, page, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def owner_pk(world: World) -> int:
    with world.here.scope():
        return world.ours.owner.membership_set.get(client=world.here.client).pk


def filled(world: World, **more: object) -> dict[str, object]:
    day = timezone.localdate() + timedelta(days=30)
    return {
        "rhythm": "monthly",
        "next_on": day.isoformat(),
        "sections": ["words"],
        "held": "on",
        "readers": [owner_pk(world)],
    } | more


def new_address(world: World, kind: ReportKind = ReportKind.OWNER_SUMMARY) -> str:
    names = {"slug": world.here.client.slug, "kind": kind.value}
    return reverse("report_schedule_new", kwargs=names)


def newest(world: World) -> ReportSchedule:
    with world.here.scope():
        return ReportSchedule.objects.prefetch_related("readers").latest("pk")


def test_technician_plans_a_report_that_waits_for_review_unless_told_otherwise(
    world: World,
) -> None:
    html = html_of(world, "technician", new_address(world))
    with world.here.scope():
        first = schedules.first_day(ReportKind.OWNER_SUMMARY, world.here.client)
        quarter = schedules.first_day(ReportKind.QUARTER, world.here.client)
    assert (first.day, quarter.day, quarter.month % 3) == (1, 1, 1)
    assert first.isoformat() in html
    (box,) = re.findall(r'<input [^>]*name="held"[^>]*>', html)
    assert "checked" in box
    assert 'type="hidden" name="outside_is_meant"' in html
    browser = browser_of(world, "technician")
    given = filled(world, sections=["done"])
    answer = browser.post(new_address(world, ReportKind.QUARTER), given)
    assert answer.status_code == 302
    made = newest(world)
    assert (made.kind, made.held, made.created_by_id) == (
        ReportKind.QUARTER,
        True,
        world.ours.technician.pk,
    )
    assert [row.user_id for row in made.readers.all()] == [world.ours.owner.pk]
    assert made.portal.startswith("http")
    assert not made.portal.endswith("/")
    told = page(world, "technician", "report_schedules")
    assert str(ReportKind.QUARTER.label) in told
    assert str(world.ours.owner) in told


def test_kinds_that_cannot_be_planned_have_no_page(world: World) -> None:
    browser = browser_of(world, "technician")
    for kind in (ReportKind.TECHNICAL, ReportKind.TOOL):
        assert browser.get(new_address(world, kind)).status_code == 404


def test_address_outside_the_client_is_warned_of_before_it_is_saved(world: World) -> None:
    browser = browser_of(world, "admin")
    url, before = new_address(world), newest(world).pk
    given = filled(world, hidden=world.ours.technician.email)
    answer = browser.post(url, given)
    told = words(answer.content.decode())
    assert "does not belong to" in told
    assert world.ours.technician.email in told
    assert newest(world).pk == before
    assert 'type="checkbox" name="outside_is_meant"' in answer.content.decode()
    assert browser.post(url, given | {"outside_is_meant": "on"}).status_code == 302
    hidden = [row.user_id for row in newest(world).readers.all() if row.is_hidden]
    assert hidden == [world.ours.technician.pk]


@pytest.mark.parametrize("field", ["further", "hidden"])
def test_stranger_is_refused_in_plain_words(world: World, field: str) -> None:
    browser, before = browser_of(world, "admin"), newest(world).pk
    given = filled(world, **{field: "accountant@elsewhere.example"}, outside_is_meant="on")
    told = words(browser.post(new_address(world), given).content.decode())
    assert "Nobody with this address can log in" in told
    assert "a link opens nothing without a login" in told
    wrong = filled(world, **{field: "ada@right.example\nno address"})
    told = words(browser.post(new_address(world), wrong).content.decode())
    assert "This is no e-mail address: no address" in told
    assert newest(world).pk == before


def test_schedule_is_changed_paused_and_deleted(world: World) -> None:
    browser = browser_of(world, "technician")
    schedule = ("report_schedule", "report_schedule")
    assert browser.get(address(world, *schedule)).status_code == 200
    given = filled(world, rhythm="quarterly")
    assert browser.post(address(world, *schedule), given).status_code == 302
    assert newest(world).rhythm == "quarterly"
    browser.post(address(world, "report_schedule_pause", "report_schedule"))
    assert "Paused" in page(world, "technician", "report_schedules")
    browser.post(address(world, "report_schedule_resume", "report_schedule"))
    assert "Paused" not in page(world, "technician", "report_schedules")
    delete = address(world, "report_schedule_delete", "report_schedule")
    assert f'href="{delete}"' in html_of(world, "technician", address(world, "report_schedules"))
    asked = words(browser.get(delete).content.decode())
    assert "Reports that it made stay." in asked
    assert browser.get(address(world, *schedule)).status_code == 200  # asking deletes nothing
    browser.post(delete)
    told = page(world, "technician", "report_schedules")
    assert "No report is planned yet" in told
    assert str(ReportRunState.READY.label) in told  # what came of it stays
    assert browser.get(address(world, *schedule)).status_code == 404


def test_report_of_a_schedule_is_sent_to_its_people_and_copies_stay_hidden(world: World) -> None:
    with world.here.scope():
        report = Report.objects.get(pk=world.here.report.pk)
        report.file = make_file(world.here.client, FilePurpose.REPORT, "pdf")
        report.held, report.state = True, ReportState.READY
        report.save(update_fields=["file", "held", "state"])
    planned = world.here.report_schedule
    with world.here.scope():
        planned.readers.all().delete()
        for user, is_hidden in ((world.ours.owner, False), (world.ours.viewer, True)):
            planned.readers.create(
                provider_id=planned.provider_id,
                client=planned.client,
                user=user,
                is_hidden=is_hidden,
            )
    browser = browser_of(world, "technician")
    send = address(world, "report_send", "report")
    html = browser.get(send).content.decode()
    assert "Who gets a hidden copy" in words(html)
    with world.here.scope():
        viewer = world.ours.viewer.membership_set.get(client=world.here.client).pk
    answer = browser.post(send, {"readers": [owner_pk(world)], "hidden": [viewer]})
    assert answer.status_code == 302
    assert {letter.recipient for letter in OutgoingMail.objects.all()} == {
        world.ours.owner.email,
        world.ours.viewer.email,
    }
    with world.here.scope():
        run = ReportRun.objects.get(pk=world.here.report_run.pk)
        (copy,) = ReportSending.objects.filter(is_hidden=True)
        assert (run.state, copy.recipient) == (ReportRunState.SENT, world.ours.viewer.email)
        before = ReportSending.objects.filter(is_hidden=False).values("report").distinct().count()
    assert before == 1
    today = timezone.localdate()
    quarter = f"kind=quarterly_review&period={today.year}-{(today.month - 1) // 3 + 1}"
    done = browser.get(f"{address(world, 'report_preview')}?{quarter}&sections=done")
    assert "One report was sent." in words(done.content.decode())
    link = reverse("report_link", kwargs={"slug": world.here.client.slug, "pk": copy.pk})
    assert browser_of(world, "viewer").get(link).status_code == 302
    assert browser_of(world, "owner").get(link).status_code == 404
    assert "hidden copy" in page(world, "technician", "report", "report")
    for person in ("owner", "viewer"):
        told = page(world, person, "report", "report")
        assert "hidden copy" not in told
    assert world.ours.viewer.email not in page(world, "owner", "activity")


def test_history_tells_what_went_wrong(world: World) -> None:
    with world.here.scope():
        ReportRun.objects.update(state=ReportRunState.FAILED, problem="The PDF could not be made.")
    told = page(world, "technician", "report_schedules")
    assert str(ReportRunState.FAILED.label) in told
    assert "The PDF could not be made." in told


def test_lists_of_both_kinds_of_schedules_tell_the_same_of_each(world: World) -> None:
    heads, rows = {}, {}
    for name in ("audit_schedules", "report_schedules"):
        html = html_of(world, "technician", address(world, name))
        table = html[html.index("<table") : html.index("</table>")]
        cells = re.findall(r'<th scope="col">(.*?)</th>', table)
        heads[name] = [words(f"<main>{cell}</main>").strip() for cell in cells]
        rows[name] = words(f"<main>{table}</main>")
    assert heads["report_schedules"] == [
        "Report",
        "How often",
        "Next on",
        "Who gets it",
        "Last day",
        "What can be done",
    ]
    assert heads["audit_schedules"] == [
        "Model",
        "How often",
        "Next on",
        "Last day",
        "What can be done",
    ]
    with world.here.scope():
        planned = ReportSchedule.objects.get(pk=world.here.report_schedule.pk)
        (run,) = ReportRun.objects.filter(schedule=planned)
    for said in (
        str(planned.get_rhythm_display()),
        date_format(planned.next_on, "j M Y"),
        str(ReportRunState(run.state).label),
        date_format(run.due_on, "j M Y"),
    ):
        assert said in rows["report_schedules"]


def test_refusals_of_the_service_are_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_schedule, "MOST_SCHEDULES", 0)
    browser = browser_of(world, "technician")
    told = words(browser.post(new_address(world), filled(world)).content.decode())
    assert "as many schedules as can be kept" in told
    pause = address(world, "report_schedule_pause", "report_schedule")
    browser.post(pause)
    answer = browser.post(pause, follow=True)
    assert "paused already" in words(answer.content.decode())
