"""A portal started as a process of its own, as a person starts it: for the demo and for tests."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from audits.servers.application import project_folder
from audits.servers.environment import PRODUCTION
from audits.servers.errors import ServerError
from audits.servers.programs import tethered
from audits.servers.state import StateFolder, read_json

# One that dies is noticed at once: this is for machines that are busy with something else.
_START_SECONDS = 300.0
_STOP_SECONDS = 40.0
_POLL_SECONDS = 0.05
# Whatever the caller runs on, the launched portal brings its own servers.
_NOT_PASSED_ON = frozenset(
    {*PRODUCTION, "CACHE_URL", "MIA_STATE_DIR", "MIA_EMBEDDED", "DJANGO_SETTINGS_MODULE"}
    | {"EMAIL_URL", "DEBUG"}
)


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}


@dataclass
class Launched:
    process: subprocess.Popen[bytes]
    state: StateFolder

    @classmethod
    @contextlib.contextmanager
    def started(
        cls,
        state: Path,
        *,
        port: int = 0,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[Self]:
        """Start `manage.py up`, wait until it answers, stop it at the end."""
        command = (sys.executable, "manage.py", "up", f"--port={port}", f"--state={state}")
        with contextlib.ExitStack() as stack:
            out: IO[bytes] | None = stack.enter_context(log.open("wb")) if log else None
            process = subprocess.Popen(  # noqa: S603 - our own command
                tethered(command, death_signal="TERM"),
                cwd=project_folder(),
                env={**plain_environment(), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                start_new_session=True,
            )
            portal = cls(process, StateFolder(state.absolute()))
            stack.callback(portal.stop)
            portal.wait_for_address(log)
            yield portal

    @property
    def address(self) -> str:
        return str(self._status().get("address", ""))

    def programs(self) -> dict[str, int]:
        """Name and process id of everything that runs now."""
        return {name: int(pid) for name, (pid, _) in self._status()["programs"].items()}

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py beside the running portal."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", *arguments],
            cwd=project_folder(),
            env={**plain_environment(), "MIA_STATE_DIR": str(self.state.root)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def wait_for_address(self, log: Path | None) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.address:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-6000:] if log else ""
                raise ServerError(f"the portal did not start\n{said}".rstrip())
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _status(self) -> dict[str, Any]:
        # Another start's note may still lie there: only our own process's counts.
        found = read_json(self.state.status)
        return found if found.get("pid") == self.process.pid else {}
