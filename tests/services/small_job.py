"""A job kind as small as can be: two units and one line in the activity log at the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import F

from audits.enums import JobState
from audits.models import Activity, Job, JobUnit
from audits.services import activity, job
from audits.services.job_kinds import Bench, UnitOutput
from tests.factories import World

# Not a member of the enum: the table of handlers alone decides what a kind is.
KIND: Any = "small"
FIRST, SECOND = "first", "second"
EFFECT = "counted"
Work = Callable[[JobUnit, Bench], UnitOutput]


def idle(unit: JobUnit, bench: Bench) -> UnitOutput:
    bench.report(f"at {unit.name}")
    return UnitOutput(output={"unit": unit.name})


class SmallHandler:
    """Does what the running test put into `script`."""

    kind = KIND
    script: ClassVar[Work] = staticmethod(idle)
    on_complete: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def first_unit(self, job: Job) -> str:  # noqa: ARG002 - the protocol's signature
        return FIRST

    def work(self, unit: JobUnit, bench: Bench) -> UnitOutput:
        return type(self).script(unit, bench)

    def next_unit(self, job: Job, done: JobUnit) -> str | None:  # noqa: ARG002 - the same
        return SECOND if done.name == FIRST else None

    def complete(self, job: Job, last: JobUnit) -> None:  # noqa: ARG002 - the same
        activity.record(client=job.client, actor=None, verb=EFFECT, obj=job)
        type(self).on_complete()


def effects() -> int:
    """How often a small job had its effect, for the client in scope."""
    return Activity.objects.filter(verb=EFFECT).count()


def start(world: World, key: str = "one") -> Job:
    return job.start(
        client=world.here.client, actor=world.ours.admin, kind=KIND, object_id=1, key=key, steps=2
    )


def first_unit(row: Job) -> JobUnit:
    return row.units.get(index=0)


def claimed(row: Job) -> JobUnit:
    unit = job.claim(row.units.get(state=JobState.QUEUED).pk)
    assert isinstance(unit, JobUnit)
    return unit


def age(unit: JobUnit, *, seconds: int) -> None:
    """Let time pass for the row: the database's clock is the only one that counts."""
    JobUnit.objects.filter(pk=unit.pk).update(
        lease_until=F("lease_until") - timedelta(seconds=seconds),
        queued_at=F("queued_at") - timedelta(seconds=seconds),
    )


def states(row: Job) -> tuple[str, list[str]]:
    fresh = Job.objects.get(pk=row.pk)
    return fresh.state, list(fresh.units.order_by("index").values_list("state", flat=True))
