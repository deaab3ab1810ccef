"""User, network, IPC and process namespaces: entered while the child has one thread."""

import contextlib
import os
import select
import signal
import struct
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

from audits.sandbox import kernel

_FLAGS = {
    "user_namespace": kernel.CLONE_NEWUSER,
    "network_namespace": kernel.CLONE_NEWNET,
    "ipc_namespace": kernel.CLONE_NEWIPC,
    "pid_namespace": kernel.CLONE_NEWPID,
}
USAGE = struct.Struct("<Q")  # the most memory that the inner process held, in bytes
SIGNALLED = 64  # the outer process exits with this plus the signal that ended the inner one


def enter(switched_off: Collection[str], *, usage: int) -> list[str]:
    """Enter what this machine allows and return the names.

    With a process namespace the rest of the program goes on in a forked process, the first of
    the new namespace; this process only waits for it, writes the memory it used to the
    descriptor ``usage`` and passes its end on.
    """
    wanted = [name for name in _FLAGS if name not in switched_off]
    attempts = [wanted]
    if os.geteuid() == 0:  # where user namespaces are blocked, root can do without
        attempts.append([name for name in wanted if name != "user_namespace"])
    for names in attempts:
        if names and _unshare(names):
            if "pid_namespace" in names:
                _continue_in_fork(usage)
            return names
    return []


def _unshare(names: list[str]) -> bool:
    user, group = os.geteuid(), os.getegid()
    flags = 0
    for name in names:
        flags |= _FLAGS[name]
    try:
        kernel.unshare(flags)
    except OSError:
        return False
    if "user_namespace" in names:
        # Without a map we are the overflow user: harmless, files still see the real one.
        with contextlib.suppress(OSError):
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    return True


def _continue_in_fork(usage: int) -> None:
    alive_read, alive_write = os.pipe()
    inner = os.fork()
    if inner:
        os.close(alive_read)
        _wait_for(inner, alive_write, usage)
    os.close(alive_write)
    os.close(usage)
    kernel.die_with_parent()
    # getppid() is 0 in here; the pipe hangs up if the outer process died before the line above.
    if select.select([alive_read], [], [], 0)[0]:
        os._exit(1)
    os.close(alive_read)


def _wait_for(inner: int, alive_write: int, usage: int) -> NoReturn:
    kernel.die_with_parent()
    # Asked to end, this process takes the inner one with it and reaps it: nothing is left over.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(inner, signal.SIGKILL))
    # Only the inner process may hold the caller's pipes, else their end would not show.
    first, second = sorted((alive_write, usage))
    os.closerange(0, first)
    os.closerange(first + 1, second)
    os.closerange(second + 1, 4096)
    # This process was started by one of any size, and the kernel counts that against it; the
    # inner one starts from nothing.
    _, status, used = os.wait4(inner, 0)
    os.pwrite(usage, USAGE.pack(used.ru_maxrss << 10), 0)
    if os.WIFSIGNALED(status):
        os._exit(SIGNALLED + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))
