"""Schedules of audits: each day once, as the newest finished audit was measured, or why not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.enums import AuditRhythm, ClientState, JobState, Lifecycle, MailKind, StartedBy
from audits.models import (
    Activity,
    AIModel,
    Audit,
    AuditRun,
    AuditSchedule,
    Authorisation,
    Client,
    Dataset,
    Job,
    Membership,
    ModelVersion,
    OutgoingMail,
)
from audits.queries import audit_repeat
from audits.queries import audit_schedule as schedules
from audits.services import ai_model, mail, retention
from audits.services import audit_schedule as service
from audits.services.audit_schedule_day import begin_if_due
from audits.services.errors import InvalidInput, NotPossible
from tests import casts
from tests.builders import make_model_version
from tests.factories import World
from tests.planned import planned_audits


@pytest.fixture
def world(cast_of_app: World, settings: Settings) -> Iterator[World]:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 1000  # every test asks for audits of the same client
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            AuditRun.objects.all().delete()
            AuditSchedule.objects.all().delete()
            yield lent


def lines(schedule: AuditSchedule) -> list[str]:
    rows = Activity.objects.filter(object_type="auditschedule", object_id=schedule.pk)
    return list(rows.order_by("pk").values_list("verb", flat=True))


def test_model_is_measured_again_on_its_day_once_as_before(world: World) -> None:
    schedule, before = planned_audits(world), Audit.objects.count()
    assert (begin_if_due(schedule.pk), begin_if_due(schedule.pk)) == (True, False)
    assert Audit.objects.count() == before + 1
    run = AuditRun.objects.get(schedule=schedule)
    made, old = run.audit, world.here.audit
    assert made is not None
    assert made.job is not None
    assert (run.due_on, run.missed, run.problem) == (
        schedules.today_at(world.here.client),
        0,
        "",
    )
    for name in ("model_version_id", "dataset_version_id", "preset", "split", "seed"):
        assert getattr(made, name) == getattr(old, name), name
    assert (made.requested_by, made.job.actor, made.job.started_by, made.job.state) == (
        None,
        None,
        StartedBy.SCHEDULE,
        JobState.QUEUED,
    )
    schedule.refresh_from_db()
    assert schedule.next_on > run.due_on
    assert lines(schedule) == ["planned"]
    assert schedules.unstarted(world.here.client) == []


@pytest.mark.parametrize("rhythm", AuditRhythm)
def test_missed_days_are_made_up_for_by_one_audit(world: World, rhythm: AuditRhythm) -> None:
    schedule, before = planned_audits(world, rhythm=rhythm, ago=200), Audit.objects.count()
    assert (begin_if_due(schedule.pk), begin_if_due(schedule.pk)) == (True, False)
    assert Audit.objects.count() == before + 1
    run = AuditRun.objects.get(schedule=schedule)
    schedule.refresh_from_db()
    assert (
        run.missed
        == {
            AuditRhythm.MONTHLY: 6,
            AuditRhythm.QUARTERLY: 2,
            AuditRhythm.HALF_YEARLY: 1,
            AuditRhythm.YEARLY: 0,
        }[rhythm]
    )
    assert run.due_on <= schedules.today_at(world.here.client) < schedule.next_on


def test_a_day_has_one_audit_whoever_begins_it(world: World) -> None:
    schedule = planned_audits(world)
    begin_if_due(schedule.pk)
    run = AuditRun.objects.get(schedule=schedule)
    with pytest.raises(IntegrityError, match="auditrun_once_for_a_day"), transaction.atomic():
        AuditRun.objects.create(
            provider_id=run.provider_id,
            client=run.client,
            schedule=schedule,
            due_on=run.due_on,
            problem="Twice.",
        )
    # As if the day had been begun, and the schedule not moved on.
    AuditSchedule.objects.filter(pk=schedule.pk).update(next_on=run.due_on)
    before = Audit.objects.count()
    assert begin_if_due(schedule.pk) is False
    schedule.refresh_from_db()
    assert (Audit.objects.count(), schedule.next_on > run.due_on) == (before, True)


def test_a_day_without_an_audit_says_why(world: World) -> None:
    schedule = planned_audits(world)
    with pytest.raises(IntegrityError, match="started_or_says_why"), transaction.atomic():
        AuditRun.objects.create(
            provider_id=schedule.provider_id,
            client=schedule.client,
            schedule=schedule,
            due_on=schedule.next_on,
        )


def test_day_is_the_one_of_the_client(world: World) -> None:
    schedule = planned_audits(world)
    tomorrow = timezone.now().astimezone(ZoneInfo("Etc/GMT-14")).date()
    AuditSchedule.objects.filter(pk=schedule.pk).update(next_on=tomorrow)
    Client.objects.filter(pk=schedule.client_id).update(time_zone="Etc/GMT+12")
    assert schedule.pk in [row[0] for row in schedules.due()]
    assert begin_if_due(schedule.pk) is False
    Client.objects.filter(pk=schedule.client_id).update(time_zone="Etc/GMT-14")
    assert begin_if_due(schedule.pk) is True


def never_measured(_world: World) -> None:
    Audit.objects.update(document=None, outcome="", badge="", completed_at=None)


def withdrawn(_world: World) -> None:
    Authorisation.objects.update(withdrawn_at=timezone.now())


def expired(_world: World) -> None:
    today = timezone.localdate()
    Authorisation.objects.update(
        given_on=today - timedelta(days=9), ends_on=today - timedelta(days=1)
    )


def retired(_world: World) -> None:
    AIModel.objects.update(lifecycle=Lifecycle.RETIRED)


def newer_version(world: World) -> None:
    make_model_version(world.here.model, number=9)


def file_deleted(_world: World) -> None:
    ModelVersion.objects.update(file=None, file_deleted_at=timezone.now())


def records_deleted(world: World) -> None:
    Job.objects.update(state=JobState.SUCCEEDED)
    retention.delete_now(
        dataset=Dataset.objects.get(pk=world.here.dataset.pk), actor=world.ours.technician
    )


def running_already(_world: World) -> None:
    begin_if_due(AuditSchedule.objects.get().pk)
    run = AuditRun.objects.get()
    AuditRun.objects.update(due_on=run.due_on - timedelta(days=50))
    AuditSchedule.objects.update(next_on=run.due_on)


@pytest.mark.parametrize(
    ("arrange", "why"),
    [
        (never_measured, "never audited"),
        (withdrawn, "Nobody has allowed an audit"),
        (expired, "Nobody has allowed an audit"),
        (retired, "It is retired."),
        (newer_version, "newest version has no finished audit"),
        (file_deleted, "The file of this version was deleted."),
        (records_deleted, "records that it was measured on were deleted"),
        (running_already, "being worked on already"),
    ],
)
def test_what_cannot_be_started_is_said_once_and_the_next_day_comes(
    world: World, arrange: Callable[[World], None], why: str
) -> None:
    schedule = planned_audits(world)
    arrange(world)
    AIModel.objects.filter(pk=world.here.model.pk).update(name="Model\n\nPay at once.")
    schedule.refresh_from_db()
    before, letters = Audit.objects.count(), OutgoingMail.objects.count()
    assert (begin_if_due(schedule.pk), begin_if_due(schedule.pk)) == (True, False)
    run = AuditRun.objects.filter(schedule=schedule).latest("pk")
    assert (run.audit, why in run.problem) == (None, True), run.problem
    assert Audit.objects.count() == before
    schedule.refresh_from_db()
    assert schedule.next_on > run.due_on
    assert lines(schedule).count("failed") == 1
    assert [one.pk for one in schedules.unstarted(world.here.client)] == [run.pk]
    (told,) = OutgoingMail.objects.order_by("pk")[letters:]
    assert (told.recipient, told.kind) == (world.ours.technician.email, MailKind.AUDIT)
    letter = mail.read(told)
    assert "Model Pay at once." in letter.subject
    assert "Model Pay at once." in letter.body  # a name writes no paragraph of the letter
    assert why in letter.body


def test_who_opens_the_client_no_more_gets_no_letter(world: World) -> None:
    schedule = planned_audits(world)
    withdrawn(world)
    Membership.objects.filter(user=world.ours.technician).delete()
    letters = OutgoingMail.objects.count()
    begin_if_due(schedule.pk)
    assert AuditRun.objects.get(schedule=schedule).problem
    assert OutgoingMail.objects.count() == letters


def test_attention_ends_when_the_model_is_measured_again_or_the_schedule_rests_or_ends(
    world: World,
) -> None:
    schedule = planned_audits(world)
    withdrawn(world)
    begin_if_due(schedule.pk)
    assert len(schedules.unstarted(world.here.client)) == 1
    later = timezone.now() + timedelta(seconds=5)
    with transaction.atomic():
        Audit.objects.filter(pk=world.here.audit.pk).update(completed_at=later)
        assert schedules.unstarted(world.here.client) == []
        transaction.set_rollback(True)
    service.pause(schedule=schedule, actor=world.ours.technician)
    assert schedules.unstarted(world.here.client) == []
    service.resume(schedule=schedule, actor=world.ours.technician)
    assert len(schedules.unstarted(world.here.client)) == 1
    service.delete(schedule=schedule, actor=world.ours.technician)
    assert schedules.unstarted(world.here.client) == []


def test_more_than_an_hour_allows_waits_a_day_and_then_says_why(
    world: World, settings: Settings
) -> None:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 0
    schedule, before = planned_audits(world), Audit.objects.count()
    assert begin_if_due(schedule.pk) is False
    schedule.refresh_from_db()
    assert schedule.next_on == schedules.today_at(world.here.client)
    assert (AuditRun.objects.count(), Audit.objects.count()) == (0, before)
    yesterday = schedule.next_on - timedelta(days=1)
    AuditSchedule.objects.filter(pk=schedule.pk).update(next_on=yesterday)
    assert begin_if_due(schedule.pk) is True
    assert "start in an hour" in AuditRun.objects.get(schedule=schedule).problem


def test_what_waited_for_the_hour_is_started_on_the_same_day(
    world: World, settings: Settings
) -> None:
    allowed, settings.MIA_AUDIT_STARTS_PER_HOUR = settings.MIA_AUDIT_STARTS_PER_HOUR, 0
    schedule = planned_audits(world)
    assert begin_if_due(schedule.pk) is False
    settings.MIA_AUDIT_STARTS_PER_HOUR = allowed
    assert begin_if_due(schedule.pk) is True
    assert AuditRun.objects.get(schedule=schedule).audit is not None


def test_days_of_an_archived_client_pass_and_are_not_made_up(world: World) -> None:
    schedule, before = planned_audits(world, ago=70), Audit.objects.count()
    client = world.here.client
    Client.objects.filter(pk=client.pk).update(state=ClientState.ARCHIVED)
    assert begin_if_due(schedule.pk) is False
    Client.objects.filter(pk=client.pk).update(state=ClientState.ACTIVE)
    assert begin_if_due(schedule.pk) is False
    assert (Audit.objects.count(), AuditRun.objects.count()) == (before, 0)
    assert "failed" not in lines(schedule)
    Client.objects.filter(pk=client.pk).update(state=ClientState.ARCHIVED)
    with pytest.raises(NotPossible, match="No audits are planned"):
        planned_audits(world)


def test_paused_schedule_starts_nothing_and_what_lies_behind_is_not_made_up(world: World) -> None:
    schedule, actor = planned_audits(world, ago=70), world.ours.technician
    service.pause(schedule=schedule, actor=actor)
    assert begin_if_due(schedule.pk) is False
    with pytest.raises(NotPossible, match="paused already"):
        service.pause(schedule=schedule, actor=actor)
    resumed = service.resume(schedule=schedule, actor=actor)
    assert resumed.next_on >= schedules.today_at(world.here.client)
    assert not AuditRun.objects.exists()
    with pytest.raises(NotPossible, match="not paused"):
        service.resume(schedule=schedule, actor=actor)
    assert lines(schedule) == ["planned", "paused", "resumed"]


def test_deleted_schedule_keeps_its_history_and_another_can_be_planned(world: World) -> None:
    schedule, actor = planned_audits(world), world.ours.technician
    begin_if_due(schedule.pk)
    service.delete(schedule=schedule, actor=actor)
    assert list(schedules.of_client(world.here.client)) == []
    assert [run.schedule for run in schedules.runs_of(world.here.client)] == [schedule]
    with pytest.raises(NotPossible, match="deleted already"):
        service.delete(schedule=schedule, actor=actor)
    again = planned_audits(world)
    assert again.pk != schedule.pk
    with pytest.raises(IntegrityError, match="one_for_a_model"), transaction.atomic():
        AuditSchedule.objects.filter(pk=schedule.pk).update(deleted_at=None)


def test_saving_twice_changes_the_one_schedule_of_the_model(world: World) -> None:
    schedule = planned_audits(world)
    today = schedules.today_at(world.here.client)
    AuditSchedule.objects.filter(pk=schedule.pk).update(day_of_month=31)
    service.save(
        model=world.here.model,
        actor=world.ours.admin,
        rhythm=AuditRhythm.YEARLY,
        next_on=schedule.next_on,
    )
    schedule.refresh_from_db()
    # The 31st stays the 31st, though this month may have fewer days.
    assert (schedule.rhythm, schedule.day_of_month) == (AuditRhythm.YEARLY, 31)
    later = today + timedelta(days=40)
    for _ in range(2):
        service.save(
            model=world.here.model,
            actor=world.ours.admin,
            rhythm=AuditRhythm.YEARLY,
            next_on=later,
        )
    schedule.refresh_from_db()
    assert (schedule.next_on, schedule.day_of_month) == (later, later.day)
    assert AuditSchedule.objects.count() == 1
    assert lines(schedule) == ["planned", "changed", "changed"]


def test_days_are_ahead_and_in_sight(world: World) -> None:
    today = schedules.today_at(world.here.client)
    for day in (today - timedelta(days=1), today + timedelta(days=900)):
        with pytest.raises(InvalidInput, match="from today on") as refused:
            service.save(
                model=world.here.model,
                actor=world.ours.admin,
                rhythm=AuditRhythm.MONTHLY,
                next_on=day,
            )
        assert refused.value.field == "next_on"
    assert not AuditSchedule.objects.exists()


def test_retiring_a_model_ends_its_schedule_and_none_can_be_planned(world: World) -> None:
    schedule, actor = planned_audits(world), world.ours.technician
    AIModel.objects.update(lifecycle=Lifecycle.APPROVED)
    model = AIModel.objects.get(pk=world.here.model.pk)
    ai_model.edit(model=model, actor=actor, values={"owner_name": "Ms Reed"})
    schedule.refresh_from_db()
    assert schedule.deleted_at is None
    ai_model.edit(model=model, actor=actor, values={"lifecycle": Lifecycle.RETIRED})
    schedule.refresh_from_db()
    assert schedule.deleted_at is not None
    assert lines(schedule)[-1] == "ended"
    with pytest.raises(NotPossible, match="retired"):
        planned_audits(world)


def test_one_of_many_needs_an_audit_and_a_schedule_that_is_not_paused(world: World) -> None:
    day, actor = schedules.today_at(world.here.client), world.ours.technician
    plan = {"actor": actor, "rhythm": AuditRhythm.MONTHLY, "next_on": day}
    one = audit_repeat.of_model(world.here.model)
    assert one is not None
    before = service.save_measured(one=one, **plan)  # type: ignore[arg-type]
    assert before is None
    before = service.save_measured(one=one, **plan | {"rhythm": AuditRhythm.YEARLY})  # type: ignore[arg-type]
    assert before is not None
    assert before.rhythm == AuditRhythm.MONTHLY
    made = AuditSchedule.objects.get(model=one.model, deleted_at=None)
    assert made.rhythm == AuditRhythm.YEARLY
    service.pause(schedule=made, actor=actor)
    with pytest.raises(NotPossible, match="is paused"):
        service.save_measured(one=one, **plan)  # type: ignore[arg-type]
    never_measured(world)
    bare = audit_repeat.of_model(world.here.model)
    assert bare is not None
    with pytest.raises(NotPossible, match="never audited"):
        service.save_measured(one=bare, **plan)  # type: ignore[arg-type]
