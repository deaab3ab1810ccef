"""A unit in a worker: committed transactions, a heartbeat on a connection of its own."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from audits import sandbox, tenancy
from audits.enums import JobState, Via
from audits.models import Activity, Job, JobUnit, StoredFile
from audits.queries.activity_content import content_of
from audits.services import job, job_run, origin
from audits.services.job_kinds import Bench, UnitOutput
from tests.factories import World
from tests.services.small_job import EFFECT, KIND, SmallHandler, effects
from tests.stack import pause

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT_SECONDS = 20


@pytest.fixture(autouse=True)
def quick(settings: Settings, small_jobs: type[SmallHandler], storage_folder: Path) -> None:
    settings.MIA_HEARTBEAT_SECONDS = 0.01


def start(world: World) -> Job:
    with world.here.scope():
        return job.start(
            client=world.here.client, actor=None, kind=KIND, object_id=1, key="one", steps=2
        )


def run(world: World, unit_id: int) -> None:
    client = world.here.client
    in_scope = partial(tenancy.scope, provider_id=client.provider_id, client_ids=[client.pk])
    job_run.run(unit_id, in_scope=in_scope)


def run_queued(world: World, row: Job) -> None:
    with world.here.scope():
        unit_id = row.units.get(state=JobState.QUEUED).pk
    run(world, unit_id)


def test_line_of_background_work_names_the_request_that_asked_for_it(world: World) -> None:
    asked = uuid.uuid4()
    with origin.entered(via=Via.API, request_id=asked, address="192.0.2.7"):
        row = start(world)
    run_queued(world, row)
    run_queued(world, row)
    with world.here.scope():
        line = Activity.objects.get(verb=EFFECT)
        assert (line.via, line.request_id, line.sequence) == (Via.JOB, asked, 2)
        assert content_of(line).address == ""  # a worker has none


def state(world: World, row: Job) -> Job:
    with world.here.scope():
        return Job.objects.get(pk=row.pk)


def script(monkeypatch: pytest.MonkeyPatch, work: Callable[[JobUnit, Bench], UnitOutput]) -> None:
    monkeypatch.setattr(SmallHandler, "script", staticmethod(work))


def until(question: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not question():
        assert time.monotonic() < deadline, "it never happened"
        pause()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Do it on another connection, at the same time."""

    def body() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def test_run_takes_a_job_from_first_to_last_unit(world: World) -> None:
    made = start(world)
    run_queued(world, made)
    assert state(world, made).state == "running"
    run_queued(world, made)
    done = state(world, made)
    with world.here.scope():
        assert (done.state, done.step, effects()) == ("succeeded", 2, 1)
        outputs = list(done.units.order_by("index").values_list("output", flat=True))
    assert outputs == [{"unit": "first"}, {"unit": "second"}]


def test_run_of_a_duplicate_delivery_does_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = start(world)
    with world.here.scope():
        unit_id = made.units.get().pk
    done: list[int] = []

    def work(unit: JobUnit, _bench: Bench) -> UnitOutput:
        done.append(unit.pk)
        run(world, unit_id)  # delivered again while it runs
        return UnitOutput()

    script(monkeypatch, work)
    run(world, unit_id)
    run(world, unit_id)  # and again after its end
    assert done == [unit_id]


def test_claim_by_two_workers_at_once_is_exclusive(world: World) -> None:
    made = start(world)
    with world.here.scope():
        unit_id = made.units.get().pk
    together = threading.Barrier(2)
    claims: list[object] = []

    def claim() -> None:
        with world.here.scope():
            together.wait(LIMIT_SECONDS)
            claims.append(job.claim(unit_id))

    threads = [in_thread(claim), in_thread(claim)]
    for thread in threads:
        thread.join(LIMIT_SECONDS)
    winners = [unit for unit in claims if isinstance(unit, JobUnit)]
    assert (len(claims), len(winners)) == (2, 1)
    with world.here.scope():
        unit = made.units.get()
        assert (unit.token, unit.attempts) == (winners[0].token, 1)


def test_cancel_and_claim_at_once_wait_for_each_other_and_agree(world: World) -> None:
    """Both lock the job first: neither can deadlock, and a cancelled unit is never claimed."""
    made = start(world)
    claims: list[object] = []

    def claim() -> None:
        with world.here.scope():
            claims.append(job.claim(unit_id))

    with world.here.scope():
        unit_id = made.units.get().pk
        assert job.cancel(made).state == "cancelled"
        thread = in_thread(claim)
        until(lambda: _waiting_for_a_lock() == 1)
    thread.join(LIMIT_SECONDS)
    assert claims == [None]
    assert state(world, made).state == "cancelled"


def test_beat_and_recover_at_once_do_not_deadlock(world: World) -> None:
    made = start(world)
    with world.here.scope():
        unit = job.claim(made.units.get().pk)
        assert unit is not None
        JobUnit.objects.filter(pk=unit.pk).update(lease_until="2001-01-01T00:00:00Z")
    recovered: list[int] = []

    def recover() -> None:
        with tenancy.system_scope("what the test asks"):
            recovered.append(job.recover())

    with world.here.scope():
        assert job.beat(unit, step_name="late but alive", log="") is True
        thread = in_thread(recover)
        until(lambda: _waiting_for_a_lock() == 1)
    thread.join(LIMIT_SECONDS)
    assert recovered == [0]  # the beat came first, so nothing had run out
    assert state(world, made).state == "running"


def _waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        found: int = cursor.fetchone()[0]
        return found


def test_heartbeat_extends_the_lease_while_the_work_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = start(world)
    seen: list[str] = []

    def work(unit: JobUnit, bench: Bench) -> UnitOutput:
        bench.report("halfway")
        with bench.in_scope():
            JobUnit.objects.filter(pk=unit.pk).update(lease_until="2001-01-01T00:00:00Z")

        def extended() -> bool:
            with bench.in_scope():
                fresh = JobUnit.objects.select_related("job").get(pk=unit.pk)
            assert fresh.lease_until is not None
            seen[:] = [fresh.job.step_name, fresh.job.log_tail]
            return fresh.lease_until.year > 2001 and fresh.job.step_name == "halfway"

        until(extended)
        return UnitOutput()

    script(monkeypatch, work)
    run_queued(world, made)
    assert seen == ["halfway", "halfway"]
    assert state(world, made).step == 1


def test_cancel_reaches_running_work_through_the_heartbeat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = start(world)

    def work(_unit: JobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            job.cancel(made)
        until(bench.should_cancel)
        raise sandbox.Cancelled

    script(monkeypatch, work)
    run_queued(world, made)
    ended = state(world, made)
    assert (ended.state, ended.cause) == ("cancelled", "")
    assert ended.finished_at is not None


def test_work_that_lost_its_claim_is_told_to_stop_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = start(world)

    def work(unit: JobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            JobUnit.objects.filter(pk=unit.pk).update(state=JobState.QUEUED, token=None)
        until(bench.should_cancel)
        raise sandbox.Cancelled

    script(monkeypatch, work)
    run_queued(world, made)
    with world.here.scope():
        assert made.units.get().state == "queued"
    assert state(world, made).state == "running"


def test_work_whose_heartbeat_broke_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that was away for a moment is not a person who cancelled."""
    made = start(world)
    client = world.here.client
    main = threading.current_thread()

    def in_scope() -> object:
        if threading.current_thread() is not main:
            raise ConnectionError("the database is away")
        return tenancy.scope(provider_id=client.provider_id, client_ids=[client.pk])

    def work(_unit: JobUnit, bench: Bench) -> UnitOutput:
        until(bench.should_cancel)
        raise sandbox.Cancelled

    script(monkeypatch, work)
    with world.here.scope():
        unit_id = made.units.get().pk
    with caplog.at_level(logging.CRITICAL, logger="audits.services.job_run"):
        job_run.run(unit_id, in_scope=in_scope)  # type: ignore[arg-type]
    with world.here.scope():
        unit = made.units.get()
    assert (unit.state, unit.attempts) == ("queued", 1)


def test_work_that_fails_is_tried_three_times(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = start(world)
    tries: list[int] = []

    def work(unit: JobUnit, _bench: Bench) -> UnitOutput:
        tries.append(unit.attempts)
        raise ZeroDivisionError

    script(monkeypatch, work)
    for _ in range(3):
        run_queued(world, made)
    ended = state(world, made)
    assert tries == [1, 2, 3]
    assert (ended.state, ended.cause) == ("failed", job.CAUSE_CRASHED)
    assert [record.message for record in caplog.records] == [
        record.message for record in caplog.records if "failed" in record.message
    ]


def test_effect_that_fails_leaves_nothing_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, storage_folder: Path
) -> None:
    made = start(world)
    run_queued(world, made)

    def fail() -> None:
        raise ZeroDivisionError

    script(monkeypatch, lambda _unit, _bench: UnitOutput(blob=b"about people"))
    monkeypatch.setattr(SmallHandler, "on_complete", staticmethod(fail))
    run_queued(world, made)
    with world.here.scope():
        last = made.units.get(index=1)
        assert (last.state, last.attempts, last.output_file) == ("queued", 1, None)
        assert effects() == 0
    assert stored_files(storage_folder) == []


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (sandbox.Refused("model", "It is empty.", "Save it again."), "It is empty."),
        (
            sandbox.OutOfMemory("killed"),
            "The model or the data need more memory than an audit may use.",
        ),
        (sandbox.OutOfTime("killed"), "The work took longer than an audit may take."),
        (
            sandbox.Unavailable("no layer"),
            "This machine cannot lock the process that opens uploaded files.",
        ),
        (sandbox.Crashed("gone"), "The process that opened the file stopped unexpectedly."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_work_refused_by_the_sandbox_fails_with_its_cause(
    world: World, monkeypatch: pytest.MonkeyPatch, error: sandbox.SandboxError, cause: str
) -> None:
    made = start(world)

    def work(_unit: JobUnit, _bench: Bench) -> UnitOutput:
        raise error

    script(monkeypatch, work)
    run_queued(world, made)
    ended = state(world, made)
    assert (ended.state, ended.cause) == ("failed", cause)
    assert ended.remedy.endswith(".")


def stored_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_blob_of_a_unit_is_kept_encrypted(
    world: World, monkeypatch: pytest.MonkeyPatch, storage_folder: Path
) -> None:
    made = start(world)
    script(monkeypatch, lambda _unit, _bench: UnitOutput(blob=b"about people"))
    run_queued(world, made)
    with world.here.scope():
        kept = made.units.get(index=0).output_file
        assert kept is not None
        assert (kept.size, kept.purpose) == (12, "unit_output")
    (file,) = [path for path in storage_folder.rglob("*") if path.is_file()]
    assert b"about people" not in file.read_bytes()


def test_blob_of_a_lost_claim_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, storage_folder: Path
) -> None:
    with world.here.scope():
        before = StoredFile.objects.count()
    made = start(world)

    def work(unit: JobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            JobUnit.objects.filter(pk=unit.pk).update(state=JobState.QUEUED, token=None)
        return UnitOutput(blob=b"about people")

    script(monkeypatch, work)
    run_queued(world, made)
    with world.here.scope():
        assert StoredFile.objects.count() == before
        assert made.units.get().state == "queued"
    assert stored_files(storage_folder) == []
