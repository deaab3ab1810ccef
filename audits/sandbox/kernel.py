"""The few kernel calls that Python has no function for."""

import ctypes
import os
import platform
import signal
from pathlib import Path

from audits.sandbox.syscall_table import NUMBERS

CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_CAPABILITY_VERSION_3 = 0x20080522
_HIGHEST_CAPABILITY = 63

_libc = ctypes.CDLL(None, use_errno=True)


def machine_numbers() -> dict[str, int]:
    """Return the system call numbers of this machine, empty where it is not known."""
    return NUMBERS.get(platform.machine(), {})


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def system_call(name: str, *arguments: object) -> int:
    """Call the kernel by name; integers go over as 64-bit values.

    Raises
    ------
    OSError
        As the kernel says, or where this machine's table has no such call.
    """
    number = machine_numbers().get(name)
    if number is None:
        raise OSError(38, f"{name}: not known on {platform.machine()}")
    sent = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *sent), name)


def prctl(option: int, *arguments: int) -> int:
    padded = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *padded), "prctl")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent goes; the caller checks that it has not gone already."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilityData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_capabilities() -> None:
    """Give up every capability, and the means to get one back."""
    for capability in range(_HIGHEST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # not known to this kernel, or nothing to drop for a plain user
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    nothing = (_CapabilityData * 2)()
    system_call("capset", ctypes.byref(header), ctypes.byref(nothing))


def is_single_threaded() -> bool:
    return len(list(Path("/proc/self/task").iterdir())) == 1
