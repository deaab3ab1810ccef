"""The layers that hold the child in, in the order in which they close."""

import os
import resource
import sys
from collections.abc import Collection, Iterable

from audits.sandbox import kernel, landlock, namespaces, seccomp
from audits.sandbox.values import GIBIBYTE, Limits

ISOLATING = frozenset(
    {
        "user_namespace",
        "network_namespace",
        "ipc_namespace",
        "pid_namespace",
        "landlock",
        "seccomp",
    }
)
"""One of these at least must hold, or no untrusted byte is read."""

# Private memory is what counts (RLIMIT_DATA); addresses may exceed it, for libraries and stacks.
_ADDRESS_SPACE_BEYOND_MEMORY = 4 * GIBIBYTE
_PROCESSES_AND_THREADS = 128

_SYSTEM_READABLE = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/urandom",
    "/proc/self/maps",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
)


def enter_namespaces(switched_off: Collection[str], *, usage: int) -> list[str]:
    """First step, with one thread and nothing imported."""
    return namespaces.enter(switched_off, usage=usage)


def readable_paths(root: str) -> list[str]:
    """Return the interpreter's library folders, the system's, and our own package.

    ``root`` is the folder that holds the package. It is left out itself: in a checkout the state
    of the installation may lie in it.
    """
    prefixes = tuple(os.path.realpath(p) + "/" for p in (sys.prefix, sys.base_prefix))
    searched = [os.path.realpath(path) for path in sys.path]
    libraries = [
        path
        for path in searched
        if (path + "/").startswith(prefixes)
        and (path != os.path.realpath(root) or path.endswith("-packages"))
    ]
    loader = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    named = [path for path in loader if path.startswith("/") and os.path.realpath(path) != "/"]
    return [*libraries, *named, f"{root}/audits", *_SYSTEM_READABLE]


def close(
    *, limits: Limits, readable: Iterable[str], switched_off: Collection[str], alone: bool
) -> list[str]:
    """Second step, after the imports: everything else, in an order that cannot be undone.

    Parameters
    ----------
    limits
        The bounds for this call.
    readable
        Paths that stay readable.
    switched_off
        Layers to leave open: the probe tests use it, nothing else.
    alone
        Whether a user namespace keeps the count of processes apart from the user's others.
    """
    active = []
    if "rlimits" not in switched_off:
        _limit_resources(limits, alone=alone)
        active.append("rlimits")
    if "capabilities" not in switched_off:
        kernel.drop_capabilities()
        active.append("capabilities")
    if "no_new_privs" not in switched_off:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        active.append("no_new_privs")
    if "landlock" not in switched_off and landlock.restrict(readable):
        active.append("landlock")
    if "seccomp" not in switched_off and seccomp.restrict():
        active.append("seccomp")
    return active


def _limit_resources(limits: Limits, *, alone: bool) -> None:
    bounds = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_AS: limits.memory_bytes + _ADDRESS_SPACE_BEYOND_MEMORY,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.result_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if alone:
        bounds[resource.RLIMIT_NPROC] = _PROCESSES_AND_THREADS
    for kind, bound in bounds.items():
        _lower(kind, bound)


def _lower(kind: int, bound: int) -> None:
    _, hard = resource.getrlimit(kind)
    lowered = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
    # Soft and hard alike: the first process of a namespace does not hear the softer signals.
    resource.setrlimit(kind, (lowered, lowered))
