"""Makes a backup: one encrypted file with the database, the stored files and a manifest.

The rows and the list of files are of one moment: pg_dump reads the snapshot in which the names of
the files were read, and the files are held by links before anything is written. The file is there
whole or not at all.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone

from audits import storage
from audits.queries.health import version
from audits.servers import clients, dump
from audits.services import backup_files, backup_troubles
from audits.services.backup_archive import Manifest, Writing
from audits.services.backup_stream import BackupError

# A file that is deleted between the snapshot and the link is in the one and not in the other.
_APPLIED = "SELECT app, name FROM django_migrations ORDER BY app, name"
_NAMES = "SELECT name FROM audits_storedfile ORDER BY name"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an installation keeps its data, and how the owner of the database reaches it."""

    conninfo: str
    app_role: str
    root: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """A backup that was made."""

    manifest: Manifest
    size: int


def make(*, path: Path, key: bytes, place: Place) -> Made:
    """Write a backup to a new file.

    Raises BackupError or ServerError, with nothing left behind.
    """
    with (
        backup_troubles.told("The backup cannot be made"),
        _new_file(path) as file,
        backup_files.held(place.root, conninfo=place.conninfo),
    ):
        manifest = _of_one_moment(file, key=key, place=place)
    return Made(manifest=manifest, size=path.stat().st_size)


def _of_one_moment(file: BinaryIO, *, key: bytes, place: Place) -> Manifest:
    """Look for the files up to three times: one may be deleted just now, or be gone for good."""
    for looks_left in (2, 1, 0):
        with dump.snapshot(place.conninfo) as moment:
            names = _file_names(moment)
            with backup_files.linked(place.root, names) as (files, missing):
                if not missing or not looks_left:
                    _require_any(files, missing, place.root)
                    return _written(file, moment, files, missing, key=key, place=place)
    raise AssertionError("the last look returns")  # pragma: no cover - said for the types alone


def _require_any(files: list[Path], missing: list[str], root: Path) -> None:
    """Refuse a storage without a single one of its files: it is not the folder it should be."""
    if missing and not files:
        raise BackupError(
            f"None of the {len(missing)} stored files is in {root}. Mount the volume that holds"
            " them, or name their folder in STORAGE_URL, then make the backup."
        )


def _file_names(moment: dump.Snapshot) -> list[str]:
    return [str(name) for (name,) in moment.rows(_NAMES)]


def _written(
    file: BinaryIO,
    moment: dump.Snapshot,
    found: list[Path],
    missing: list[str],
    *,
    key: bytes,
    place: Place,
) -> Manifest:
    chosen = clients.to_dump(place.environment, server=moment.server)
    made_at, writing = timezone.now(), Writing(file, key=key)
    for part in dump.dumped(moment, chosen):
        writing.add_dump(part)
    files = {path.name: writing.add_file(path.name, path) for path in sorted(found)}
    manifest = Manifest(
        product_version=version(),
        made_at=_in_utc(made_at),
        migrations=_applied(moment),
        postgres=moment.server,
        pg_dump=chosen.version,
        owner_role=moment.owner,
        app_role=place.app_role,
        installation_mark=storage.installation_mark(),
        database=writing.database,
        files=files,
        missing=missing,
    )
    writing.finish(manifest)
    return manifest


def _applied(moment: dump.Snapshot) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in moment.rows(_APPLIED):
        found.setdefault(str(app), []).append(str(name))
    return found


def _in_utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Write beside the final name, for this user alone, and take the name at the end."""
    if path.exists():
        raise BackupError(f"{path} is there already. Choose another name: none is written over.")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BackupError(f"{path.parent} cannot be written to: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _take_name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _take_name(draft: Path, path: Path) -> None:
    """Give the file its name; a link, unlike a rename, never replaces what is there."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a disk that knows no links, as backups often lie on
        draft.rename(path)
