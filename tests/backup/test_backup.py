"""A backup is a whole installation: what comes back is what was there, behind the same walls."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.utils import timezone
from psycopg import sql

from audits.enums import SignKind
from audits.models import Session, SignOfLife, User
from audits.servers.errors import ServerError
from audits.services import backup, backup_files, restore
from audits.services.backup_stream import BackupError
from tests.backup import rows
from tests.database import django_settings
from tests.factories import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_comes_back_as_it_was_behind_the_same_walls(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    path, target = elsewhere / "mia.backup", rows.empty_database()
    made = backup.make(path=path, key=rows.KEY, place=rows.place_of(database_urls, storage_folder))
    kept = rows.files_in(storage_folder)
    assert len(kept) > 3
    assert set(made.manifest.files) == set(kept)
    assert made.size == path.stat().st_size
    root = elsewhere / "files"
    told = restore.restore(path=path, key=rows.KEY, place=rows.place_of(target, root))
    assert (told.manifest, told.left) == (made.manifest, [])
    before, after = rows.rows_of(database_urls), rows.rows_of(target)
    assert len(before["audits_client"]) == 4
    assert len(before["audits_provider"]) == 2
    assert after == before
    assert rows.laws_of(target) == rows.laws_of(database_urls)
    assert rows.files_in(root) == kept
    here, stranger = filled.here.client, filled.stranger.client
    assert rows.clients_seen(target["owner_url"], 0, []) >= {here.pk, stranger.pk}
    assert rows.clients_seen(target["app_url"], 0, []) == set()
    assert rows.clients_seen(target["app_url"], here.provider_id, [here.pk]) == {here.pk}


def test_a_database_in_use_is_replaced_only_when_that_is_asked_for(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    place = rows.place_of(database_urls, storage_folder)
    path = elsewhere / "mia.backup"
    backup.make(path=path, key=rows.KEY, place=place)
    before = rows.at(database_urls, storage_folder)
    with filled.here.scope():
        filled.here.model.name = "Changed since"
        filled.here.model.save()
    (storage_folder / ("0" * 32)).write_bytes(b"of a client that came later")
    changed = rows.at(database_urls, storage_folder)
    assert changed[0] != before[0]
    with pytest.raises(BackupError, match=r"The database is not empty.*--replace"):
        restore.restore(path=path, key=rows.KEY, place=place)
    assert rows.at(database_urls, storage_folder) == changed
    restore.restore(path=path, key=rows.KEY, place=place, replace=True)
    assert rows.at(database_urls, storage_folder) == before


def test_a_restore_that_fails_half_way_changes_nothing(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    place = rows.place_of(database_urls, storage_folder)
    path = elsewhere / "mia.backup"
    backup.make(path=path, key=rows.KEY, place=place)
    (storage_folder / ("0" * 32)).write_bytes(b"of a client that came later")
    before = rows.at(database_urls, storage_folder)
    with psycopg.connect(database_urls["admin_url"]) as somebody:
        somebody.execute("SELECT count(*) FROM audits_client")  # holds the table until it ends
        with pytest.raises(ServerError, match=r"nothing was changed: .*lock timeout"):
            restore.restore(path=path, key=rows.KEY, place=place, replace=True, lock_seconds=1)
    assert rows.at(database_urls, storage_folder) == before


def test_files_in_the_way_are_named_although_the_database_is_empty(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    path, root = elsewhere / "mia.backup", elsewhere / "files"
    backup.make(path=path, key=rows.KEY, place=rows.place_of(database_urls, storage_folder))
    root.mkdir()
    (root / ("0" * 32)).write_bytes(b"somebody's")
    target = rows.empty_database()
    with pytest.raises(BackupError, match=f"{root} is not empty"):
        restore.restore(path=path, key=rows.KEY, place=rows.place_of(target, root))
    assert rows.rows_of(target) == {}
    assert set(rows.files_in(root)) == {"0" * 32}


def test_a_stored_file_that_is_gone_is_named_and_stops_nothing(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    gone = min(rows.files_in(storage_folder))
    (storage_folder / gone).unlink()
    path = elsewhere / "mia.backup"
    place = rows.place_of(database_urls, storage_folder)
    made = backup.make(path=path, key=rows.KEY, place=place)
    assert made.manifest.missing == [gone]
    assert gone not in made.manifest.files
    assert set(rows.files_in(storage_folder)) == set(made.manifest.files)


def test_only_one_backup_at_a_time_and_none_is_written_over(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    folder = elsewhere
    place = rows.place_of(database_urls, storage_folder)
    (folder / "there").write_bytes(b"an older backup")
    with pytest.raises(BackupError, match="is there already"):
        backup.make(path=folder / "there", key=rows.KEY, place=place)
    left = storage_folder / f".backup-{'0' * 16}"  # of one that was killed
    left.mkdir()
    with (
        backup_files.held(storage_folder, conninfo=place.conninfo),
        pytest.raises(BackupError, match="Another backup"),
    ):
        backup.make(path=folder / "new", key=rows.KEY, place=place)
    assert not left.exists()
    assert rows.files_in(folder) == {"there": b"an older backup"}


def test_database_that_cannot_be_read_leaves_no_file(
    database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    folder = elsewhere
    as_app = replace(
        rows.place_of(database_urls, storage_folder), conninfo=database_urls["app_url"]
    )
    with pytest.raises(ServerError, match=r"pg_dump stopped: .*row-level security"):
        backup.make(path=folder / "new", key=rows.KEY, place=as_app)
    assert rows.files_in(folder) == {}
    assert rows.files_in(storage_folder) == {}


@pytest.mark.parametrize("found", [[], ["volume"]])
def test_a_storage_without_any_of_its_files_is_refused_and_not_made(
    filled: World, database_urls: dict[str, Any], elsewhere: Path, found: list[str]
) -> None:
    root = elsewhere / "volume"
    for name in found:
        (elsewhere / name).mkdir()  # the point of a mount without its volume
    with pytest.raises(BackupError, match=rf"None of the \d+ stored files is in {root}.*Mount"):
        backup.make(path=elsewhere / "new", key=rows.KEY, place=rows.place_of(database_urls, root))
    assert [path.name for path in elsewhere.iterdir()] == found


def test_an_installation_that_stores_nothing_yet_needs_no_folder(
    database_urls: dict[str, Any], elsewhere: Path
) -> None:
    place = rows.place_of(database_urls, elsewhere / "volume")
    made = backup.make(path=elsewhere / "new", key=rows.KEY, place=place)
    assert (made.manifest.files, made.manifest.missing) == ({}, [])
    assert not place.root.exists()


def test_keys_of_sessions_are_not_in_a_backup(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    person, stored = User.objects.create_user("ada@harbour.example"), SessionStore()
    stored["_auth_user_id"] = str(person.pk)
    stored.save()
    key, now = str(stored.session_key), timezone.now()
    Session.objects.create(user=person, key=key, begun_at=now, seen_at=now)
    path, target = elsewhere / "mia.backup", rows.empty_database()
    backup.make(path=path, key=rows.KEY, place=rows.place_of(database_urls, storage_folder))
    text = rows.sql_of(path)
    assert person.email in text
    assert key not in text
    restore.restore(path=path, key=rows.KEY, place=rows.place_of(target, elsewhere / "files"))
    with psycopg.connect(target["admin_url"]) as connection:
        for table in (b"audits_session", b"django_session"):
            assert connection.execute(b"SELECT count(*) FROM " + table).fetchone() == (0,)


def test_a_volume_of_its_own_and_wider_rights_by_default_do_not_matter(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    path, target = elsewhere / "mia.backup", rows.empty_database()
    backup.make(path=path, key=rows.KEY, place=rows.place_of(database_urls, storage_folder))
    app = sql.Identifier(rows.place_of(target, elsewhere).app_role)
    with psycopg.connect(target["owner_url"]) as connection:
        wider = sql.SQL("ALTER DEFAULT PRIVILEGES GRANT UPDATE, DELETE ON TABLES TO {}")
        connection.execute(wider.format(app))
        connection.execute(b"ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC")
    root = elsewhere / "volume"
    (root / "lost+found").mkdir(parents=True)
    (root / "snapshots").mkdir()
    (root / ".nfs0001").write_bytes(b"held open")
    for anew in (False, True):
        told = restore.restore(
            path=path, key=rows.KEY, place=rows.place_of(target, root), replace=anew
        )
        assert told.left == []
        assert rows.laws_of(target) == rows.laws_of(database_urls)
        assert {one.name for one in root.iterdir()} == {
            *("lost+found", "snapshots", ".nfs0001"),
            *told.manifest.files,
        }


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> None:
    path, place = elsewhere / "mia.backup", rows.place_of(database_urls, storage_folder)
    with (
        rows.files_of_at_most(1000),
        pytest.raises(BackupError, match=r"The backup cannot be made: File too large"),
    ):
        backup.make(path=path, key=rows.KEY, place=place)
    assert rows.files_in(elsewhere) == {}
    backup.make(path=path, key=rows.KEY, place=place)
    before = rows.at(database_urls, storage_folder)
    with (
        rows.files_of_at_most(10),
        pytest.raises(BackupError, match=r"The backup cannot be restored: File too large"),
    ):
        restore.restore(path=path, key=rows.KEY, place=place, replace=True)
    assert rows.at(database_urls, storage_folder) == before


def test_what_the_database_has_against_it_is_told_in_a_sentence(elsewhere: Path) -> None:
    place = rows.place_of(rows.empty_database(), elsewhere / "files")
    with pytest.raises(BackupError, match=r"the database says: relation .* does not exist"):
        backup.make(path=elsewhere / "new", key=rows.KEY, place=place)
    assert rows.files_in(elsewhere) == {}


@pytest.fixture
def as_here(
    database_urls: dict[str, Any], monkeypatch: pytest.MonkeyPatch, elsewhere: Path
) -> tuple[str, ...]:
    """What the command takes in this very installation."""
    owner = django_settings(database_urls["owner_url"])
    monkeypatch.setitem(settings.DATABASES, "owner", owner)
    return ("backup", str(elsewhere / "new"))


def signs() -> list[object]:
    return list(SignOfLife.objects.filter(kind=SignKind.BACKUP).values_list("details", flat=True))


def test_a_backup_without_some_files_is_written_and_ends_as_incomplete(
    filled: World, storage_folder: Path, elsewhere: Path, as_here: tuple[str, ...]
) -> None:
    min(storage_folder.iterdir()).unlink()
    with pytest.raises(CommandError, match="incomplete: 1 stored files were not") as caught:
        call_command(*as_here)
    assert caught.value.returncode == 3
    size = (elsewhere / "new").stat().st_size
    assert signs() == [{"size": size, "missing": 1}]


def test_a_backup_before_a_migration_is_made_although_nothing_can_note_it(
    filled: World,
    database_urls: dict[str, Any],
    storage_folder: Path,
    elsewhere: Path,
    as_here: tuple[str, ...],
) -> None:
    out, problems = StringIO(), StringIO()
    with psycopg.connect(database_urls["admin_url"], autocommit=True) as connection:
        connection.execute(b"ALTER TABLE audits_signoflife RENAME TO not_there_yet")
        try:
            call_command(*as_here, stdout=out, stderr=problems)
        finally:
            connection.execute(b"ALTER TABLE not_there_yet RENAME TO audits_signoflife")
    assert "could not be noted" in problems.getvalue()
    assert f"{(elsewhere / 'new').stat().st_size:,} bytes" in out.getvalue()
    assert signs() == []
