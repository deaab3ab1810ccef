"""Landlock: read the interpreter and its libraries, write nothing, reach nobody."""

import ctypes
import os
from collections.abc import Iterable

from audits.sandbox import kernel

_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_ALL_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_FROM_ABI = 4
_ALL_TCP_RIGHTS = 0b11
_SCOPE_FROM_ABI = 6
_ALL_SCOPES = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi() -> int:
    """Return the version this kernel speaks, 0 where it has none or it is switched off."""
    try:
        return kernel.system_call("landlock_create_ruleset", None, 0, _CREATE_RULESET_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str]) -> bool:
    """Close the file system (and TCP, signals, abstract sockets) but for reading ``readable``."""
    version = abi()
    if version == 0:
        return False
    rights = _ALL_FILE_RIGHTS[max(known for known in _ALL_FILE_RIGHTS if known <= version)]
    ruleset = _Ruleset(handled_access_fs=rights)
    size = 8
    if version >= _NETWORK_FROM_ABI:
        ruleset.handled_access_net = _ALL_TCP_RIGHTS
        size = 16
    if version >= _SCOPE_FROM_ABI:
        ruleset.scoped = _ALL_SCOPES
        size = 24
    descriptor = kernel.system_call("landlock_create_ruleset", ctypes.byref(ruleset), size, 0)
    try:
        for path in readable:
            _allow_reading(descriptor, path)
        kernel.system_call("landlock_restrict_self", descriptor, 0)
    finally:
        os.close(descriptor)
    return True


def _allow_reading(ruleset: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    try:
        rights = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)  # noqa: PTH112 - no pathlib here: start-up time
        rule = _PathBeneath(allowed_access=rights, parent_fd=descriptor)
        kernel.system_call("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        # A rule is tied to an inode; a process file keeps its own only while it is held open.
        if not path.startswith("/proc/self/"):
            os.close(descriptor)
