"""The supervisor itself, in a process of its own: it adopts and ends every stray child."""

import signal
from pathlib import Path

import pytest

from audits.servers import lifeline
from tests.servers.processes import started, wait_until_gone

_SUPERVISE = str(Path(__file__).parent / "programs" / "supervise.py")
_STRAY = "(setsid sleep 1000 & echo stray $!); exec sleep 1000"


def _stray_pid(line: str) -> int:
    return int(line.rpartition(" ")[2])


def test_supervisor_ends_children_that_left_their_family(tmp_path: Path) -> None:
    with started(_SUPERVISE, "5", "sh", "-c", _STRAY) as running:
        stray = _stray_pid(running.read_until("stray"))
        assert running.end() == 0
    assert wait_until_gone({stray}) == set()


def test_supervisor_starts_a_crashed_program_again() -> None:
    with started(_SUPERVISE, "5", "sh", "-c", "echo hello; exit 3") as running:
        running.read_until("thing    | hello")
        said = running.read_until("ended")
        assert said == "mia      | thing ended (status 3); starting it again in 0.5 s"
        running.read_until("thing    | hello")
        said = running.read_until("ended")
        assert said == "mia      | thing ended (status 3); starting it again in 1.0 s"
        assert running.end() == 0


def test_program_that_ignores_the_request_is_killed() -> None:
    stubborn = "trap '' TERM; echo pid $$; while :; do sleep 1000; done"
    with started(_SUPERVISE, "0.3", "sh", "-c", stubborn) as running:
        pid = _stray_pid(running.read_until("pid"))
        assert running.end() == 0
    assert wait_until_gone({pid}) == set()


def test_second_wish_to_stop_does_not_wait() -> None:
    stubborn = "trap 'echo asked' TERM; echo pid $$; while :; do sleep 1000; done"
    with started(_SUPERVISE, "1000", "sh", "-c", stubborn) as running:
        pid = _stray_pid(running.read_until("pid"))
        running.process.send_signal(signal.SIGINT)
        assert lifeline.start_time(pid) is not None
        running.process.send_signal(signal.SIGTERM)
        assert running.end(signal.SIGTERM) == 0
    assert wait_until_gone({pid}) == set()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_program_ends_with_a_supervisor_that_dies(number: signal.Signals) -> None:
    with started(_SUPERVISE, "5", "sh", "-c", "echo pid $$; exec sleep 1000") as running:
        pid = _stray_pid(running.read_until("pid"))
        assert running.end(number) == -number
    assert wait_until_gone({pid}) == set()
