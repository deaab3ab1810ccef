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
from audits.sandbox import Limits, Progress
from audits.services import reference_rounds
from tests.processes import children, descendants, running
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


def test_two_and_three_children_give_the_document_of_one(files: dict[str, int]) -> None:
    alone = sandbox.run("audit", files=files, params=PARAMS, limits=LIMITS).result
    for processes in (2, 3):
        said: list[Progress] = []
        found = reference_rounds.audit(
            files=files, params=PARAMS, limits=LIMITS, processes=processes,
            on_progress=said.append,
        )  # fmt: skip
        assert without_times(found) == without_times(alone)
        steps = [one.step for one in said]
        assert steps == sorted(steps)
        assert (steps[0], steps[-1]) == (0, said[-1].total)
        assert len({one.total for one in said}) == 1
    assert alone["references"]["count"] >= 8


def _two_children() -> list[int]:
    """Return the two children that run at once, each started by this very process."""
    found, end = set[int](), time.monotonic() + 60
    while len(found) < 2:
        assert time.monotonic() < end, "two children never ran at once"
        found = running(children(os.getpid()))
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


def test_the_clock_is_that_of_all_steps_together(files: dict[str, int]) -> None:
    """Each of the steps alone would be in time."""
    limits = replace(LIMITS, wall_seconds=4.0)
    with pytest.raises(sandbox.OutOfTime):
        reference_rounds.audit(
            files=files, params=PARAMS, limits=limits, processes=1, on_progress=lambda _: None
        )
    assert descendants(os.getpid()) == set()


def test_cancel_ends_every_child(files: dict[str, int]) -> None:
    seen: list[int] = []

    def should_cancel() -> bool:
        seen.extend(_two_children())
        return True

    with pytest.raises(sandbox.Cancelled):
        _round(files, should_cancel)
    assert len(set(seen)) == 2
    assert descendants(os.getpid()) == set()


def test_a_child_that_dies_ends_the_others_and_is_what_is_told(files: dict[str, int]) -> None:
    killed: list[int] = []

    def should_cancel() -> bool:
        if not killed:
            killed.append(_two_children()[0])
            os.kill(killed[0], signal.SIGKILL)
        return False

    with pytest.raises((sandbox.OutOfMemory, sandbox.Crashed)):
        _round(files, should_cancel)
    assert killed
    assert descendants(os.getpid()) == set()


@pytest.mark.parametrize(
    ("done", "blocks"),
    [
        ([{"next_blocks": []}], []),
        ([{}], []),
        ([{"next_blocks": [0, 1]}], [0, 1]),
        ([{"next_blocks": [0, 1]}, {"next_blocks": [2, 3]}], [2, 3]),
        ([{"next_blocks": [0]}, {"next_blocks": [1]}, {"next_blocks": []}], []),
    ],
)
def test_next_blocks_of_truthful_steps(done: list[dict[str, Any]], blocks: list[int]) -> None:
    assert reference_rounds.next_blocks(done) == blocks


@pytest.mark.parametrize(
    "asked", [[1], [0, 0], [0, 2], list(range(17)), [-1], "01", [0.0], [True], [10**9], {"0": 1}]
)
def test_next_blocks_that_do_not_follow_are_a_defect_of_the_child(asked: object) -> None:
    with pytest.raises(sandbox.Crashed):
        reference_rounds.next_blocks([{"next_blocks": asked}])
