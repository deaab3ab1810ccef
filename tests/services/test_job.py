"""The life of a job row, step by step, against the real tables."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Now

from audits import tenancy
from audits.enums import JobState
from audits.models import Job, JobUnit
from audits.services import job
from audits.services.errors import AlreadyRunning
from audits.services.job_kinds import UnitOutput
from tests.factories import World
from tests.services.conftest import Bell
from tests.services.small_job import (
    FIRST,
    KIND,
    SECOND,
    SmallHandler,
    age,
    claimed,
    effects,
    first_unit,
    start,
    states,
)

Commit = Callable[..., AbstractContextManager[list[Callable[[], object]]]]


@pytest.fixture(autouse=True)
def in_scope(world: World, small_jobs: type[SmallHandler]) -> Iterator[None]:
    with world.here.scope():
        yield


def test_start_queues_the_first_unit_and_rings_after_commit(
    world: World, bell: Bell, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        made = start(world)
    assert bell.rung() == []
    unit = first_unit(made)
    assert (made.state, unit.state, unit.name, unit.attempts) == ("queued", "queued", FIRST, 0)
    for send in waiting:
        send()
    assert bell.rung() == [[unit.pk, world.here.client.pk, world.ours.provider.pk]]


def test_start_refuses_the_same_work_while_it_is_active(world: World) -> None:
    made = start(world)
    with pytest.raises(AlreadyRunning) as caught:
        start(world)
    assert caught.value.job == made
    claimed(made)
    with pytest.raises(AlreadyRunning):
        start(world)


def test_refuse_if_active_speaks_only_of_active_work(world: World) -> None:
    asked = {"client": world.here.client, "kind": KIND, "key": "one"}
    job.refuse_if_active(**asked)
    made = start(world)
    with pytest.raises(AlreadyRunning):
        job.refuse_if_active(**asked)
    job.cancel(made)
    job.refuse_if_active(**asked)


def test_start_takes_the_same_work_again_once_it_has_ended(world: World) -> None:
    made = start(world)
    job.cancel(made)
    again = start(world)
    assert (states(made)[0], states(again)[0]) == ("cancelled", "queued")


def test_start_keeps_clients_apart(world: World) -> None:
    made = start(world)
    with world.sibling.scope():
        other = job.start(
            client=world.sibling.client, actor=None, kind=KIND, object_id=1, key="one", steps=2
        )
    assert made.key == other.key


def test_start_raises_what_is_not_about_the_key(world: World) -> None:
    with pytest.raises(IntegrityError):
        job.start(client=world.here.client, actor=None, kind=KIND, object_id=1, key="one", steps=-1)


def test_claim_takes_the_unit_under_a_lease(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    assert states(made) == ("running", ["running"])
    assert (unit.attempts, unit.job.state) == (1, "running")
    assert unit.job.started_at is not None
    held = JobUnit.objects.filter(pk=unit.pk, lease_until=F("heartbeat_at") + timedelta(seconds=15))
    assert held.count() == 1


def test_claim_of_a_duplicate_delivery_does_nothing(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    assert job.claim(unit.pk) is None
    fresh = first_unit(made)
    assert (fresh.token, fresh.attempts) == (unit.token, 1)


def test_claim_of_a_unit_that_is_gone_or_foreign_does_nothing(world: World) -> None:
    assert job.claim(2**40) is None
    with world.stranger.scope():
        foreign = job.start(
            client=world.stranger.client, actor=None, kind=KIND, object_id=1, key="x", steps=1
        )
        unit = first_unit(foreign)
    assert job.claim(unit.pk) is None
    with world.stranger.scope():
        assert states(foreign) == ("queued", ["queued"])


def test_claim_of_a_cancelled_unit_does_nothing(world: World) -> None:
    made = start(world)
    unit = first_unit(made)
    job.cancel(made)
    assert job.claim(unit.pk) is None


def test_beat_extends_the_lease_and_shows_progress(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    age(unit, seconds=10)
    before = first_unit(made).lease_until
    assert before is not None
    assert job.beat(unit, step_name="two of three", log="one\ntwo") is True
    after = JobUnit.objects.get(pk=unit.pk)
    assert after.lease_until is not None
    assert after.lease_until - before >= timedelta(seconds=9)
    fresh = Job.objects.get(pk=made.pk)
    assert (fresh.step_name, fresh.log_tail) == ("two of three", "one\ntwo")


def test_beat_without_news_keeps_what_is_shown(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    job.beat(unit, step_name="two of three", log="one")
    job.beat(unit, step_name="", log="")
    fresh = Job.objects.get(pk=made.pk)
    assert (fresh.step_name, fresh.log_tail) == ("two of three", "one")


def test_beat_says_stop_when_cancel_was_asked_for(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    job.cancel(made)
    assert job.beat(unit, step_name="", log="") is False


def test_beat_says_stop_when_the_claim_is_lost(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    JobUnit.objects.filter(pk=unit.pk).update(token=uuid.uuid4())
    before = first_unit(made).lease_until
    assert job.beat(unit, step_name="never shown", log="") is False
    assert first_unit(made).lease_until == before
    assert Job.objects.get(pk=made.pk).step_name == ""


def test_finish_queues_and_rings_the_next_unit(
    world: World, bell: Bell, django_capture_on_commit_callbacks: Commit
) -> None:
    made = start(world)
    unit = claimed(made)
    with django_capture_on_commit_callbacks(execute=True):
        assert job.finish(unit, UnitOutput(output={"n": 1}), None) is True
    following = made.units.get(index=1)
    assert states(made) == ("running", ["succeeded", "queued"])
    assert (following.name, first_unit(made).output) == (SECOND, {"n": 1})
    assert Job.objects.get(pk=made.pk).step == 1
    assert bell.rung() == [[following.pk, world.here.client.pk, world.ours.provider.pk]]


def test_finish_of_the_last_unit_has_its_effect_once(world: World) -> None:
    made = start(world)
    job.finish(claimed(made), UnitOutput(), None)
    last = claimed(made)
    assert job.finish(last, UnitOutput(), None) is True
    assert job.finish(last, UnitOutput(), None) is False
    fresh = Job.objects.get(pk=made.pk)
    assert states(made) == ("succeeded", ["succeeded", "succeeded"])
    assert (fresh.step, fresh.steps, effects()) == (2, 2, 1)
    assert fresh.finished_at is not None


def test_finish_with_a_lost_token_writes_nothing(world: World) -> None:
    made = start(world)
    late = claimed(made)
    age(late, seconds=60)
    assert job.recover() == 1
    current = claimed(made)
    assert job.finish(late, UnitOutput(output={"late": True}), None) is False
    assert states(made) == ("running", ["running"])
    assert first_unit(made).output == {}
    assert job.finish(current, UnitOutput(output={"late": False}), None) is True
    assert first_unit(made).output == {"late": False}


def test_finish_and_the_next_unit_are_one_step(
    world: World, small_jobs: type[SmallHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the job's effect fails, the unit is not finished either."""
    made = start(world)
    job.finish(claimed(made), UnitOutput(), None)
    last = claimed(made)

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(small_jobs, "on_complete", staticmethod(fail))
    with pytest.raises(ZeroDivisionError), world.here.scope():
        job.finish(last, UnitOutput(output={"n": 2}), None)
    assert states(made) == ("running", ["succeeded", "running"])
    assert effects() == 0


def test_finish_after_a_cancel_ends_the_job_without_its_effect(world: World) -> None:
    made = start(world)
    job.finish(claimed(made), UnitOutput(), None)
    last = claimed(made)
    job.cancel(made)
    assert job.finish(last, UnitOutput(), None) is True
    assert states(made) == ("cancelled", ["succeeded", "succeeded"])
    assert effects() == 0


def test_stop_says_why(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    assert job.stop(unit, state=JobState.FAILED, cause="No.", remedy="Do.") is True
    fresh = Job.objects.get(pk=made.pk)
    assert states(made) == ("failed", ["failed"])
    assert (fresh.cause, fresh.remedy) == ("No.", "Do.")
    assert fresh.finished_at is not None


def test_stop_with_a_lost_token_writes_nothing(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    JobUnit.objects.filter(pk=unit.pk).update(token=uuid.uuid4())
    assert job.stop(unit, state=JobState.FAILED, cause="No.") is False
    assert states(made) == ("running", ["running"])


def test_release_gives_the_unit_back_three_times_in_all(
    world: World, bell: Bell, django_capture_on_commit_callbacks: Commit
) -> None:
    made = start(world)
    for attempt in (1, 2):
        unit = claimed(made)
        with django_capture_on_commit_callbacks(execute=True):
            job.release(unit)
        fresh = first_unit(made)
        assert (fresh.state, fresh.attempts, fresh.token) == ("queued", attempt, None)
        assert bell.rung() == [[unit.pk, world.here.client.pk, world.ours.provider.pk]]
    job.release(claimed(made))
    assert states(made) == ("failed", ["failed"])
    assert Job.objects.get(pk=made.pk).cause == job.CAUSE_CRASHED


def test_release_with_a_lost_token_does_nothing(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    JobUnit.objects.filter(pk=unit.pk).update(token=uuid.uuid4())
    job.release(unit)
    assert states(made) == ("running", ["running"])


def test_release_after_a_cancel_ends_the_job(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    job.cancel(made)
    job.release(unit)
    assert states(made) == ("cancelled", ["cancelled"])


def test_cancel_of_queued_work_ends_it_at_once(world: World) -> None:
    made = start(world)
    stopped = job.cancel(made)
    assert stopped.state == "cancelled"
    assert stopped.finished_at is not None
    assert states(made) == ("cancelled", ["cancelled"])


def test_cancel_of_running_work_asks_its_worker(world: World) -> None:
    made = start(world)
    claimed(made)
    stopped = job.cancel(made)
    assert (stopped.state, stopped.finished_at) == ("running", None)
    assert stopped.cancel_requested_at is not None
    assert states(made) == ("running", ["running"])


def test_cancel_asked_twice_is_asked_once(world: World) -> None:
    made = start(world)
    claimed(made)
    first = job.cancel(made).cancel_requested_at
    assert job.cancel(made).cancel_requested_at == first


def test_cancel_of_ended_work_changes_nothing(world: World) -> None:
    made = start(world)
    job.stop(claimed(made), state=JobState.FAILED)
    stopped = job.cancel(made)
    assert (stopped.state, stopped.cancel_requested_at) == ("failed", None)


def test_recover_leaves_a_living_lease_alone(world: World) -> None:
    made = start(world)
    claimed(made)
    assert job.recover() == 0
    assert states(made) == ("running", ["running"])


def test_recover_requeues_an_expired_lease_and_rings(
    world: World, bell: Bell, django_capture_on_commit_callbacks: Commit
) -> None:
    made = start(world)
    unit = claimed(made)
    age(unit, seconds=60)
    with django_capture_on_commit_callbacks(execute=True):
        assert job.recover() == 1
    assert states(made) == ("running", ["queued"])
    assert bell.rung() == [[unit.pk, world.here.client.pk, world.ours.provider.pk]]
    assert claimed(made).attempts == 2


def test_recover_fails_a_unit_that_killed_three_workers(world: World) -> None:
    made = start(world)
    for _ in range(3):
        age(claimed(made), seconds=60)
        assert job.recover() == 1
    fresh = Job.objects.get(pk=made.pk)
    assert states(made) == ("failed", ["failed"])
    assert (fresh.cause, fresh.remedy) == (job.CAUSE_CRASHED, job.REMEDY_CRASHED)


def test_recover_ends_a_cancelled_job_whose_worker_died(world: World) -> None:
    made = start(world)
    unit = claimed(made)
    job.cancel(made)
    age(unit, seconds=60)
    assert job.recover() == 1
    assert states(made) == ("cancelled", ["cancelled"])


def test_recover_rings_again_for_what_waited_too_long(
    world: World, bell: Bell, django_capture_on_commit_callbacks: Commit
) -> None:
    made = start(world)
    unit = first_unit(made)
    age(unit, seconds=61)
    with django_capture_on_commit_callbacks(execute=True):
        assert job.recover() == 1
        assert job.recover() == 0  # the wait starts anew
    assert bell.rung() == [[unit.pk, world.here.client.pk, world.ours.provider.pk]]


def test_recover_works_for_every_client_under_one_scope(world: World) -> None:
    for cast in (world.here, world.stranger):
        with cast.scope():
            made = job.start(
                client=cast.client, actor=None, kind=KIND, object_id=1, key="x", steps=2
            )
            age(claimed(made), seconds=60)
    with tenancy.system_scope("what the test asks"):
        assert job.recover() == 2


def test_lease_runs_on_the_clock_of_the_database(world: World) -> None:
    unit = claimed(start(world))
    assert JobUnit.objects.filter(pk=unit.pk, lease_until__gt=Now()).exists()
    age(unit, seconds=15)
    assert JobUnit.objects.filter(pk=unit.pk, lease_until__lte=Now()).exists()
