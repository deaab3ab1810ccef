"""Which layers hold each probe, each of them alone."""

from dataclasses import dataclass

SECCOMP = frozenset({"seccomp"})
LANDLOCK = frozenset({"landlock"})
RLIMITS = frozenset({"rlimits"})
CAPABILITIES = frozenset({"capabilities"})
ENVIRONMENT = frozenset({"environment"})
NETWORK = frozenset({"network_namespace"})
PROCESSES = frozenset({"pid_namespace"})
USERS = frozenset({"user_namespace", "pid_namespace"})


@dataclass(frozen=True)
class Held:
    """What holds a probe: always, from a version of Landlock on, and for root alone."""

    always: tuple[frozenset[str], ...] = ()
    landlock_from: int | None = None
    as_root: tuple[frozenset[str], ...] = ()


PROBES = {
    "read_host_file": Held((), 1),
    "list_host_folder": Held((), 1),
    "write_file": Held((SECCOMP,), 1),
    "truncate_host_file": Held((SECCOMP,), 3),
    "connect": Held((SECCOMP, NETWORK), 4),
    "connect_abstract": Held((SECCOMP, NETWORK), 6),
    "execute": Held((SECCOMP,), 1),
    "fork": Held((SECCOMP,)),
    "trace": Held((SECCOMP, USERS), 1, as_root=(CAPABILITIES,)),
    "signal_another": Held((SECCOMP, PROCESSES), 6),
    "kill_parent": Held((SECCOMP, PROCESSES), 6),
    "allocate": Held((RLIMITS,)),
    "map_shared": Held((RLIMITS, SECCOMP)),
    "hide_memory": Held((SECCOMP,)),
    "burn_processor": Held((RLIMITS,)),
    "open_many": Held((RLIMITS,)),
    "read_secret": Held((ENVIRONMENT,)),
    "read_parent_environment": Held((USERS,), 1, as_root=(CAPABILITIES,)),
    "make_memory_file": Held((SECCOMP,)),
    "forget_parent": Held((SECCOMP,)),
    "leave_session": Held((SECCOMP,)),
    "new_user_namespace": Held((SECCOMP,)),
}


def covers(probe: str, *, landlock_abi: int, as_root: bool) -> tuple[frozenset[str], ...]:
    """Return the layers, or groups of layers, that hold a probe on this machine."""
    held = PROBES[probe]
    layers = held.always
    if held.landlock_from is not None and landlock_abi >= held.landlock_from:
        layers = (*layers, LANDLOCK)
    return (*layers, *held.as_root) if as_root else layers
