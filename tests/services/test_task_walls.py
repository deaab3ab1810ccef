"""Every task of the worker: what it does for one client leaves the next one as it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from celery import current_app
from django.db.models import F
from django.utils import timezone

from audits import queue, tasks
from audits.enums import MailKind, ProviderJobKind
from audits.models import (
    AuditSchedule,
    BreakGlass,
    ClientChange,
    Dataset,
    OutgoingMail,
    PortfolioReport,
    ProviderModel,
    Removal,
    ReportSchedule,
)
from audits.queries.isolation import tables as walled_tables
from audits.services import client_figures, job, mail
from tests import statements
from tests.architecture.test_tenancy_use import SYSTEM_SCOPES
from tests.datasets import keep_files
from tests.factories import ClientCast, ProviderCast, World
from tests.services import small_job
from tests.services.test_job_walls import snapshot

ONE, ALL, NONE = "scope of the client it names", "system scope", "no row of a client"
HOUSE = "rows of the provider it names"
Arguments = tuple[int, ...]

pytestmark = pytest.mark.usefixtures("small_jobs", "storage_folder")


def rung(world: World) -> Arguments:
    with world.here.scope():
        unit = small_job.first_unit(small_job.start(world))
    return unit.pk, world.here.client.pk, world.here.client.provider_id


def portfolio_rung(world: World) -> Arguments:
    report = world.ours.portfolio_report
    with world.ours.scope():
        PortfolioReport.objects.filter(pk=report.pk).update(sealed=b"", size=0, sha256="")
        queued = job.start_at_provider(
            provider_id=report.provider_id,
            actor=None,
            kind=ProviderJobKind.PORTFOLIO,
            object_id=report.pk,
            key="again",
            steps=1,
        )
        return queued.units.get().pk, report.provider_id


def worker_died(world: World) -> Arguments:
    with world.here.scope():
        small_job.age(small_job.claimed(small_job.start(world)), seconds=3600)
    return ()


def look_is_over(world: World) -> Arguments:
    past = timedelta(hours=2)
    with world.here.scope():
        BreakGlass.objects.update(started_at=F("started_at") - past, ends_at=F("ends_at") - past)
    return ()


def last_day_is_over(world: World) -> Arguments:
    with world.here.scope():
        yesterday = timezone.localdate() - timedelta(days=2)
        Dataset.objects.filter(pk=world.here.dataset.pk).update(retain_until=yesterday)
    return ()


def letter_waits(_world: World) -> Arguments:
    letter = mail.send(
        recipient="ann@quay.example", kind=MailKind.ACCOUNT, subject="Hello", body="Hello."
    )
    assert OutgoingMail.objects.filter(pk=letter.pk).exists()
    return (letter.pk,)


def letters_wait(world: World) -> Arguments:
    letter_waits(world)
    return ()


def bytes_wait(_world: World) -> Arguments:
    Removal.objects.create(name="a-name-of-nothing")
    return ()


def day_of_a_report_has_come(world: World) -> Arguments:
    with world.here.scope():
        today = timezone.localdate() - timedelta(days=1)
        ReportSchedule.objects.filter(pk=world.here.report_schedule.pk).update(next_on=today)
    return ()


def day_of_an_audit_has_come(world: World) -> Arguments:
    with world.here.scope():
        yesterday = timezone.localdate() - timedelta(days=1)
        AuditSchedule.objects.filter(pk=world.here.audit_schedule.pk).update(next_on=yesterday)
    return ()


def something_changed(world: World) -> Arguments:
    for cast in (world.sibling, world.stranger):
        with cast.scope():
            client_figures.refresh()
    with world.here.scope():
        assert ClientChange.objects.exists()
    return ()


class Task(NamedTuple):
    """The scope that a task enters, and what gives it something to do at the first client."""

    scope: str
    arrange: Callable[[World], Arguments]


# A new task needs a line.
TASKS = {
    queue.RUN_UNIT: Task(ONE, rung),
    queue.RUN_PROVIDER_UNIT: Task(HOUSE, portfolio_rung),
    queue.RECOVER_JOBS: Task(ALL, worker_died),
    queue.END_LOOKS: Task(ALL, look_is_over),
    queue.DELETE_DUE_RECORDS: Task(ALL, last_day_is_over),
    queue.MAKE_DUE_REPORTS: Task(ALL, day_of_a_report_has_come),
    queue.START_DUE_AUDITS: Task(ALL, day_of_an_audit_has_come),
    queue.REFRESH_FIGURES: Task(ALL, something_changed),
    queue.DELIVER_MAIL: Task(NONE, letter_waits),
    queue.DELIVER_DUE_MAIL: Task(NONE, letters_wait),
    queue.REMOVE_FILES: Task(NONE, bytes_wait),
}
OF_CLIENTS = [name for name, task in TASKS.items() if task.scope in {ONE, ALL}]
OF_NOBODY = [name for name, task in TASKS.items() if task.scope == NONE]


def run(name: str, arguments: Arguments) -> None:
    current_app.tasks[name](*arguments)


def test_every_task_has_a_line() -> None:
    assert tasks.run_unit.name == queue.RUN_UNIT
    registered = {name for name in current_app.tasks if name.startswith("audits.")}
    assert registered == set(TASKS)
    everywhere = [name for name, task in TASKS.items() if task.scope == ALL]
    assert len(everywhere) == len(SYSTEM_SCOPES["audits/tasks.py"])


@pytest.mark.parametrize("name", OF_CLIENTS)
def test_task_for_one_client_leaves_the_next_as_it_was(world: World, name: str) -> None:
    neighbours: list[ClientCast] = [world.sibling, world.stranger]
    for cast in (world.here, *neighbours):
        with cast.scope():
            keep_files(cast)
    arguments = TASKS[name].arrange(world)
    own, before = snapshot(world.here), [snapshot(cast) for cast in neighbours]
    run(name, arguments)
    assert snapshot(world.here) != own
    assert [snapshot(cast) for cast in neighbours] == before


@pytest.mark.parametrize("name", OF_NOBODY)
def test_task_without_a_client_asks_for_no_row_of_one(world: World, name: str) -> None:
    arguments = TASKS[name].arrange(world)
    with statements.heard() as said:
        run(name, arguments)
    assert statements.writes(said)
    assert statements.tables(said) & set(walled_tables()) == set()


def rows_of_house(cast: ProviderCast) -> dict[type[ProviderModel], list[Any]]:
    with cast.scope():
        return {model: list(model._default_manager.values()) for model in cast.rows()}


def test_task_of_one_provider_leaves_the_next_and_every_client_as_they_were(world: World) -> None:
    (name,) = [name for name, task in TASKS.items() if task.scope == HOUSE]
    arguments = TASKS[name].arrange(world)
    casts = [world.here, world.sibling, world.stranger]
    own, theirs = rows_of_house(world.ours), rows_of_house(world.theirs)
    clients = [snapshot(cast) for cast in casts]
    assert all(theirs[model] for model in theirs)
    run(name, (arguments[0], world.theirs.provider.pk))  # a message that names another provider
    assert rows_of_house(world.ours) == own
    run(name, arguments)
    assert rows_of_house(world.ours) != own
    assert rows_of_house(world.theirs) == theirs
    assert [snapshot(cast) for cast in casts] == clients
