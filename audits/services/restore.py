"""Puts a backup back: everything is checked first, then all of it happens or nothing."""

import contextlib
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

from audits import storage
from audits.queries.health import version
from audits.servers import clients, dump
from audits.services import backup_archive, backup_files, backup_moves, backup_troubles
from audits.services.backup import Place
from audits.services.backup_archive import Manifest
from audits.services.backup_stream import BackupError, DamagedError
from audits.tenancy.former import FORMER

LOCK_SECONDS = 30


@dataclass(frozen=True)
class Restored:
    """A backup that was put back."""

    manifest: Manifest
    # Files of what was there before that could not be removed; no row names them.
    left: list[str]


def inspect(*, path: Path, key: bytes) -> Manifest:
    """Read the whole file, check every hash and return what it says about itself.

    Raises BackupError.
    """
    with backup_troubles.told("The backup cannot be read"):
        if not path.is_file():
            raise BackupError(f"There is no file {path}.")
        return backup_archive.read(path, key=key)


def restore(
    *,
    path: Path,
    key: bytes,
    place: Place,
    replace: bool = False,
    lock_seconds: int = LOCK_SECONDS,
) -> Restored:
    """Put database and files back as they were.

    Raises BackupError or ServerError, with nothing changed; UnknownOutcomeError where that cannot
    be said, which the next run finds out.
    """
    manifest = inspect(path=path, key=key)
    with backup_troubles.told("The backup cannot be restored"):
        _refuse_another_product(manifest)
        target = dump.looked_at(place.conninfo)
        _refuse_another_server(manifest, target, place)
        place.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with backup_files.held(place.root, conninfo=place.conninfo):
            if not replace:
                _require_empty(target, place)
            _require_space(manifest, place)
            left = _carry_out(
                path, key, manifest, place=place, target=target, lock_seconds=lock_seconds
            )
    return Restored(manifest=manifest, left=left)


def _carry_out(
    path: Path,
    key: bytes,
    manifest: Manifest,
    *,
    place: Place,
    target: dump.Target,
    lock_seconds: int,
) -> list[str]:
    chosen = clients.to_restore(
        place.environment, server=target.server, dumped_with=manifest.pg_dump
    )
    with (
        backup_moves.staged(place.root) as files,
        dump.Restoring.begun(place.conninfo, chosen, lock_seconds=lock_seconds) as database,
    ):
        visitor = backup_files.IntoPlace(files, database)
        if backup_archive.read(path, key=key, visitor=visitor) != manifest:
            raise DamagedError("The backup was exchanged while it was read.")
        transaction = database.finish()
        files.put_in_place(transaction)
        with _undisturbed():
            database.commit(transaction)
            return files.settle()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody interrupt the last step by the keyboard: it would leave open how it ended."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _refuse_another_product(manifest: Manifest) -> None:
    """Refuse what this version cannot read, and files that no key here opens."""
    known = {*MigrationLoader(connection=None).disk_migrations, *FORMER}
    applied = {(app, name) for app, names in manifest.migrations.items() for name in names}
    ours = {app for app, _ in known}
    newer = {one for one in applied if one[0] in ours and one not in known}
    here = version()
    is_later = bool(_numbers(here)) and _numbers(manifest.product_version) > _numbers(here)
    if is_later or newer:
        raise BackupError(
            f"This backup was made by a newer version, {manifest.product_version}; this is"
            f" {here}. Install that version or a later one, then restore."
        )
    if 0 < len(applied & {*FORMER}) < len(FORMER):
        raise BackupError(
            f"This backup was made by an earlier version, {manifest.product_version}, whose tables"
            f" {here} cannot bring up to date. Restore it with that version, install the last one"
            " before this one there, and back up again."
        )
    if manifest.installation_mark != storage.installation_mark():
        raise BackupError(
            "This backup is of an installation with another MIA_ENCRYPTION_KEY: its stored files"
            " and its log could not be read here. Put that key in place first."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _refuse_another_server(manifest: Manifest, target: dump.Target, place: Place) -> None:
    if target.server < manifest.postgres:
        raise BackupError(
            f"This backup is of PostgreSQL {manifest.postgres}, the database here is"
            f" {target.server}. Restore into {manifest.postgres} or newer."
        )
    lacking = {manifest.owner_role, manifest.app_role} - target.roles
    if lacking:
        raise BackupError(
            f"The database server has no role {' and no role '.join(sorted(lacking))}, which the"
            " backup gives rights to. Make the roles as the README says, then restore."
        )
    if target.user != manifest.owner_role:
        raise BackupError(
            f"DATABASE_OWNER_URL logs in as {target.user}, the backup belongs to"
            f" {manifest.owner_role}. Name that role there."
        )
    if place.app_role != manifest.app_role:
        raise BackupError(
            f"DATABASE_URL logs in as {place.app_role}, the backup gives the portal's rights to"
            f" {manifest.app_role}. Name that role there."
        )


def _require_empty(target: dump.Target, place: Place) -> None:
    if not target.is_empty:
        raise BackupError(
            "The database is not empty. Restore into a new installation, or give --replace to lose"
            " what is in this one."
        )
    if backup_moves.names_in(place.root):
        raise BackupError(
            f"{place.root} is not empty. Restore into a new installation, or give --replace to lose"
            " what is in this one."
        )


def _require_space(manifest: Manifest, place: Place) -> None:
    free = shutil.disk_usage(place.root).free
    if free < manifest.files_size:
        raise BackupError(
            f"{place.root} has {free:,} bytes free, the files in the backup need"
            f" {manifest.files_size:,}. Make room first."
        )
