"""Run every probe under every combination the tests ask about; print JSON. Run as any user."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from audits.sandbox import Crashed, Limits, SandboxError
from audits.sandbox.landlock import abi
from audits.sandbox.runner import run_entry
from audits.sandbox.values import Entry
from tests.sandbox.programs.probes import PROBES, covers

Params = dict[str, Any]
Seen = dict[str, Any]

_ENTRY = Entry(target="probe_entries:attempt", folder=str(Path(__file__).parent))
_LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=1, wall_seconds=30, open_files=64)
_SECRET = "MIA_PROBE_SECRET"
# Yama lets a process be traced by strangers only when it says so itself.
_VICTIM = (
    "import ctypes, sys; ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0);"
    "print('ready', flush=True); sys.stdin.read()"
)


def _outcome(probe: str, params: Params, switched_off: Iterable[str]) -> Seen:
    try:
        said = run_entry(
            _ENTRY,
            files={},
            params={**params, "action": probe},
            limits=_LIMITS,
            switched_off=frozenset({*switched_off, "refusal"}),
        )
    except SandboxError as error:
        if getattr(error, "exit_code", None) == 42:  # the shell that was executed says so
            return {"allowed": True, "error": "", "layers": []}
        if isinstance(error, Crashed):
            raise AssertionError(f"{probe}: {error.detail}") from error  # noqa: TRY004 - no wrong type
        return {"allowed": False, "error": type(error).__name__, "layers": []}
    return {**said.result, "layers": list(said.layers)}


def _observe(probe: str, params: Params) -> dict[str, Seen]:
    layers = covers(probe, landlock_abi=abi(), as_root=os.getuid() == 0)
    seen = {"all on": _outcome(probe, params, ())}
    for kept in layers:
        off = frozenset().union(*layers) - kept
        seen[f"only {'+'.join(sorted(kept))}"] = _outcome(probe, params, off)
    seen["all off"] = _outcome(probe, params, frozenset().union(*layers))
    return seen


def main() -> None:
    os.environ[_SECRET] = "do not tell"
    victim = subprocess.Popen(
        [sys.executable, "-c", _VICTIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert victim.stdout is not None
    victim.stdout.readline()
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0mia-probe-{os.getpid()}")
        abstract.listen(64)
        host_file, victim_file = Path(folder, "host"), Path(folder, "victim")
        host_file.write_text("private")
        victim_file.write_text("whole")
        params = {
            "host_file": str(host_file),
            "victim_file": str(victim_file),
            "folder": folder,
            "port": server.getsockname()[1],
            "abstract": f"mia-probe-{os.getpid()}",
            "victim_pid": victim.pid,
            "runner_pid": os.getpid(),
            "secret_name": _SECRET,
        }
        seen = {probe: _observe(probe, params) for probe in PROBES}
    victim.communicate()
    print(json.dumps({"uid": os.getuid(), "landlock_abi": abi(), "seen": seen}))  # noqa: T201 - the tests read it


if __name__ == "__main__":
    main()
