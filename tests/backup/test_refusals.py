"""What is refused before anything is touched, each in a sentence that says what to do."""

import base64
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.loader import MigrationLoader
from pytest_django.fixtures import Settings

from audits import storage
from audits.management import backups
from audits.queries.health import version
from audits.servers import clients
from audits.servers.errors import ServerError
from audits.services import backup_moves, restore
from audits.services.backup_stream import BackupError, DamagedError, WrongKeyError
from audits.tenancy.former import FORMER
from tests.backup import rows
from tests.backup.test_archive import MANIFEST, made
from tests.database import django_settings

OURS = [name for app, name in MigrationLoader(connection=None).disk_migrations if app == "audits"]


@pytest.fixture
def target() -> dict[str, Any]:
    return rows.empty_database()


def fitting(urls: dict[str, Any], **changed: object) -> dict[str, object]:
    """A manifest that this installation would take, but for what is changed."""
    fit = replace(
        MANIFEST,
        product_version=version(),
        migrations={"audits": sorted(OURS)},
        postgres=15,
        owner_role=django_settings(urls["owner_url"])["USER"],
        app_role=django_settings(urls["app_url"])["USER"],
        installation_mark=storage.installation_mark(),
    )
    told = vars(replace(fit, **changed))  # type: ignore[arg-type]
    return {name: value for name, value in told.items() if name not in {"database", "files"}}


def refused(path: Path, urls: dict[str, Any], root: Path, key: bytes = rows.KEY) -> BackupError:
    with pytest.raises(BackupError) as caught:
        restore.restore(path=path, key=key, place=rows.place_of(urls, root))
    assert rows.rows_of(urls) == {}
    assert not root.exists() or rows.files_in(root) == {}
    return caught.value


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"product_version": "99.0.0"}, r"newer version, 99\.0\.0; this is .*Install that version"),
        ({"migrations": {"audits": [*OURS, "9999_later"]}}, "made by a newer version"),
        (
            {"migrations": {"audits": [name for _, name in FORMER[:40]]}},
            "by an earlier version, .*cannot bring up to date",
        ),
        ({"format": 2}, r"made by a newer version, .*: its format is 2, this version reads 1"),
        ({"installation_mark": "0" * 64}, "another MIA_ENCRYPTION_KEY: its stored files"),
        ({"postgres": 99}, "of PostgreSQL 99, the database here is .*99 or newer"),
        ({"app_role": "mia_app_of_nobody"}, "no role mia_app_of_nobody, which"),
        ({"app_role": "postgres"}, r"DATABASE_URL logs in as mia_app.*rights to postgres\. Name"),
        ({"owner_role": "postgres"}, "logs in as mia_owner.*belongs to postgres"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(
    target: dict[str, Any], tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    made(tmp_path / "b", **fitting(target, **changed))
    assert re.search(sentence, str(refused(tmp_path / "b", target, tmp_path / "files")))


def test_what_is_no_dump_changes_nothing_although_all_hashes_agree(
    target: dict[str, Any], tmp_path: Path
) -> None:
    with psycopg.connect(target["admin_url"]) as connection:
        major = connection.info.server_version // 10_000
    made(tmp_path / "b", **fitting(target, pg_dump=major))
    root = tmp_path / "files"
    with pytest.raises(ServerError, match="pg_restore stopped, nothing was changed"):
        restore.restore(path=tmp_path / "b", key=rows.KEY, place=rows.place_of(target, root))
    assert rows.rows_of(target) == {}
    assert rows.files_in(root) == {}


def test_wrong_key_cut_off_file_and_changed_byte_are_refused(
    target: dict[str, Any], tmp_path: Path
) -> None:
    path, root = tmp_path / "b", tmp_path / "files"
    made(path, **fitting(target))
    whole = path.read_bytes()
    assert isinstance(refused(path, target, root, bytes(32)), WrongKeyError)
    path.write_bytes(whole[:-100])
    assert isinstance(refused(path, target, root), DamagedError)
    path.write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
    assert isinstance(refused(path, target, root), DamagedError)
    path.write_bytes(b"%PDF-1.7 something else")
    assert "no backup of MIA Portal" in str(refused(path, target, root))
    assert "There is no file" in str(refused(tmp_path / "absent", target, root))


def test_files_need_room(target: dict[str, Any], tmp_path: Path) -> None:
    manifest = made(tmp_path / "b", **fitting(target))
    huge = {"a" * 32: replace(manifest.files["a" * 32], size=1 << 60)}
    with pytest.raises(BackupError, match="Make room first"):
        restore._require_space(replace(manifest, files=huge), rows.place_of(target, tmp_path))


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(DamagedError, match="none of ours"),
        backup_moves.staged(tmp_path) as files,
        files.file("../elsewhere"),
    ):
        pass
    assert rows.files_in(tmp_path) == {}


def test_a_database_of_somebody_else_is_not_empty(target: dict[str, Any], tmp_path: Path) -> None:
    with psycopg.connect(target["owner_url"]) as connection:
        connection.execute("CREATE TABLE invoices (id bigint)")
    made(tmp_path / "b", **fitting(target))
    with pytest.raises(BackupError, match="The database is not empty"):
        restore.restore(path=tmp_path / "b", key=rows.KEY, place=rows.place_of(target, tmp_path))
    assert rows.rows_of(target) == {"invoices": []}


def test_programs_that_are_not_there_are_named(tmp_path: Path) -> None:
    nothing = {"MIA_PG_BIN": str(tmp_path)}
    with pytest.raises(ServerError, match="install the package postgresql-client-18 or"):
        clients.to_dump(nothing, server=18)
    with pytest.raises(ServerError, match="restore into PostgreSQL 18 or newer"):
        clients.to_restore(nothing, server=15, dumped_with=18)
    assert clients.to_dump({}, server=15).version >= 15


def test_inspect_shows_the_manifest_and_touches_nothing(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(base64.urlsafe_b64encode(rows.KEY).decode() + "\n")
    key_file.chmod(0o600)
    manifest = made(tmp_path / "b")
    out = StringIO()
    call_command(
        "restore", str(tmp_path / "b"), "--inspect", "--key-file", str(key_file), stdout=out
    )
    told = out.getvalue()
    assert "2026-01-02T03:04:05Z" in told
    assert "0.1.0" in told
    assert "audits 0001_schema" in told
    assert f"SHA-256 {manifest.database.sha256}" in told
    assert f"{'a' * 32}  SHA-256 {manifest.files['a' * 32].sha256}" in told
    assert told.endswith("Every hash agrees.\n")


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        ("x" * 44, 0o600, "holds no key"),
        ("short", 0o600, "holds no key"),
        (base64.urlsafe_b64encode(rows.KEY).decode(), 0o644, "chmod 600"),
    ],
)
def test_a_key_file_that_is_none_is_refused(
    tmp_path: Path, text: str, mode: int, sentence: str
) -> None:
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(mode)
    made(tmp_path / "b")
    with pytest.raises(CommandError, match=sentence):
        call_command(
            "restore", str(tmp_path / "b"), "--inspect", "--key-file", str(tmp_path / "key")
        )


def test_commands_say_what_they_lack(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL is not set"):
        backups.place()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("backup", str(tmp_path / "b"), "--key-file", str(tmp_path / "absent"))
    settings.MIA_ENCRYPTION_KEY = ""
    with pytest.raises(CommandError, match="MIA_ENCRYPTION_KEY is not set"):
        call_command("backup", str(tmp_path / "b"))
    assert list(tmp_path.iterdir()) == []
