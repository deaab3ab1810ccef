"""Starts supervisors as processes of their own and looks at what they leave behind."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audits.servers import lifeline
from audits.servers.launched import plain_environment
from audits.servers.programs import tethered
from audits.servers.state import StateFolder, read_json
from tests.stack import pause

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 40.0
READY = "mia      | ready"


def as_user(name: str) -> tuple[str, ...]:
    """Command prefix: "this" user, or a "plain" one without any of root's powers."""
    if name == "this" or os.geteuid() != 0:
        return ()
    unshare = shutil.which("unshare")
    assert unshare is not None
    return (unshare, "--user", "--map-user=1000", "--map-group=1000")


@dataclass
class Started:
    process: subprocess.Popen[str]
    lines: list[str]

    def read_until(self, wanted: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if wanted in line:
                return self.lines[-1]
        raise AssertionError(f"never said {wanted!r}:\n" + "\n".join(self.lines))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=DEADLINE_SECONDS)
        return self.process.wait()


@contextlib.contextmanager
def started(*command: str, user: str = "this") -> Iterator[Started]:
    process = subprocess.Popen(
        (*as_user(user), *tethered((sys.executable, *command), death_signal="TERM")),
        cwd=ROOT,
        env={**plain_environment(), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield Started(process, [])
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=DEADLINE_SECONDS)


@contextlib.contextmanager
def servers(state: Path, *, user: str = "this") -> Iterator[Started]:
    """PostgreSQL and Valkey on a state folder, ready."""
    with started("-m", "audits.servers", str(state), user=user) as running:
        running.read_until(READY)
        yield running


def environment_of(state: Path) -> dict[str, str]:
    return read_json(StateFolder(state).environment)


def program_pids(state: Path) -> dict[str, int]:
    programs = read_json(StateFolder(state).status)["programs"]
    return {name: pid for name, (pid, _) in programs.items()}


def descendants(pid: int) -> set[int]:
    found = set(lifeline.children_of(pid))
    for child in tuple(found):
        found |= descendants(child)
    return found


def wait_until_gone(pids: set[int]) -> set[int]:
    """Wait for processes to end; returns those that did not."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while pids and time.monotonic() < deadline:
        pids = {pid for pid in pids if lifeline.start_time(pid) is not None}
        pause()
    return pids
