"""Audits outlive what happens to the processes that work on them, and are finished once."""

import os
import signal

from tests.processes import descendants, left_after, running
from tests.tasks.conftest import Portal, wait_for

_TRIES = 3
_GONE_SECONDS = 10.0


def _children(pid: int) -> set[int]:
    below = descendants(pid)
    return below - {one for child in below for one in descendants(child)}


def _locked_children(portal: Portal, client: int) -> set[int]:
    """Wait until a block of reference models is being trained; returns the processes that do it."""
    worker = portal.stack.program_pid("worker")
    found: set[int] = set()

    def met() -> bool:
        nonlocal found
        found = running(descendants(worker) - _children(worker))
        return ("references", "running", 1) in portal.units(client) and found != set()

    wait_for(met)
    return found


def test_a_killed_worker_loses_nothing_and_repeats_nothing(portal: Portal) -> None:
    asked = portal.act("ask-long")
    children = _locked_children(portal, asked["client"])
    everything = children | descendants(portal.stack.program_pid("worker"))
    killed = portal.stack.kill("worker")
    assert left_after(everything, seconds=_GONE_SECONDS) == set()
    assert portal.results(asked["client"]) == (0, 0)
    wait_for(lambda: portal.states(asked["client"]) != ["running"])
    assert portal.states(asked["client"]) == ["succeeded"]
    units = portal.units(asked["client"])
    assert [name for name, _, _ in units] == [
        "prepare", *["references"] * 2, "conclude",
    ]  # fmt: skip
    assert [attempts for _, _, attempts in units] == [1, 2, 1, 1]
    assert portal.results(asked["client"]) == (1, 1)
    assert portal.stack.program_pid("worker") != killed


def _cancelled(portal: Portal) -> tuple[dict[str, int], list[tuple[str, str, int]]]:
    """Cancel a long audit while a block is trained; returns what was asked and its rounds."""
    asked = portal.act("ask-long")
    children = _locked_children(portal, asked["client"])
    portal.act("cancel", asked["client"], asked["provider"], asked["audit"])
    assert left_after(children, seconds=_GONE_SECONDS) == set()
    wait_for(lambda: portal.states(asked["client"]) == ["cancelled"], seconds=_GONE_SECONDS)
    return asked, portal.units(asked["client"])[1:]


def test_cancel_ends_the_child_and_says_so(portal: Portal) -> None:
    worker = portal.stack.program_pid("worker")
    for _ in range(_TRIES):
        asked, (*rounds, last) = _cancelled(portal)
        # A block may be done in the moment before the word comes, and is then not cut off.
        if last != ("references", "succeeded", 1):
            break
    assert last == ("references", "cancelled", 1)
    assert set(rounds) <= {("references", "succeeded", 1)}
    assert portal.results(asked["client"]) == (0, 0)
    stored = portal.ask(
        "SELECT count(*) FROM audits_storedfile WHERE client_id = %s AND purpose = 'unit_output'",
        asked["client"],
    )
    assert stored == [(0,)]
    assert running({worker}) == {worker}


def test_a_message_delivered_again_does_nothing_again(portal: Portal) -> None:
    asked = portal.act("ask-short", 1)
    portal.act("deliver-again", asked["client"], asked["provider"])
    wait_for(lambda: portal.states(asked["client"]) == ["succeeded"])
    portal.act("deliver-again", asked["client"], asked["provider"])
    # The queue is served in order: once a later audit has ended, those messages were read.
    later = portal.act("ask-short", 1)
    wait_for(lambda: portal.states(later["client"]) == ["succeeded"])
    assert portal.units(asked["client"]) == [
        ("prepare", "succeeded", 1),
        ("conclude", "succeeded", 1),
    ]
    assert portal.results(asked["client"]) == (1, 1)


def test_work_outlives_a_broker_that_forgets(portal: Portal) -> None:
    count = 4
    worker = portal.stack.program_pid("worker")
    os.kill(worker, signal.SIGSTOP)  # so that messages wait in the broker
    try:
        asked = portal.act("ask-short", count)
        with portal.broker() as broker:
            waiting = broker.llen("mia")
            broker.flushall()
    finally:
        os.kill(worker, signal.SIGCONT)
    assert waiting >= count - 1  # one may have been handed to the worker's open question
    wait_for(lambda: portal.states(asked["client"]) == ["succeeded"] * count)
    assert portal.results(asked["client"]) == (count, count)
    assert {attempts for _, _, attempts in portal.units(asked["client"])} == {1}
