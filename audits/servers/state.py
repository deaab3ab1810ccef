"""The state folder: everything an embedded installation keeps, in one place."""

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audits.servers.errors import ServerError

DEFAULT_FOLDER = Path("var/state")
_FOLDERS = ("postgres", "valkey", "keys", "files", "beat", "static")
# sun_path holds 108 bytes; PostgreSQL adds ".s.PGSQL.5432.lock" to its folder's name.
_LONGEST_SOCKET_PATH = 100
_LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class StateFolder:
    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def beat_schedule(self) -> Path:
        return self.root / "beat" / "schedule"

    @property
    def environment(self) -> Path:
        return self.root / "env.json"

    @property
    def status(self) -> Path:
        return self.root / "status.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def sockets(self) -> Path:
        """Where the servers listen: in the state folder, or nearer when its path is too long."""
        usual = self.root / "run"
        if len(os.fsencode(usual)) + _LONGEST_SOCKET_NAME <= _LONGEST_SOCKET_PATH:
            return usual
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"mia-{os.geteuid()}-{name}"


def open_state(path: Path) -> StateFolder:
    """Make the folder, for this user alone, if it is not there."""
    root = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServerError(f"cannot make the state folder {root}: {error.strerror}") from error
    owner = root.stat().st_uid
    if owner != os.geteuid():
        raise ServerError(
            f"the state folder {root} belongs to user {owner}, you are {os.geteuid()}; "
            "start as its owner or choose another folder with --state"
        )
    state = StateFolder(root)
    for name in _FOLDERS:
        (root / name).mkdir(mode=0o700, exist_ok=True)
    return state


def private_folder(path: Path, *, owner: int) -> None:
    """Make a 0700 folder, or make sure that the one found there is nobody else's."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        os.chown(path, owner, -1)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise ServerError(f"{path} is not a folder of ours: remove it and start again")
    os.chown(path, owner, -1)
    path.chmod(0o700)


@contextlib.contextmanager
def locked(state: StateFolder) -> Iterator[None]:
    """Hold the folder: a second supervisor on it would damage the database."""
    descriptor = os.open(state.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServerError(
                f"{state.root} is in use by another start (process {_holder(descriptor)}); "
                "stop it first or choose another folder with --state"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_locked(state: StateFolder) -> bool:
    try:
        descriptor = os.open(state.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"


def write_private(path: Path, content: str) -> None:
    """Write a whole 0600 file or nothing."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    write_private(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read what `write_json` wrote; empty when there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ServerError(f"{path} is damaged: remove it and start again")
    return value
