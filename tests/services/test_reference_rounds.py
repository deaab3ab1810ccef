"""Blocks of references in several locked children at once: same numbers, nothing left behind."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audits import sandbox
from audits.sandbox import Limits, Outcome, Progress
from audits.services import reference_rounds
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
            limits=lambda: LIMITS,
            processes=2,
            should_cancel=should_cancel,
        )


def test_the_clock_is_that_of_all_steps_together(files: dict[str, int], others: set[int]) -> None:
    """Each of the steps alone would be in time."""
    limits = replace(LIMITS, wall_seconds=4.0)
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
    return {"seconds": 1.5, "stopped_because": None, "count": 8, "next_blocks": asked, **more}


def _outcome(result: dict[str, Any], blobs: dict[str, bytes] | None = None) -> Outcome:
    return Outcome(result=result, blobs=blobs or {}, layers=(), seconds=1.0, peak_memory_bytes=1)


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
        _step([], seconds="1"), _step([], seconds=-1.0), _step([], seconds=True),
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
