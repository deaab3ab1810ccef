"""A call ends in exactly one of the ways its caller can tell apart, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audits import sandbox
from audits.sandbox import Limits, Outcome, Progress
from audits.sandbox.entries import ENTRIES
from audits.sandbox.layers import ISOLATING
from audits.sandbox.runner import run_entry
from audits.sandbox.values import Entry
from tests.processes import children, descendants, left_after

PROGRAMS = Path(__file__).parent / "programs"
SMALL = Limits(memory_bytes=512 << 20, cpu_seconds=20, wall_seconds=20)


def call(
    name: str,
    *,
    limits: Limits = SMALL,
    preload: tuple[str, ...] = (),
    files: dict[str, int] | None = None,
    params: dict[str, Any] | None = None,
    **watched: Callable[..., Any],
) -> Outcome:
    return run_entry(
        Entry(target=f"call_entries:{name}", folder=str(PROGRAMS), preload=preload),
        files=files or {},
        params=params or {},
        limits=limits,
        on_progress=watched.get("on_progress"),
        should_cancel=watched.get("should_cancel"),
    )


def own_children() -> set[int]:
    return children(os.getpid())


def open_descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """After every call, however it ended: no process and no descriptor more than before."""
    children, descriptors = own_children(), open_descriptors()
    yield
    assert own_children() - children == set()  # one from before may have ended meanwhile
    assert open_descriptors() == descriptors


def test_call_brings_back_json_and_blobs(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("from a file")
    with (tmp_path / "a").open("rb") as file:
        file.read()
        outcome = call("echo", files={"a": file.fileno()}, params={"x": [1, None, "é"]})
        assert file.tell() == 11
    assert outcome.result == {"params": {"x": [1, None, "é"]}, "files": {"a": "from a file"}}
    assert outcome.blobs == {"doubled": b"abab", "empty": b""}
    assert 1 << 20 < outcome.peak_memory_bytes < 512 << 20
    assert 0 < outcome.seconds < 20


def test_call_reports_the_layers_it_ran_under() -> None:
    layers = call("echo").layers
    assert ISOLATING.intersection(layers) != set()
    assert {"environment", "rlimits", "capabilities", "no_new_privs"} <= set(layers)


def test_start_is_quick() -> None:
    light = Entry(target="probe_entries:attempt", folder=str(PROGRAMS))
    params = {"action": "read_secret", "secret_name": "PATH"}
    taken = [run_entry(light, files={}, params=params, limits=SMALL).seconds for _ in range(5)]
    assert min(taken) < 0.4


def test_child_holds_only_the_named_descriptors(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    secret = os.open(tmp_path / "secret", os.O_RDONLY)
    os.set_inheritable(secret, True)
    try:
        without = call("descriptors").result["held"]
        with_one = call("descriptors", files={"folder": secret}).result["held"]
    finally:
        os.close(secret)
    assert len(with_one) == len(without) + 1
    # 0, 1, 2, the answer, the progress and one of our own for the kernel's process files
    assert len(without) <= 6


def test_child_knows_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "never")
    names = call("environment").result["names"]
    assert "SECRET_KEY" not in names
    assert "ORT_DISABLE_TELEMETRY" in names


def test_refused_input_keeps_its_three_parts() -> None:
    with pytest.raises(sandbox.Refused) as refused:
        call("refuse")
    said = refused.value
    assert (said.subject, said.problem, said.remedy) == (
        "target",
        "there is no column 'x'",
        "name another",
    )


def test_refusal_of_any_length_is_cut() -> None:
    with pytest.raises(sandbox.Refused) as refused:
        call("refuse_at_length")
    assert refused.value.problem == "x" * 1000 + "…"


def test_progress_arrives_in_order() -> None:
    heard: list[Progress] = []
    call("steps", on_progress=heard.append)
    assert heard == [Progress(1, 3, "step 1"), Progress(2, 3, "step 2"), Progress(3, 3, "step 3")]


def test_memory_overrun_is_told() -> None:
    with pytest.raises(sandbox.OutOfMemory, match=r"0\.5 GiB"):
        call("exhaust_memory")


def test_processor_overrun_is_told() -> None:
    with pytest.raises(sandbox.OutOfTime, match="processor"):
        call("burn", limits=Limits(cpu_seconds=1, wall_seconds=20))


def test_wall_clock_overrun_is_told() -> None:
    started = time.monotonic()
    with pytest.raises(sandbox.OutOfTime, match=r"0\.3 seconds"):
        call("sleep", limits=Limits(wall_seconds=0.3))
    assert time.monotonic() - started < 5


def test_cancel_ends_the_child_at_once() -> None:
    asked = threading.Event()
    with pytest.raises(sandbox.Cancelled):
        call(
            "sleep_after_a_step",
            on_progress=lambda _progress: asked.set(),
            should_cancel=asked.is_set,
        )


def test_error_in_the_callback_ends_the_child() -> None:
    def fail(_progress: Progress) -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        call("sleep_after_a_step", on_progress=fail)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("fault", "SIGSEGV"),
        ("raise_error", "LookupError"),
        ("leave", "ended with 5"),
        ("leave_as_if_by_no_signal", "died by signal 100"),
        ("answer_too_much", "larger than 1,048,576 bytes"),
        ("answer_with_nan", "ended with 1"),
    ],
)
def test_crash_is_told(entry: str, told: str) -> None:
    limits = Limits(memory_bytes=1 << 30, result_bytes=1 << 20)
    with pytest.raises(sandbox.Crashed, match=told):
        call(entry, limits=limits)


def test_abort_is_a_crash() -> None:
    with pytest.raises(sandbox.Crashed):
        call("abort")


def test_threads_are_allowed_inside() -> None:
    assert call("start_thread").result == {"heard": ["from a thread"]}


def test_thread_from_before_the_locks_is_refused() -> None:
    with pytest.raises(sandbox.Crashed) as crashed:
        call("echo", preload=("thread_at_import",))
    assert "before the locks closed" in crashed.value.detail


def test_scikit_learn_fits_with_threads_inside() -> None:
    limits = Limits(memory_bytes=2 << 30)
    outcome = call("fit_with_threads", limits=limits, preload=("joblib",))
    assert outcome.result == {"score": 1.0}


def test_nothing_runs_without_an_isolating_layer() -> None:
    with pytest.raises(sandbox.Unavailable):
        run_entry(
            Entry(target="call_entries:echo", folder=str(PROGRAMS)),
            files={},
            params={},
            limits=SMALL,
            switched_off=ISOLATING,
        )


def test_unknown_entry_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        sandbox.run("os:system", files={}, params={}, limits=SMALL)


def test_entry_table_names_our_own_package_alone() -> None:
    assert {entry.target.split(".")[0] for entry in ENTRIES.values()} == {"audits"}
    assert {entry.folder for entry in ENTRIES.values()} == {None}


def test_child_dies_with_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "die_while_running.py")],
        env={"PYTHONPATH": str(PROGRAMS.parents[2])},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"running\n"
    children = descendants(parent.pid)
    assert children != set()
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert left_after(children, seconds=5) == set()


def test_peak_memory_is_the_childs_own_whatever_the_callers_size() -> None:
    held = bytearray(600 << 20)
    held[::4096] = b"x" * len(held[::4096])  # touched: the kernel counts it for this process
    assert call("echo").peak_memory_bytes < 300 << 20
    with pytest.raises(sandbox.Crashed):
        call("abort")
    assert len(held) == 600 << 20
