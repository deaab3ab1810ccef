"""A seccomp filter that names what computing needs and refuses the rest.

Refused calls answer EPERM, so that a library which tries one falls back or says so; calls newer
than their classic form answer ENOSYS, so that the C library uses that form, which can be judged.
"""

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from audits.sandbox import kernel

# fmt: off
_ALLOWED = (
    "access", "arch_prctl", "brk", "capget", "clock_getres", "clock_gettime", "clock_nanosleep",
    "close", "close_range", "dup", "dup2", "dup3", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_wait", "eventfd2", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64",
    "fdatasync", "fstat", "fstatfs", "fsync", "ftruncate", "futex", "get_robust_list", "getcpu",
    "getcwd", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getitimer", "getpgid",
    "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresuid",
    "getrlimit", "getrusage", "getsid", "gettid", "gettimeofday", "getuid", "lseek", "lstat",
    "madvise", "membarrier", "mincore", "mprotect", "mremap", "msync", "munmap",
    "nanosleep", "newfstatat", "pipe", "pipe2", "poll", "ppoll", "pread64", "preadv", "pselect6",
    "pwrite64", "pwritev", "read", "readlink", "readlinkat", "readv", "restart_syscall", "rseq",
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "sched_yield", "select", "set_robust_list",
    "set_tid_address", "setitimer", "sigaltstack", "stat", "statfs", "statx", "sysinfo", "time",
    "times", "uname", "write", "writev",
)
# fmt: on
_NOT_IMPLEMENTED = ("clone3", "openat2")

_CLONE_THREAD = 0x00010000
_ANY_NEW_NAMESPACE = 0x7E020080
_OPEN_TO_CHANGE = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC
_SHARED, _ANONYMOUS = 0x01, 0x20  # of mmap: together memory that RLIMIT_DATA does not count
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032, 1034)  # no F_SETOWN: it can send signals
_IOCTL_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)  # TCGETS, size, bytes to read, CLOEXEC
_PRCTL_OPTIONS = (3, 15, 16, 23, 39, 0x53564D41)  # names and questions, never PDEATHSIG

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_OFFSET_OF_ARCHITECTURE = 4
_OFFSET_OF_ARGUMENTS = 16

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_ERROR = 0x00050000

_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1


@dataclass(frozen=True)
class _Condition:
    """Allow when the low 32 bits of an argument, masked, are one of the values.

    Every argument judged here is an ``int`` for the kernel, whose upper half it never looks at,
    or, with ``mmap``, judged by bits of the lower half alone.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF


def _conditions() -> dict[str, _Condition]:
    own_pid = os.getpid()
    return {
        "open": _Condition(1, (0,), mask=_OPEN_TO_CHANGE),
        "openat": _Condition(2, (0,), mask=_OPEN_TO_CHANGE),
        "clone": _Condition(0, (_CLONE_THREAD,), mask=_CLONE_THREAD | _ANY_NEW_NAMESPACE),
        "mmap": _Condition(3, (0, _SHARED, _ANONYMOUS), mask=_SHARED | _ANONYMOUS),
        "fcntl": _Condition(1, _FCNTL_COMMANDS),
        "ioctl": _Condition(1, _IOCTL_COMMANDS),
        "prctl": _Condition(0, _PRCTL_OPTIONS),
        "kill": _Condition(0, (own_pid,)),
        "tgkill": _Condition(0, (own_pid,)),
        "prlimit64": _Condition(0, (0, own_pid)),
    }


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("<HBBI", code, then, otherwise, value)


def _judge(number: int, condition: _Condition) -> list[bytes]:
    body = [_step(_LOAD, _OFFSET_OF_ARGUMENTS + 8 * condition.argument)]
    if condition.mask != 0xFFFFFFFF:  # noqa: PLR2004 - the mask that changes nothing
        body.append(_step(_AND, condition.mask))
    for left, value in zip(range(len(condition.values), 0, -1), condition.values, strict=True):
        body.append(_step(_IF_EQUAL, value, then=left))
    body.append(_step(_RETURN, _ERROR | errno.EPERM))
    body.append(_step(_RETURN, _ALLOW))
    return [_step(_IF_EQUAL, number, otherwise=len(body)), *body]


def program() -> bytes:
    """Return the filter for this machine as BPF instructions."""
    numbers = kernel.machine_numbers()
    steps = [
        _step(_LOAD, _OFFSET_OF_ARCHITECTURE),
        _step(_IF_EQUAL, _ARCHITECTURES[platform.machine()], then=1),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, 0),
        _step(_IF_AT_LEAST, _X32_BIT, otherwise=1),
        _step(_RETURN, _KILL_PROCESS),
    ]
    for name in _ALLOWED:
        if name in numbers:
            steps += [_step(_IF_EQUAL, numbers[name], otherwise=1), _step(_RETURN, _ALLOW)]
    for name in _NOT_IMPLEMENTED:
        refuse = _step(_RETURN, _ERROR | errno.ENOSYS)
        steps += [_step(_IF_EQUAL, numbers[name], otherwise=1), refuse]
    for name, condition in _conditions().items():
        if name in numbers:
            steps += _judge(numbers[name], condition)
    steps.append(_step(_RETURN, _ERROR | errno.EPERM))
    return b"".join(steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def restrict() -> bool:
    """Install the filter for every thread; False where machine or kernel cannot."""
    if platform.machine() not in _ARCHITECTURES:
        return False
    steps = program()
    buffer = ctypes.create_string_buffer(steps, len(steps))
    holder = _Program(len(steps) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    try:
        kernel.system_call("seccomp", _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(holder))
    except OSError:
        return False
    return True
