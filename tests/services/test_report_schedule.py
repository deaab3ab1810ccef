"""Schedules of reports: each day once, in the client's own time, and for people who can log in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits import tenancy
from audits.enums import (
    SCHEDULED_KINDS,
    ClientState,
    JobState,
    ReportKind,
    ReportRhythm,
    ReportRunState,
    ReportState,
)
from audits.models import (
    Activity,
    Client,
    Job,
    Membership,
    OutgoingMail,
    ProviderActivity,
    Report,
    ReportRun,
    ReportSchedule,
    ReportSending,
)
from audits.queries import report_readers
from audits.queries import report_schedule as schedules
from audits.services import mail, report_sending
from audits.services import report_schedule as service
from audits.services.errors import InvalidInput, NotPossible
from audits.services.report_schedule import People, Plan
from tests import casts
from tests.factories import World
from tests.planned import begin, day_of, go_on, owner_of, planned
from tests.schedules import drawn

LONG_AGO = date(2026, 5, 31)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            ReportRun.objects.all().delete()
            ReportSchedule.objects.all().delete()
            yield lent


def test_held_report_is_made_on_its_day_once_and_waits(world: World) -> None:
    schedule = planned(world)
    before = Report.objects.count()
    assert (begin(schedule), begin(schedule)) == (True, False)
    run = day_of(schedule)
    assert Report.objects.count() == before + 1
    assert (run.state, run.missed, run.due_on) == (
        ReportRunState.MAKING,
        0,
        schedules.today_at(world.here.client),
    )
    assert run.report is not None
    assert (run.report.held, run.report.created_by) == (True, None)
    assert run.report.data["check_at"] == "https://portal.example/check"
    assert go_on(run) is False  # the PDF is still being made
    drawn(run)
    letters = OutgoingMail.objects.count()
    assert (go_on(run), go_on(run)) == (True, False)
    run.refresh_from_db()
    run.report.refresh_from_db()
    assert (run.state, run.report.state) == (ReportRunState.READY, ReportState.READY)
    (told,) = OutgoingMail.objects.order_by("pk")[letters:]
    assert told.recipient == world.ours.technician.email
    assert "waits for review" in mail.read(told).body
    report_sending.send(
        report=run.report,
        actor=world.ours.technician,
        readers=[owner_of(world)],
        link=lambda _sending: "",
    )
    run.refresh_from_db()
    assert run.state == ReportRunState.SENT


def test_report_that_is_not_held_goes_out_by_itself_once(world: World) -> None:
    people = People(
        readers=[owner_of(world)],
        further=[world.ours.viewer.email],
        hidden=[world.ours.technician.email],
        outside_is_meant=True,
    )
    schedule = planned(world, held=False, people=people)
    begin(schedule)
    run = day_of(schedule)
    report = drawn(run)
    assert (go_on(run), go_on(run)) == (True, False)
    run.refresh_from_db()
    report.refresh_from_db()
    assert (run.state, run.problem, report.state) == (ReportRunState.SENT, "", ReportState.SENT)
    rows = {row.recipient: row for row in ReportSending.objects.filter(report=report)}
    hidden = {address for address, row in rows.items() if row.is_hidden}
    assert set(rows) == {
        world.ours.owner.email,
        world.ours.viewer.email,
        world.ours.technician.email,
    }
    assert hidden == {world.ours.technician.email}
    told = {
        address: mail.read(OutgoingMail.objects.get(message_id=row.message_id)).body
        for address, row in rows.items()
    }
    owner, viewer, copied = (
        told[one.email] for one in (world.ours.owner, world.ours.viewer, world.ours.technician)
    )
    assert f"https://portal.example/sent/{rows[world.ours.owner.email].pk}/" in owner
    assert str(world.ours.viewer) in owner
    assert str(world.ours.owner) in viewer
    for letter in (owner, viewer):
        assert str(world.ours.technician) not in letter
        assert world.ours.technician.email not in letter
        assert "hidden copy" not in letter
    assert "hidden copy" in copied
    assert Activity.objects.filter(verb="sent", object_id=report.pk).count() == 1
    assert ProviderActivity.objects.filter(verb="sent_hidden").count() == 1


@pytest.mark.parametrize("rhythm", ReportRhythm)
def test_missed_days_are_made_up_for_by_one_report(world: World, rhythm: ReportRhythm) -> None:
    schedule = planned(world, rhythm=rhythm, ago=200)
    before = Report.objects.count()
    assert (begin(schedule), begin(schedule)) == (True, False)
    assert Report.objects.count() == before + 1
    run = day_of(schedule)
    schedule.refresh_from_db()
    today = schedules.today_at(world.here.client)
    assert run.missed == {ReportRhythm.MONTHLY: 6, ReportRhythm.QUARTERLY: 2}[rhythm]
    assert run.due_on <= today < schedule.next_on


def test_a_day_has_one_report_whoever_begins_it(world: World) -> None:
    schedule = planned(world)
    begin(schedule)
    run = day_of(schedule)
    with pytest.raises(IntegrityError, match="reportrun_once_for_a_day"), transaction.atomic():
        ReportRun.objects.create(
            provider_id=run.provider_id, client=run.client, schedule=schedule, due_on=run.due_on
        )
    # As if the day had been begun, and the schedule not moved on.
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_on=run.due_on)
    before = Report.objects.count()
    assert begin(schedule) is False
    assert Report.objects.count() == before


def test_day_is_the_one_of_the_client(world: World) -> None:
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    client = world.here.client
    found = {}
    for zone in ("Europe/Berlin", "America/New_York"):
        client.time_zone = zone
        found[zone] = schedules.today_at(client, late)
    assert found == {"Europe/Berlin": date(2026, 4, 1), "America/New_York": date(2026, 3, 31)}
    schedule = planned(world)
    west, east = (ZoneInfo(zone) for zone in ("Etc/GMT+12", "Etc/GMT-14"))
    tomorrow = timezone.now().astimezone(east).date()
    assert tomorrow != timezone.now().astimezone(west).date()
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_on=tomorrow)
    Client.objects.filter(pk=client.pk).update(time_zone="Etc/GMT+12")
    assert schedule.pk in [row[0] for row in schedules.due()]
    assert begin(schedule) is False
    Client.objects.filter(pk=client.pk).update(time_zone="Etc/GMT-14")
    assert begin(schedule) is True


def test_review_of_a_quarter_is_about_the_one_that_has_just_ended(world: World) -> None:
    schedule = planned(world, kind=ReportKind.QUARTER, rhythm=ReportRhythm.QUARTERLY)
    wish = schedules.wish_of(schedule, date(2026, 4, 1))
    assert wish.period is not None
    assert (wish.period.first, wish.period.last) == (date(2026, 1, 1), date(2026, 3, 31))
    begin(schedule)
    report = day_of(schedule).report
    assert report is not None
    assert (report.kind, report.held) == (ReportKind.QUARTER, True)


@pytest.mark.parametrize("due_on", [date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 15)])
def test_quarter_that_has_just_begun_is_not_reviewed(world: World, due_on: date) -> None:
    schedule = planned(world, kind=ReportKind.QUARTER, rhythm=ReportRhythm.QUARTERLY)
    period = schedules.wish_of(schedule, due_on).period
    assert period is not None
    assert (period.first, period.last) == (date(2026, 1, 1), date(2026, 3, 31))


def test_archived_client_gets_none_and_its_days_are_not_made_up(world: World) -> None:
    schedule = planned(world, ago=70)
    before = Report.objects.count()
    client = world.here.client
    Client.objects.filter(pk=client.pk).update(state=ClientState.ARCHIVED)
    assert begin(schedule) is False
    Client.objects.filter(pk=client.pk).update(state=ClientState.ACTIVE)
    assert begin(schedule) is False
    assert (Report.objects.count(), ReportRun.objects.count()) == (before, 0)
    client.state = ClientState.ARCHIVED
    with pytest.raises(NotPossible, match="No reports"):
        planned(world)


def test_client_that_is_archived_meanwhile_gets_no_letter(world: World) -> None:
    schedule = planned(world, held=False)
    begin(schedule)
    run = day_of(schedule)
    drawn(run)
    Client.objects.filter(pk=world.here.client.pk).update(
        state=ClientState.ARCHIVED, name="Dental\n\nPay at once."
    )
    letters = OutgoingMail.objects.count()
    assert go_on(run) is True
    run.refresh_from_db()
    (told,) = OutgoingMail.objects.order_by("pk")[letters:]
    assert (run.state, told.recipient) == (ReportRunState.FAILED, world.ours.technician.email)
    body = mail.read(told).body
    assert "did not go out" in body
    assert "Dental Pay at once." in body  # a name writes no paragraph of the letter


def test_what_cannot_be_made_is_said_once_and_the_next_day_comes(world: World) -> None:
    schedule = planned(world)
    type(world.here.model).objects.update(lifecycle="retired")
    begin(schedule)
    run = day_of(schedule)
    assert (run.state, run.report) == (ReportRunState.FAILED, None)
    assert "finished audit" in run.problem
    assert Activity.objects.filter(verb="failed", object_id=schedule.pk).count() == 1
    schedule.refresh_from_db()
    assert schedule.next_on > run.due_on


def test_pdf_that_failed_fails_its_day(world: World) -> None:
    schedule = planned(world)
    begin(schedule)
    run = day_of(schedule)
    assert run.report is not None
    Job.objects.filter(report=run.report).update(state=JobState.FAILED)
    assert go_on(run) is True
    run.refresh_from_db()
    assert (run.state, run.problem) == (ReportRunState.FAILED, "The PDF could not be made.")


def test_who_may_not_read_any_more_gets_no_letter(world: World) -> None:
    both = People(readers=[owner_of(world)], further=[world.ours.viewer.email])
    schedule = planned(world, held=False, people=both)
    begin(schedule)
    run = day_of(schedule)
    report = drawn(run)
    Membership.objects.filter(user=world.ours.viewer, client=world.here.client).delete()
    go_on(run)
    run.refresh_from_db()
    assert run.state == ReportRunState.SENT
    assert world.ours.viewer.email in run.problem
    sent = ReportSending.objects.filter(report=report).values_list("recipient", flat=True)
    assert list(sent) == [world.ours.owner.email]


def test_address_without_a_login_here_is_refused(world: World) -> None:
    known = set(report_readers.by_address(world.here.client))
    assert world.ours.owner.email in known
    for stranger in (
        "accountant@elsewhere.example",
        world.ours.contributor.email,
        world.ours.technician_of_none.email,
        world.theirs.admin.email,
    ):
        for field in ("further", "hidden"):
            with pytest.raises(InvalidInput, match="Nobody with this address") as refused:
                planned(world, people=People(**{field: [stranger]}))  # type: ignore[arg-type]
            assert refused.value.field == field
    assert not ReportSchedule.objects.exists()


def test_people_outside_the_client_are_confirmed_before_saving(world: World) -> None:
    address = world.ours.technician.email.upper()
    with pytest.raises(InvalidInput, match="does not belong to") as refused:
        planned(world, people=People(further=[address]))
    assert (refused.value.field, refused.value.code) == ("outside_is_meant", service.OUTSIDE)
    assert not ReportSchedule.objects.exists()
    schedule = planned(world, people=People(further=[address], outside_is_meant=True))
    # Who was confirmed once is not asked about again.
    plan = Plan(
        rhythm=ReportRhythm.QUARTERLY, next_on=schedule.next_on, sections=["words", "nonsense"]
    )
    service.edit(
        schedule=schedule,
        actor=world.ours.admin,
        plan=plan,
        people=People(further=[world.ours.technician.email]),
    )
    schedule.refresh_from_db()
    assert (schedule.rhythm, schedule.sections) == (ReportRhythm.QUARTERLY, ["words"])
    with pytest.raises(InvalidInput, match="hold it for review"):
        planned(world, held=False, people=People())


def test_paused_schedule_makes_nothing_and_what_lies_behind_is_not_made_up(world: World) -> None:
    schedule = planned(world, ago=70)
    actor = world.ours.technician
    service.pause(schedule=schedule, actor=actor)
    assert begin(schedule) is False
    with pytest.raises(NotPossible, match="paused already"):
        service.pause(schedule=schedule, actor=actor)
    resumed = service.resume(schedule=schedule, actor=actor)
    assert resumed.next_on >= schedules.today_at(world.here.client)
    assert not ReportRun.objects.exists()
    with pytest.raises(NotPossible, match="not paused"):
        service.resume(schedule=schedule, actor=actor)


def test_deleted_schedule_keeps_its_history_and_forgets_its_people(world: World) -> None:
    schedule = planned(world)
    begin(schedule)
    service.delete(schedule=schedule, actor=world.ours.technician)
    assert list(schedules.of_client(world.here.client)) == []
    assert [run.schedule for run in schedules.runs_of(world.here.client)] == [schedule]
    assert schedule.readers.count() == 0
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_on=LONG_AGO)
    assert begin(schedule) is False
    with pytest.raises(NotPossible, match="deleted already"):
        service.delete(schedule=schedule, actor=world.ours.technician)


def test_schedules_are_bounded_and_dated_ahead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_SCHEDULES", 1)
    schedule = planned(world)
    with pytest.raises(NotPossible, match="as many schedules"):
        planned(world)
    today = schedules.today_at(world.here.client)
    for day in (today - timedelta(days=1), today + timedelta(days=900)):
        with pytest.raises(InvalidInput, match="from today on"):
            service.edit(
                schedule=schedule,
                actor=world.ours.admin,
                plan=Plan(rhythm=ReportRhythm.MONTHLY, next_on=day, sections=[]),
                people=People(),
            )


@pytest.mark.parametrize("kind", [kind for kind in ReportKind if kind not in SCHEDULED_KINDS])
def test_other_kinds_cannot_be_stored(world: World, kind: ReportKind) -> None:
    with pytest.raises(IntegrityError, match="kind_can_be_scheduled"), transaction.atomic():
        planned(world, kind=kind)
