"""Stored files as they lie in the storage: held still for a backup, handed on by a restore."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from audits.servers import dump
from audits.services import backup_moves
from audits.services.backup_archive import Visitor
from audits.services.backup_stream import BackupError


@contextlib.contextmanager
def held(root: Path, *, conninfo: str) -> Iterator[None]:
    """Keep a second backup or restore out, and put right what one that was cut off left.

    A root that is not there is not made: it may be a volume that is not mounted.
    """
    if not root.is_dir():
        yield
        return
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(
                f"Another backup or restore is using {root}. Wait until it has ended."
            ) from error
        backup_moves.put_right(root, conninfo)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def linked(root: Path, names: Collection[str]) -> Iterator[tuple[list[Path], list[str]]]:
    """Hold these files, so that deleting one meanwhile takes nothing from the backup.

    Yields the links, and the names of files that are not there.
    """
    if not names or not root.is_dir():
        yield [], list(names)
        return
    folder = backup_moves.new_folder(root, "backup")
    try:
        found, missing = [], []
        for name in names:
            try:
                (folder / name).hardlink_to(root / name)
            except FileNotFoundError:
                missing.append(name)
            else:
                found.append(folder / name)
        yield found, missing
    finally:
        shutil.rmtree(folder)


class IntoPlace(Visitor):
    """Hands the database on and stages the files."""

    def __init__(self, files: backup_moves.Staged, database: dump.Restoring) -> None:
        self._files, self._database = files, database

    def dump(self, part: bytes) -> None:
        """Hand the part to the program that takes the database."""
        self._database.write(part)

    def file(self, name: str) -> "contextlib.AbstractContextManager[BinaryIO | None]":
        """Stage the file."""
        return self._files.file(name)
