"""Stored files of a backup on their way into the storage, and back out where they may not stay.

Before the first file is moved, a plan on the disk says what lay there, what is new, what has to
go, and which transaction of the database decides. Whatever is cut off after that, even by a lost
power supply, is put right by the next backup or restore: it asks the database how the transaction
ended, and makes the files match.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from audits.servers import transactions
from audits.servers.transactions import Transaction, UnknownOutcomeError
from audits.services.backup_stream import BackupError, DamagedError
from audits.storage import sync_folder

_NAME = re.compile(r"[0-9A-Za-z_-]{1,100}")
_PASSING = re.compile(r"\.(backup|restore)-[0-9a-f]{16}")
_BEFORE = re.compile(r"\.before-[0-9a-f]{16}")
# No stored file has a dot in its name.
_PLAN = "plan.json"


def names_in(root: Path) -> set[str]:
    """The stored files there are; a folder, or a file under any other name, is none of ours."""
    return {
        path.name
        for path in root.iterdir()
        if _NAME.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode)
    }


def new_folder(root: Path, kind: str) -> Path:
    """Make a folder beside the stored files."""
    folder = root / f".{kind}-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    return folder


@dataclass(frozen=True)
class _Plan:
    """What a restore does to the stored files once its transaction is permanent."""

    transaction: Transaction
    # In the backup, and there already: they are kept aside.
    kept: list[str]
    # In the backup alone.
    new: list[str]
    # Not in the backup: they go when the database has followed.
    gone: list[str]

    def write(self, folder: Path) -> None:
        """Put the plan on the disk, whole or not at all."""
        draft = folder / f"{_PLAN}.new"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder / _PLAN)
        sync_folder(folder)
        sync_folder(folder.parent)

    @classmethod
    def read(cls, folder: Path) -> "_Plan | None":
        """None where nothing was moved yet."""
        try:
            told = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(**{**told, "transaction": Transaction(**told["transaction"])})


class Staged:
    """Files of a backup beside the storage, and their way into it and back out."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder, self._before = new_folder(root, "restore"), new_folder(root, "before")
        self._plan: _Plan | None = None
        self._is_settled = False

    @contextlib.contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        """Open a new file in the folder of what is staged."""
        if not _NAME.fullmatch(name):
            raise DamagedError("This backup holds a file under a name that is none of ours.")
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def put_in_place(self, transaction: Transaction) -> None:
        """Move what is staged into the storage; what lies there under the same name is kept.

        On the disk when this returns, so that the database may follow.
        """
        names = sorted(path.name for path in self._folder.iterdir())
        kept = [name for name in names if os.path.lexists(self._root / name)]
        self._plan = _Plan(
            transaction=transaction,
            kept=kept,
            new=sorted({*names} - {*kept}),
            gone=sorted(names_in(self._root) - {*names}),
        )
        sync_folder(self._folder)
        self._plan.write(self._before)
        for name in kept:
            (self._root / name).rename(self._before / name)
            (self._folder / name).rename(self._root / name)
        for name in self._plan.new:
            (self._folder / name).rename(self._root / name)
        for folder in (self._before, self._root, self._folder):
            sync_folder(folder)

    def settle(self) -> list[str]:
        """Say that the database has followed: from now on there is no way back.

        Returns what was to be removed and could not be.
        """
        self._is_settled = True
        left = _removed(self._root, self._plan.gone if self._plan else ())
        for folder in (self._before, self._folder):
            try:
                _thrown_away(folder)
            except OSError:
                left.append(folder.name)
        return left

    def take_back(self) -> None:
        """Leave the storage as it was, unless the database has followed."""
        if self._is_settled:
            return
        if self._plan is not None:
            _taken_back(self._root, self._before, self._plan)
        for folder in (self._before, self._folder):
            _thrown_away(folder)


@contextlib.contextmanager
def staged(root: Path) -> Iterator[Staged]:
    """Two folders for the time of a restore; a failure leaves the storage as it was.

    Where nobody knows how the transaction ended they stay, for the next run to ask.
    """
    files = Staged(root)
    try:
        yield files
    except UnknownOutcomeError:
        raise
    except BaseException:
        files.take_back()
        raise
    files.take_back()


def put_right(root: Path, conninfo: str) -> None:
    """Bring to its end what a backup or restore that was cut off has left.

    Raises BackupError where the database does not know how the restore ended.
    """
    for before in [path for path in root.iterdir() if _BEFORE.fullmatch(path.name)]:
        plan = _Plan.read(before)
        if plan is None:  # cut off before the first move, or by a version that made no plan
            for name in names_in(before):
                (before / name).rename(root / name)
        elif (known := transactions.is_committed(conninfo, plan.transaction)) is None:
            raise BackupError(
                f"A restore was cut off, and the database does not say how it ended: {before} holds"
                " the stored files that it replaced, and plan.json there names those it brought."
                " Put the files right by hand, then remove that folder."
            )
        elif known:
            _removed(root, plan.gone)
        else:
            _taken_back(root, before, plan)
        sync_folder(root)
        _thrown_away(before)
    for left in [path for path in root.iterdir() if _PASSING.fullmatch(path.name)]:
        shutil.rmtree(left)


def _taken_back(root: Path, before: Path, plan: _Plan) -> None:
    """Undo the moves; as often as it takes, from wherever it was cut off."""
    for name in plan.kept:
        with contextlib.suppress(FileNotFoundError):
            (before / name).rename(root / name)
    for name in plan.new:
        (root / name).unlink(missing_ok=True)
    sync_folder(root)


def _removed(root: Path, names: Iterable[str]) -> list[str]:
    """Remove these files; returns what could not be removed."""
    left = []
    for name in names:
        try:
            (root / name).unlink(missing_ok=True)
        except OSError:
            left.append(name)
    return left


def _thrown_away(folder: Path) -> None:
    """Remove a folder; half removed, it is none of which anything could be put back."""
    doomed = folder.with_name(f".restore-{secrets.token_hex(8)}")
    folder.rename(doomed)
    shutil.rmtree(doomed)
