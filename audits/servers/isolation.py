"""How PostgreSQL, which refuses to run as root, is started by root and by others."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from audits.servers.binaries import require_tool
from audits.servers.errors import ServerError

_NOBODY = 65534
_PROBE_SECONDS = 20


@dataclass(frozen=True)
class RunAs:
    """A prefix for the command line, and who owns the server's files on this machine."""

    name: str
    prefix: tuple[str, ...]
    owner: int


def as_ourselves() -> RunAs:
    return RunAs(name="this user", prefix=(), owner=os.geteuid())


def in_user_namespace() -> RunAs:
    """Root outside, nobody inside: the files stay root's, also within a 0700 folder."""
    prefix = (
        require_tool("unshare"),
        "--user",
        f"--map-user={_NOBODY}",
        f"--map-group={_NOBODY}",
    )
    return RunAs(name="user namespace", prefix=prefix, owner=0)


def as_nobody() -> RunAs:
    """For root where user namespaces are forbidden."""
    try:
        user = pwd.getpwnam("nobody")
    except KeyError as error:
        raise ServerError("there is no user nobody; start as a plain user instead") from error
    prefix = (
        require_tool("setpriv"),
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
    )
    return RunAs(name="nobody", prefix=prefix, owner=user.pw_uid)


def choose() -> RunAs:
    if os.geteuid() != 0:
        return as_ourselves()
    namespace = in_user_namespace()
    if _succeeds((*namespace.prefix, require_tool("true"))):
        return namespace
    return as_nobody()


def reachable_programs(folder: Path, *, run_as: RunAs, copy_to: Path) -> Path:
    """Folder of programs that the server's user can run: the given one, or a copy of its tree."""
    if _can_run(folder, run_as):
        return folder
    copied = copy_to / folder.name
    if not _same_program(folder, copied):
        _copy_tree(folder.parent, copy_to)
    if not _can_run(copied, run_as):
        raise ServerError(
            f"the user '{run_as.name}' cannot run programs in {copied}; choose a state folder "
            "that every user can enter with --state, for example /var/lib/mia-portal"
        )
    return copied


def _same_program(original: Path, copied: Path) -> bool:
    try:
        there, here = ((folder / "postgres").stat() for folder in (original, copied))
    except FileNotFoundError:
        return False
    return (there.st_size, there.st_mtime_ns) == (here.st_size, here.st_mtime_ns)


def _can_run(folder: Path, run_as: RunAs) -> bool:
    # initdb rather than postgres: it needs the shared libraries as well.
    return _succeeds((*run_as.prefix, str(folder / "initdb"), "--version"))


def _copy_tree(source: Path, target: Path) -> None:
    """Copy programs, data and the wheel's shared libraries, readable by everyone."""
    root = target.parents[1]
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "*.a"))
    # A wheel's programs look for their libraries in ../../../<package>.libs.
    libraries = source.parent.parent / f"{source.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, root / libraries.name)
    _for_everyone(root)


def _for_everyone(root: Path) -> None:
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)


def _succeeds(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - commands of this module
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PROBE_SECONDS,
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
