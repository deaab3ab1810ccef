"""Background work of one client never touches another: whatever a message or a row claims."""

from pathlib import Path
from typing import Any

import pytest

from audits import tasks, tenancy
from audits.enums import JobKind, JobState, ProviderJobKind
from audits.models import Audit, Job, JobUnit, ProviderJob, ProviderJobUnit, Report
from audits.services import job
from audits.services.job_kinds import HANDLERS, Bench, UnitOutput
from tests.architecture.sources import ROOT
from tests.architecture.test_tenancy_use import SYSTEM_SCOPES
from tests.factories import ClientCast, ProviderCast, World
from tests.services import small_job

# The row of the cast that a job of this kind works on: a new kind needs a line.
OBJECTS: dict[JobKind, str] = {JobKind.AUDIT: "audit", JobKind.REPORT: "report"}
# The same of work for a provider itself, in the cast of the provider.
PROVIDER_OBJECTS: dict[ProviderJobKind, str] = {ProviderJobKind.PORTFOLIO: "portfolio_report"}
# How each command comes to rows of clients, if it does: a new command needs a line, and is run in
# tests/management/test_command_walls.py.
COMMANDS = {
    "add_member": "system scope",
    "add_operator": "scope of the client that is looked at",
    "add_provider": "scope of the provider it makes",
    "audit": "no database",
    "backup": "past every wall, as the owner: all of it goes into one sealed file",
    "break_glass": "scope of the client it names",
    "outbox": "no row of a client",
    "removals": "no row of a client",
    "reset_second_factor": "scopes of the homes of the person",
    "restore": "past every wall, as the owner: all of it comes back",
    "seed_demo": "scope of the provider it makes",
    "seed_scale": "system scope",
    "set_up_link": "no row of a client",
    "tenancy_check": "system scope",
    "up": "no database",
    "verify_activity": "system scope",
    "verify_report": "no row of a client",
}
BOTH = pytest.mark.parametrize("neighbour", ["sibling", "stranger"])

pytestmark = pytest.mark.usefixtures("small_jobs", "storage_folder")


def message(unit: JobUnit, cast: ClientCast) -> None:
    """What a worker does with a message that names this unit as the client's."""
    tasks.run_unit(unit.pk, cast.client.pk, cast.client.provider_id)


def provider_message(unit: ProviderJobUnit, cast: ProviderCast) -> None:
    """What a worker does with a message that names this unit as the provider's own."""
    tasks.run_provider_unit(unit.pk, cast.provider.pk)


def snapshot(cast: ClientCast | ProviderCast) -> dict[type[Any], list[Any]]:
    models: list[type[Any]] = [*cast.rows()]
    with cast.scope():
        return {model: list(model._default_manager.values()) for model in models}


def queued_at_provider(
    cast: ProviderCast, kind: ProviderJobKind, object_id: int
) -> ProviderJobUnit:
    with cast.scope():
        queued = job.start_at_provider(
            provider_id=cast.provider.pk,
            actor=None,
            kind=kind,
            object_id=object_id,
            key="stray",
            steps=1,
        )
        return queued.units.get(index=0)


def test_every_kind_of_work_has_a_line() -> None:
    assert set(OBJECTS) == set(JobKind)
    assert set(PROVIDER_OBJECTS) == set(ProviderJobKind)
    assert set(HANDLERS) - {small_job.KIND} == {*JobKind, *ProviderJobKind}


def test_every_command_has_a_line() -> None:
    folder = ROOT / "audits/management/commands"
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert set(COMMANDS) == names
    in_system_scope = {Path(path).stem for path in SYSTEM_SCOPES if "/commands/" in path}
    assert {name for name, how in COMMANDS.items() if how == "system scope"} == in_system_scope


@BOTH
def test_message_with_another_clients_unit_does_nothing(world: World, neighbour: str) -> None:
    cast: ClientCast = getattr(world, neighbour)
    with cast.scope():
        queued = job.start(
            client=cast.client, actor=None, kind=small_job.KIND, object_id=1, key="one", steps=2
        )
        unit = small_job.first_unit(queued)
    before = snapshot(cast)
    message(unit, world.here)
    assert snapshot(cast) == before
    message(unit, cast)
    assert snapshot(cast) != before  # the same message with the right client


def test_message_for_a_unit_that_was_done_does_nothing(world: World) -> None:
    with world.here.scope():
        unit = small_job.first_unit(small_job.start(world))
    message(unit, world.here)
    after = snapshot(world.here)
    message(unit, world.here)
    assert snapshot(world.here) == after
    with world.here.scope():
        assert JobUnit.objects.get(pk=unit.pk).attempts == 1


@BOTH
@pytest.mark.parametrize("kind", list(JobKind))
def test_job_whose_object_is_another_clients_fails_and_touches_nothing(
    world: World, neighbour: str, kind: JobKind
) -> None:
    cast: ClientCast = getattr(world, neighbour)
    foreign = getattr(cast, OBJECTS[kind])
    before = snapshot(cast)
    assert any(row["id"] == foreign.pk for row in before[type(foreign)])
    with world.here.scope():
        queued = job.start(
            client=world.here.client,
            actor=None,
            kind=kind,
            object_id=foreign.pk,
            key="stray",
            steps=1,
        )
        unit = small_job.first_unit(queued)
    for _ in range(3):
        message(unit, world.here)
    assert snapshot(cast) == before
    with world.here.scope():
        assert Job.objects.get(pk=queued.pk).state == JobState.FAILED
        assert not Report.objects.filter(pk=foreign.pk, number=2).exists()


@pytest.mark.parametrize("kind", list(ProviderJobKind))
def test_message_with_another_providers_unit_does_nothing(
    world: World, kind: ProviderJobKind
) -> None:
    own = getattr(world.theirs, PROVIDER_OBJECTS[kind])
    unit = queued_at_provider(world.theirs, kind, own.pk)
    before = snapshot(world.theirs), snapshot(world.ours)
    provider_message(unit, world.ours)
    message(JobUnit(pk=unit.pk), world.here)  # nor as the work of a client
    assert (snapshot(world.theirs), snapshot(world.ours)) == before
    provider_message(unit, world.theirs)
    assert snapshot(world.theirs) != before[0]  # the same message with the right provider


@pytest.mark.parametrize("kind", list(ProviderJobKind))
def test_job_whose_object_is_another_providers_fails_and_touches_nothing(
    world: World, kind: ProviderJobKind
) -> None:
    foreign = getattr(world.theirs, PROVIDER_OBJECTS[kind])
    before = snapshot(world.theirs)
    assert any(row["id"] == foreign.pk for row in before[type(foreign)])
    unit = queued_at_provider(world.ours, kind, foreign.pk)
    for _ in range(3):
        provider_message(unit, world.ours)
    assert snapshot(world.theirs) == before
    with world.ours.scope():
        assert ProviderJob.objects.get(pk=unit.job_id).state == JobState.FAILED


def test_work_sees_the_client_of_its_message_alone(
    world: World, small_jobs: type[small_job.SmallHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[frozenset[int], set[int]]] = []

    def look(_unit: JobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            clients = set(Audit.objects.values_list("client_id", flat=True))
            seen.append((tenancy.current_scope().client_ids, clients))
        with pytest.raises(tenancy.ScopeError):
            Audit.objects.count()
        return UnitOutput()

    monkeypatch.setattr(small_jobs, "script", staticmethod(look))
    with world.here.scope():
        unit = small_job.first_unit(small_job.start(world))
    message(unit, world.here)
    here = world.here.client.pk
    assert seen == [(frozenset({here}), {here})]
