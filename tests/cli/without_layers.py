"""Run a command under a filter that refuses namespaces, Landlock and seccomp: a strict container.

python without_layers.py COMMAND...
"""

import ctypes
import errno
import os
import platform
import struct
import sys

from audits.sandbox import kernel

_UNSHARE = {"x86_64": 272, "aarch64": 97}
_REFUSED = (
    "landlock_create_ruleset",
    "landlock_add_rule",
    "landlock_restrict_self",
    "seccomp",
)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def main() -> None:
    numbers = [kernel.machine_numbers()[name] for name in _REFUSED]
    steps = [struct.pack("<HBBI", 0x20, 0, 0, 0)]
    for number in (*numbers, _UNSHARE[platform.machine()]):
        steps.append(struct.pack("<HBBI", 0x15, 0, 1, number))
        steps.append(struct.pack("<HBBI", 0x06, 0, 0, 0x00050000 | errno.EPERM))
    steps.append(struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000))
    program = _Program(len(steps), b"".join(steps))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.system_call("seccomp", 1, 0, ctypes.byref(program))
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is the tests' own


if __name__ == "__main__":
    main()
