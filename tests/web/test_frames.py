"""Requests find room for their frames: the system is not asked for a piece with each call."""

import resource
import threading
from collections.abc import Callable

from audits.web.frames import with_room

DEPTHS, CALLS = 300, 50


def _leaf(value: int) -> int:
    return value


def _down(depth: int) -> None:
    """Call something again and again from so many calls down, as the rows of a page do."""
    if depth:
        _down(depth - 1)
        return
    for value in range(CALLS):
        _leaf(value)


def _everywhere() -> None:
    for depth in range(DEPTHS):
        _down(depth)


def _faults_of(work: Callable[[], object]) -> int:
    """How often the system had to find memory for a thread of its own that does this."""
    counted: list[int] = []

    def measured() -> None:
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        work()
        counted.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

    thread = threading.Thread(target=measured)
    thread.start()
    thread.join()
    return counted[0]


def test_deep_calls_ask_the_system_for_memory_once() -> None:
    assert _faults_of(_everywhere) > 2 * CALLS
    assert _faults_of(with_room(_everywhere)) < CALLS


def test_what_is_given_and_what_comes_back_pass_through() -> None:
    assert with_room(lambda *given: given)(1, "two") == (1, "two")
