"""The whole portal, started as a person starts it, for tests from outside."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from audits.servers.programs import tethered

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 120.0
_STOP_SECONDS = 40.0
# A test run's own variables must not turn the stack into a production installation.
_NOT_PASSED_ON = frozenset(
    {"DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "CACHE_URL", "STORAGE_URL", "SECRET_KEY"}
    | {"MIA_ENCRYPTION_KEY", "MIA_STATE_DIR", "DJANGO_SETTINGS_MODULE", "EMAIL_URL", "DEBUG"}
)


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}


@dataclass
class LiveStack:
    process: subprocess.Popen[bytes]
    state: Path
    log: Path

    @classmethod
    @contextlib.contextmanager
    def started(cls, state: Path) -> Iterator[Self]:
        """Start `manage.py up` on any free port, wait until it answers, stop it at the end."""
        log = state.with_name(state.name + ".log")
        command = (sys.executable, "manage.py", "up", "--port", "0", "--state", str(state))
        with log.open("wb") as out:
            process = subprocess.Popen(
                tethered(command, death_signal="TERM"),
                cwd=_ROOT,
                env=plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stack = cls(process, state, log)
        try:
            stack.wait_for_address()
            yield stack
        finally:
            stack.stop()

    @property
    def address(self) -> str:
        return str(self._status().get("address", ""))

    def program_pid(self, name: str) -> int:
        """Process id of web, worker, beat, postgres or valkey."""
        return int(self._status()["programs"][name][0])

    def kill(self, name: str) -> int:
        """SIGKILL one program's parent process, as the kernel would when memory runs out."""
        pid = self.program_pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py beside the running portal."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=_ROOT,
            env={**plain_environment(), "MIA_STATE_DIR": str(self.state)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def wait_for_address(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.address:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"the portal did not start:\n{said[-6000:]}")
            pause()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _status(self) -> dict[str, Any]:
        try:
            value: dict[str, Any] = json.loads(
                (self.state / "status.json").read_text(encoding="utf-8")
            )
        except FileNotFoundError:
            return {}
        return value


def pause() -> None:
    """Give other processes a moment between two looks."""
    with selectors.DefaultSelector() as nothing:
        nothing.select(0.05)
