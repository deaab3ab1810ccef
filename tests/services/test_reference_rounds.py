"""Blocks of references in several locked children at once: same numbers, nothing left behind."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audits import sandbox
from audits.reports import terminal
from audits.sandbox import Limits, Outcome, Progress
from audits.services import audit_clock, reference_rounds
from audits.services.audit_clock import Clock, Reserve
from tests.processes import children, running
from tests.services.material import csv, material

PARAMS: dict[str, Any] = {
    "target": "came", "drop": [], "group": None, "split": "random", "preset": "standard",
    "seed": 5,
}  # fmt: skip
LIMITS = Limits(memory_bytes=3 << 30, cpu_seconds=120, wall_seconds=120, threads=1)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[dict[str, int]]:
    given = material()
    content = {
        "model": given.model, "members": csv(given.members), "nonmembers": csv(given.nonmembers)
    }  # fmt: skip
    with ExitStack() as stack:
        found = {}
        for name, data in content.items():
            path = tmp_path / name
            path.write_bytes(data)
            found[name] = stack.enter_context(path.open("rb")).fileno()
        yield found


def without_times(document: dict[str, Any]) -> str:
    references = {**document["references"], "seconds": None}
    return json.dumps({**document, "timing": None, "references": references}, sort_keys=True)


def test_children_side_by_side_or_in_a_row_give_the_document_of_one(files: dict[str, int]) -> None:
    params = PARAMS | {"most_references": 8}
    alone = sandbox.run("audit", files=files, params=params, limits=LIMITS).result
    for processes in (1, 3):
        said: list[Progress] = []
        found = reference_rounds.audit(
            files=files, params=params, limits=LIMITS, processes=processes,
            on_progress=said.append,
        )  # fmt: skip
        assert without_times(found) == without_times(alone)
        steps = [one.step for one in said]
        assert steps == sorted(steps)
        assert (steps[0], steps[-1]) == (0, said[-1].total)
        assert len({one.total for one in said}) == 1
    assert alone["references"]["count"] == 8


@pytest.fixture
def others() -> set[int]:
    """Children of this process that were there before: servers of other tests."""
    return children(os.getpid())


def _two_children(others: set[int]) -> list[int]:
    """Return the two children that run at once, each started by this very process."""
    found, end = set[int](), time.monotonic() + 60
    while len(found) < 2:
        assert time.monotonic() < end, "two children never ran at once"
        found = running(children(os.getpid())) - others
    return sorted(found)


def _round(files: dict[str, int], should_cancel: Callable[[], bool]) -> None:
    with ExitStack() as stack:
        outcome = sandbox.run("prepare", files=files, params=PARAMS, limits=LIMITS)
        state = stack.enter_context(reference_rounds.memory_file(outcome.blobs["state"]))
        reference_rounds.run(
            [0, 1],
            files={**files, "prepared": state},
            params=PARAMS,
            clock=Clock(LIMITS, seconds=LIMITS.wall_seconds),
            processes=2,
            should_cancel=should_cancel,
        )


def test_the_clock_is_that_of_all_steps_together(files: dict[str, int], others: set[int]) -> None:
    """Each of the steps alone would be in time."""
    alone = sandbox.run("prepare", files=files, params=PARAMS, limits=LIMITS).seconds
    limits = replace(LIMITS, wall_seconds=1.5 * alone)
    with pytest.raises(sandbox.OutOfTime):
        reference_rounds.audit(
            files=files, params=PARAMS, limits=limits, processes=1, on_progress=lambda _: None
        )
    assert children(os.getpid()) <= others


def test_cancel_ends_every_child(files: dict[str, int], others: set[int]) -> None:
    seen: list[int] = []

    def should_cancel() -> bool:
        seen.extend(_two_children(others))
        return True

    with pytest.raises(sandbox.Cancelled):
        _round(files, should_cancel)
    assert len(set(seen)) == 2
    assert children(os.getpid()) <= others


def test_a_child_that_dies_ends_the_others_and_is_what_is_told(
    files: dict[str, int], others: set[int]
) -> None:
    killed: list[int] = []

    def should_cancel() -> bool:
        if not killed:
            killed.append(_two_children(others)[0])
            os.kill(killed[0], signal.SIGKILL)
        return False

    with pytest.raises((sandbox.OutOfMemory, sandbox.Crashed)):
        _round(files, should_cancel)
    assert killed
    assert children(os.getpid()) <= others


def _step(asked: object, **more: object) -> dict[str, Any]:
    return {"stopped_because": None, "count": 8, "next_blocks": asked, **more}


def _outcome(result: dict[str, Any], blobs: dict[str, bytes] | None = None) -> Outcome:
    return Outcome(result=result, blobs=blobs or {}, layers=(), seconds=1.0, peak_memory_bytes=1)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """All the time of an audit is for the verdict: one block is all there will be."""
    monkeypatch.setattr(audit_clock, "RESERVE", Reserve(verdict=1.0, next_round=2.0))


def test_time_that_ends_after_the_first_block_ends_with_a_verdict_on_it(
    hurried: None, files: dict[str, int], others: set[int]
) -> None:
    found = reference_rounds.audit(
        files=files, params=PARAMS, limits=LIMITS, processes=1, on_progress=lambda _: None
    )
    assert children(os.getpid()) <= others
    references = found["references"]
    assert (references["count"], references["stopped_because"]) == (4, "time")
    assert "stopped: time" in terminal.summary(found)
    params = PARAMS | {"time_budget_seconds": 0.001}
    alone = sandbox.run("audit", files=files, params=params, limits=LIMITS).result
    assert without_times(found) == without_times(alone)


def test_a_round_that_time_forbids_leaves_the_earlier_ones(files: dict[str, int]) -> None:
    """Each child could run for two minutes; the audit has used up what is for references."""
    with ExitStack() as stack:
        outcome = sandbox.run("prepare", files=files, params=PARAMS, limits=LIMITS)
        prepared = stack.enter_context(reference_rounds.memory_file(outcome.blobs["state"]))
        given = {**files, "prepared": prepared}
        first = _timed_round([0], given, spent=0.0)
        given["round_0"] = stack.enter_context(reference_rounds.memory_file(first.blobs["state"]))
        second = _timed_round([1], given, spent=100.0)
    assert (first.result["next_blocks"], first.result["count"]) == ([1], 4)
    assert second.result == {"stopped_because": "time", "count": 0, "next_blocks": []}


def _timed_round(blocks: list[int], files: dict[str, int], *, spent: float) -> Outcome:
    clock = Clock(LIMITS, seconds=120.0, spent=spent)
    return reference_rounds.run(blocks, files=files, params=PARAMS, clock=clock, processes=1)


def test_clock_keeps_a_share_for_the_verdict_and_bounds_each_child() -> None:
    clock = Clock(LIMITS, seconds=1000.0, spent=790.0)
    assert (clock.budget, clock.is_over()) == (800.0, False)
    assert clock.left() == replace(LIMITS, cpu_seconds=121)
    assert clock.needed(10.0) - clock.elapsed() == pytest.approx(20.0, abs=0.1)
    late = Clock(LIMITS, seconds=1000.0, spent=990.0)
    assert late.is_over()
    assert 9.0 < late.left().wall_seconds <= 10.0


def _ended(*errors: Exception | None) -> dict[Future[bytes], int]:
    """Blocks that ended so, in the order of their numbers."""
    found: dict[Future[bytes], int] = {}
    for index, error in enumerate(errors):
        one = Future[bytes]()
        if error is None:
            one.set_result(b"block")
        else:
            one.set_exception(error)
        found[one] = index
    return found


@pytest.mark.parametrize(
    ("errors", "earlier", "kept"),
    [
        ([None, sandbox.OutOfTime("late")], False, 1),
        ([sandbox.OutOfTime("late")], True, 0),
        ([sandbox.OutOfTime("late")], False, None),
        ([None, sandbox.Crashed("dead")], True, None),
    ],
)
def test_a_block_that_met_the_limit_of_its_child_is_left_out_if_there_are_others(
    errors: list[Exception | None], *, earlier: bool, kept: int | None
) -> None:
    running = _ended(*errors)
    told: list[str] = []

    def waited() -> int:
        reference_rounds._wait(
            running, lambda: False, told.append, is_over=lambda: False, earlier=earlier
        )
        return len(told)

    if kept is None:
        with pytest.raises((sandbox.OutOfTime, sandbox.Crashed)):
            waited()
    else:
        assert waited() == kept


TIME, CAP, MORE = _step([], stopped_because="time"), _step([], stopped_because="cap"), _step([1])


@pytest.mark.parametrize(("said", "is_over"), [(MORE, True), (_step("1"), True), (TIME, False)])
def test_a_step_that_does_not_keep_to_the_time_it_was_told_has_lied(
    said: dict[str, Any], *, is_over: bool
) -> None:
    with pytest.raises(sandbox.Crashed):
        reference_rounds._check_time(said, is_over=is_over)
    for truthful in (TIME if is_over else MORE, CAP):
        reference_rounds._check_time(truthful, is_over=is_over)


def test_the_seconds_of_a_step_are_those_of_its_caller() -> None:
    told = _outcome(_step([], seconds=10**9))
    assert reference_rounds.step_of(told)["seconds"] == told.seconds == 1.0


@pytest.mark.parametrize(
    ("asked", "blocks"),
    [
        ([[]], []),
        ([[0, 1]], [0, 1]),
        ([[0, 1], [2, 3]], [2, 3]),
        ([[0], [1], []], []),
    ],
)
def test_next_blocks_of_truthful_steps(asked: list[list[int]], blocks: list[int]) -> None:
    done = [reference_rounds.step_of(_outcome(_step(one))) for one in asked]
    assert reference_rounds.next_blocks(done, preset="standard") == blocks


@pytest.mark.parametrize(
    ("asked", "preset"),
    [([1], "deep"), ([0, 0], "deep"), ([0, 2], "deep"), (list(range(17)), "deep"), ([-1], "deep"),
     ([10**9], "deep"), (list(range(5)), "standard"), ([0], "quick")],
)  # fmt: skip
def test_next_blocks_that_do_not_follow_or_are_too_many_are_a_lie(
    asked: list[int], preset: str
) -> None:
    done = [reference_rounds.step_of(_outcome(_step(asked)))]
    with pytest.raises(sandbox.Crashed):
        reference_rounds.next_blocks(done, preset=preset)


@pytest.mark.parametrize(
    "said",
    [
        {}, _step("01"), _step([0.0]), _step([True]), _step({"0": 1}), _step([[]]),
        _step([], stopped_because="bored"), _step([], stopped_because=["cap"]),
        _step([], count=65), _step([], count=-1), _step([], count="8"), _step([0] * 10**5),
    ],
)  # fmt: skip
def test_a_step_that_says_something_else_is_not_believed(said: dict[str, Any]) -> None:
    with pytest.raises(sandbox.Crashed):
        reference_rounds.step_of(_outcome(said))


def test_of_what_a_step_says_only_the_known_is_kept() -> None:
    kept = reference_rounds.step_of(_outcome(_step([], padding="[]," * 1_000)))
    assert set(kept) == {"seconds", "stopped_because", "count", "next_blocks"}


def test_a_step_that_leaves_nothing_has_crashed() -> None:
    with pytest.raises(sandbox.Crashed):
        reference_rounds.state_of(_outcome(_step([]), {"other": b"x"}))
    assert reference_rounds.state_of(_outcome(_step([]), {"state": b"x"})) == b"x"
