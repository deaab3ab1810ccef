"""What hostile code would try, each as an entry of the locked child."""

import ctypes
import mmap
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audits.sandbox.values import Call, Reply

Params = dict[str, Any]

_GIBIBYTE = 1 << 30
_libc = ctypes.CDLL(None, use_errno=True)
_PTRACE_ATTACH = 16
_PTRACE_DETACH = 17


def attempt(call: Call) -> Reply:
    """Try the action named in the parameters; say whether it worked."""
    action = _ACTIONS[call.params["action"]]
    try:
        action(dict(call.params))
    except (OSError, MemoryError) as error:
        return Reply({"allowed": False, "error": f"{type(error).__name__}: {error}"})
    return Reply({"allowed": True, "error": ""})


def _read_host_file(params: Params) -> None:
    Path(params["host_file"]).read_text()


def _list_host_folder(params: Params) -> None:
    list(Path(params["folder"]).iterdir())


def _write_file(params: Params) -> None:
    Path(params["folder"], f"written-{os.getpid()}-{time.monotonic_ns()}").write_text("x")


def _truncate_host_file(params: Params) -> None:
    os.close(os.open(params["victim_file"], os.O_RDONLY | os.O_TRUNC))


def _connect(params: Params) -> None:
    with socket.create_connection(("127.0.0.1", params["port"]), timeout=5):
        pass


def _connect_abstract(params: Params) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + params["abstract"])


def _execute(_params: Params) -> None:
    os.execv("/bin/sh", ["/bin/sh", "-c", "exit 42"])  # noqa: S606 - what hostile code would do


def _fork(_params: Params) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _trace(params: Params) -> None:
    if _libc.ptrace(_PTRACE_ATTACH, params["victim_pid"], None, None) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(params["victim_pid"], 0x40000000)  # __WALL
    _libc.ptrace(_PTRACE_DETACH, params["victim_pid"], None, None)


def _signal_another(params: Params) -> None:
    os.kill(params["victim_pid"], signal.SIGCONT)


def _kill_parent(params: Params) -> None:
    os.kill(params["runner_pid"], 0)


def _allocate(_params: Params) -> None:
    mmap.mmap(-1, 8 * _GIBIBYTE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()


def _map_shared(_params: Params) -> None:
    mmap.mmap(-1, 16 * _GIBIBYTE).close()


def _hide_memory(_params: Params) -> None:
    mmap.mmap(-1, 2 * _GIBIBYTE).close()  # above the limit, below that of addresses


def _burn_processor(_params: Params) -> None:
    while time.process_time() < 2.5:
        pass


def _open_many(_params: Params) -> None:
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(300)]
    for descriptor in opened:
        os.close(descriptor)


def _read_secret(params: Params) -> None:
    if params["secret_name"] not in os.environ:
        raise PermissionError("not in the environment")


def _read_parent_environment(params: Params) -> None:
    Path(f"/proc/{params['runner_pid']}/environ").read_bytes()


def _make_memory_file(_params: Params) -> None:
    os.close(os.memfd_create("hidden"))


def _forget_parent(_params: Params) -> None:
    if _libc.prctl(1, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _leave_session(_params: Params) -> None:
    os.setpgid(0, 0)


def _new_user_namespace(_params: Params) -> None:
    if _libc.unshare(0x10000000) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


_ACTIONS: dict[str, Callable[[Params], None]] = {
    "read_host_file": _read_host_file,
    "list_host_folder": _list_host_folder,
    "write_file": _write_file,
    "truncate_host_file": _truncate_host_file,
    "connect": _connect,
    "connect_abstract": _connect_abstract,
    "execute": _execute,
    "fork": _fork,
    "trace": _trace,
    "signal_another": _signal_another,
    "kill_parent": _kill_parent,
    "allocate": _allocate,
    "map_shared": _map_shared,
    "hide_memory": _hide_memory,
    "burn_processor": _burn_processor,
    "open_many": _open_many,
    "read_secret": _read_secret,
    "read_parent_environment": _read_parent_environment,
    "make_memory_file": _make_memory_file,
    "forget_parent": _forget_parent,
    "leave_session": _leave_session,
    "new_user_namespace": _new_user_namespace,
}
