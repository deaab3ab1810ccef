"""`manage.py up` as a person starts it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from audits.servers.environment import PRODUCTION
from audits.servers.launched import plain_environment
from tests.servers.processes import ROOT, descendants, wait_until_gone
from tests.stack import LiveStack, pause

_PROGRAMS = ("beat", "postgres", "valkey", "web", "worker")
_DEADLINE_SECONDS = 60.0


def _status(address: str) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status
    finally:
        connection.close()


def _patiently(address: str) -> int:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        try:
            return _status(address)
        except OSError:
            if time.monotonic() > deadline:
                raise
            pause()


def _up(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=ROOT,
        env=plain_environment() | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_DEADLINE_SECONDS,
    )


def test_up_serves_recovers_and_ends_without_a_trace(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with LiveStack.started(state, log=tmp_path / "log") as stack:
        assert _status(stack.address) == 200
        log = (tmp_path / "log").read_text()
        assert f"once: {stack.address}accounts/set-up/" in log
        assert tuple(sorted(stack.programs())) == _PROGRAMS
        first = stack.kill("web")
        assert _patiently(stack.address) == 200
        assert stack.program_pid("web") != first
        shown = stack.manage("showmigrations", "--plan")
        assert (shown.returncode, "[ ]" in shown.stdout) == (0, False)
        everything = descendants(stack.process.pid)
        stack.process.send_signal(signal.SIGINT)
        assert stack.process.wait(_DEADLINE_SECONDS) == 0
    assert wait_until_gone(everything) == set()

    begun = time.monotonic()
    with LiveStack.started(state, log=tmp_path / "log") as stack:
        seconds = time.monotonic() - begun
        assert _status(stack.address) == 200
        # Ten seconds on a quiet machine; a second test worker takes its share here.
        assert seconds < float(os.environ.get("MIA_TEST_START_SECONDS", "30"))
        everything = descendants(stack.process.pid)
        assert len(everything) > len(_PROGRAMS)
        pids = stack.programs()
        stack.process.kill()
        for name in ("web", "worker"):
            os.kill(pids[name], signal.SIGKILL)
        stack.process.wait()
        assert wait_until_gone(everything) == set()


def test_up_refuses_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _up("--port", str(port), "--state", str(tmp_path / "state"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: port {port} cannot be used")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "MIA_ENCRYPTION_KEY"])
def test_up_refuses_a_production_environment_without(tmp_path: Path, missing: str) -> None:
    complete = dict.fromkeys(PRODUCTION, "x") | {
        "DATABASE_URL": "postgresql://mia_app@db/mia",
        "DATABASE_OWNER_URL": "postgresql://mia_owner@db/mia",
    }
    del complete[missing]
    state = tmp_path / "state"
    done = _up("--port", "0", "--state", str(state), **complete)
    assert done.returncode == 1
    assert f"lacks {missing};" in done.stderr
    assert not (state / "postgres").exists()
