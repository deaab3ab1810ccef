"""What the operator is told of the installation, from its real state; nobody else is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.enums import HealthState, SignKind
from audits.models import Job, JobUnit, SignOfLife, StoredFile, User
from audits.queries import health
from audits.queries.health import Part
from audits.services import job, sign_of_life
from tests import casts
from tests.factories import World
from tests.people import make_operator

OK, WATCH, BAD = HealthState.OK, HealthState.WATCH, HealthState.BAD


@pytest.fixture
def world(cast_of_app: World, storage_folder: Path) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def parts() -> dict[str, Part]:
    return {part.name: part for part in health.health().parts}


def let_pass(kind: SignKind, **age: int) -> None:
    SignOfLife.objects.filter(kind=kind).update(at=Now() - timedelta(**age))


def shown_to(user: User) -> tuple[int, str]:
    browser = Browser()
    browser.force_login(user)
    answer = browser.get(reverse("system_health"))
    return answer.status_code, answer.content.decode()


def test_operator_alone_sees_it(world: World) -> None:
    status, page = shown_to(make_operator("op@platform.example"))
    assert status == 200
    for name, part in parts().items():
        assert name in page
        assert str(part.state.label) in page
    for client in (world.here.client, world.stranger.client):
        assert client.slug not in page
        assert client.name not in page
    for person in (world.ours.admin, world.ours.technician, world.ours.owner):
        assert shown_to(person)[0] == 404


def test_without_a_worker_and_a_beat_it_says_what_to_start(world: World) -> None:
    assert not SignOfLife.objects.exists()
    found = parts()
    assert (found["Worker"].state, found["Beat"].state) == (BAD, BAD)
    assert "celery -A mia_portal worker" in found["Worker"].remedy
    assert "celery -A mia_portal beat" in found["Beat"].remedy
    assert (found["Last backup"].state, found["Last backup"].found) == (BAD, "None has been made.")
    assert health.health().state == BAD


@pytest.mark.parametrize(
    ("age", "state", "words"),
    [
        ({"seconds": 0}, OK, "second"),
        ({"seconds": 90}, WATCH, "1\xa0minute ago"),
        ({"minutes": 7}, BAD, "7\xa0minutes ago"),
    ],
)
def test_a_sign_of_life_ages(
    world: World, age: dict[str, int], state: HealthState, words: str
) -> None:
    sign_of_life.note_worker(name="mia@one")
    sign_of_life.note_beat()
    for kind in (SignKind.WORKER, SignKind.BEAT):
        let_pass(kind, **age)
    found = parts()
    for part in (found["Worker mia@one"], found["Beat"]):
        assert part.state == state
        assert words in part.found
        assert bool(part.remedy) == (state != OK)


def test_a_worker_that_is_gone_for_good_is_forgotten(world: World) -> None:
    sign_of_life.note_worker(name="mia@old")
    let_pass(SignKind.WORKER, days=2)
    sign_of_life.note_worker(name="mia@new")
    sign_of_life.note_worker(name="mia@new")
    assert [part.name for part in health.health().parts if "Worker" in part.name] == [
        "Worker mia@new"
    ]


def test_a_worker_that_was_replaced_is_no_failure(world: World) -> None:
    """In containers each start has a host name of its own."""
    sign_of_life.note_worker(name="mia@former")
    let_pass(SignKind.WORKER, hours=2)
    assert parts()["Worker mia@former"].state == BAD
    sign_of_life.note_worker(name="mia@today")
    found = parts()
    assert (found["Worker mia@former"].state, found["Worker mia@today"].state) == (WATCH, OK)
    assert "forgotten" in found["Worker mia@former"].remedy


@pytest.mark.parametrize(
    ("age", "missing", "state"),
    [
        ({"hours": 1}, 0, OK),
        ({"hours": 1}, 2, BAD),
        ({"hours": 25}, 0, WATCH),
        ({"days": 8}, 0, BAD),
        ({"days": 8}, 2, BAD),
    ],
)
def test_a_backup_ages(world: World, age: dict[str, int], missing: int, state: HealthState) -> None:
    sign_of_life.note_backup(size=5 << 20, missing=missing)
    let_pass(SignKind.BACKUP, **age)
    part = parts()["Last backup"]
    assert part.state == state
    assert "5.0\xa0MB" in part.found
    assert ("2 stored files were not there" in part.more) == bool(missing)


def test_queues_count_work_of_everybody(world: World) -> None:
    for cast in (world.here, world.stranger):
        with cast.scope():
            JobUnit.objects.all().delete()
    assert parts()["Queue: Audit"].found == "Nothing waits and nothing runs."
    for cast, minutes in ((world.here, 1), (world.stranger, 45)):
        with cast.scope():
            asked = timezone.now() - timedelta(minutes=minutes)
            unit = JobUnit.objects.create(
                provider_id=cast.client.provider_id,
                client=cast.client,
                job=cast.job,
                name="prepare",
                index=0,
                queued_at=asked,
            )
            Job.objects.filter(pk=cast.job.pk).update(state="queued", created_at=asked)
    with tenancy.system_scope("units that waited long are rung for again, and stamped anew"):
        assert job.recover() >= 1
    with world.stranger.scope():
        unit.refresh_from_db()
        assert timezone.now() - unit.queued_at < timedelta(minutes=1)
    part = parts()["Queue: Audit"]
    assert part.state == BAD
    assert (part.found, part.more) == ("2 waiting, 0 running.", "The oldest waits 45\xa0minutes.")
    with world.stranger.scope():
        JobUnit.objects.filter(pk=unit.pk).update(state="running")
    part = parts()["Queue: Audit"]
    assert (part.found, part.more) == ("1 waiting, 1 running.", "The oldest waits 1\xa0minute.")
    assert part.state == OK


@pytest.mark.parametrize(
    ("total", "free", "state"),
    [(100 << 30, 50 << 30, OK), (100 << 30, 10 << 30, WATCH), (100 << 30, 1 << 30, BAD)],
)
def test_disks_are_judged_by_what_is_free(total: int, free: int, state: HealthState) -> None:
    part = health.disk("Disk", total=total, free=free)
    assert part.state == state
    assert bool(part.remedy) == (state != OK)


def test_files_of_all_clients_are_counted(world: World, settings: Settings) -> None:
    for cast in (world.here, world.sibling, world.stranger):
        with cast.scope():
            StoredFile.objects.update(size=0)
    count = sum(int(word) for word in [parts()["Stored files"].found.split()[0]])
    assert count >= 3
    with world.stranger.scope():
        StoredFile.objects.filter(pk=StoredFile.objects.first().pk).update(size=3 << 20)  # type: ignore[union-attr]
    settings.MIA_CLIENT_STORAGE_BYTES = 3 << 20
    part = parts()["Stored files"]
    assert part.state == WATCH
    assert "3.0\xa0MB" in part.found
    assert "1 client has used nine tenths" in part.more
    with world.stranger.scope():
        world.stranger.client.storage_limit_mb = 100
        world.stranger.client.save()
    assert parts()["Stored files"].state == OK


def test_version_says_which_migrations_are_applied(world: World) -> None:
    part = parts()["Version"]
    assert part.state == OK
    assert health.version() in part.found
    assert max(name for app, name in MigrationLoader(None).disk_migrations if app == "audits") in (
        part.more
    )
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="audits").order_by("name").last()
    assert last is not None
    last.delete()
    part = parts()["Version"]
    assert (part.state, "1 migration is not applied" in part.more) == (BAD, True)
    recorder.record_applied("audits", last.name)
    recorder.record_applied("audits", "9999_later")
    assert "newer version" in parts()["Version"].more


def test_database_tells_its_size(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database()), current_setting('server_version')"
        )
        size, version = cursor.fetchone()
    assert parts()["Database"].found == (
        f"PostgreSQL {version.partition('.')[0]} answers; the database has {filesizeformat(size)}."
    )
