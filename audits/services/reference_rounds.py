"""A round of reference blocks: several locked children at once, one block each, then a decision.

It needs no framework: the command line and the portal run the same rounds, and both may use as
many children as they like, because a block is fixed by the plan and its number alone.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import Any

from audits import sandbox
from audits.sandbox import Limits, Outcome, Progress

_LOOK_SECONDS = 0.2
_MOST_BLOCKS = 16  # 64 references in blocks of four


def next_blocks(done: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the blocks that the last step asks for, if a truthful step can ask for them.

    Parameters
    ----------
    done
        Results of all steps so far, each with its ``next_blocks``.

    Raises
    ------
    sandbox.Crashed
        They do not follow the earlier ones: the child did not tell the truth.
    """
    trained = 0
    for earlier in done[:-1]:
        trained += len(_numbers(earlier))
    asked = _numbers(done[-1])
    expected = list(range(trained, trained + len(asked)))
    if asked != expected or trained + len(asked) > _MOST_BLOCKS:
        raise sandbox.Crashed("a step asked for references that do not follow the earlier ones")
    return asked


def _numbers(step: Mapping[str, Any]) -> list[int]:
    asked = step.get("next_blocks", [])
    if not isinstance(asked, list) or not all(type(number) is int for number in asked):
        raise sandbox.Crashed("a step asked for references that are no numbers")
    return asked


def audit(
    *,
    files: Mapping[str, int],
    params: Mapping[str, Any],
    limits: Limits,
    processes: int,
    on_progress: Callable[[Progress], None],
) -> dict[str, Any]:
    """Run a whole audit step by step and return its result document.

    The same document, but for its timings, as that of the audit in a single child.

    Raises
    ------
    sandbox.SandboxError
        A step failed; no child is left.
    """
    with ExitStack() as stack:
        given = dict(files)
        outcome = sandbox.run(
            "prepare", files=given, params=params, limits=limits, on_progress=on_progress
        )
        given["prepared"] = stack.enter_context(memory_file(outcome.blobs["state"]))
        done = [outcome.result]
        while blocks := next_blocks(done):
            name = f"Reference models, blocks {blocks[0] + 1} to {blocks[-1] + 1}"
            on_progress(Progress(blocks[0], _MOST_BLOCKS, name))
            outcome = run(blocks, files=given, params=params, limits=limits, processes=processes)
            given[f"round_{len(done) - 1}"] = stack.enter_context(
                memory_file(outcome.blobs["state"])
            )
            done.append(outcome.result)
        last = {**params, "steps": done}
        return sandbox.run("conclude", files=given, params=last, limits=limits).result


def run(
    blocks: Sequence[int],
    *,
    files: Mapping[str, int],
    params: Mapping[str, Any],
    limits: Limits,
    processes: int,
    should_cancel: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train these blocks and weigh them together with the earlier rounds.

    Parameters
    ----------
    blocks
        Numbers, >= 1 of them.
    files
        Inputs, ``prepared`` and ``round_<n>`` of earlier rounds, as open descriptors.
    params
        Of the audit.
    limits
        Of each child.
    processes
        Children at once, >= 1. Changes no number of the result.
    should_cancel
        Asked in this thread alone; true ends every child.

    Returns
    -------
    Outcome
        Of the entry ``decide``: its blob ``state`` is the round.

    Raises
    ------
    sandbox.SandboxError
        Of the first child that failed; no child is left whatever is raised.
    """
    alone = {name: fd for name, fd in files.items() if not name.startswith("round_")}

    def train(index: int) -> Outcome:
        return sandbox.run(
            "reference_block",
            files=alone,
            params={**params, "block": index},
            limits=limits,
            should_cancel=stop.is_set,
        )

    stop = threading.Event()
    with ThreadPoolExecutor(max(1, min(processes, len(blocks)))) as pool:
        try:
            running = [pool.submit(train, index) for index in blocks]
            _wait(running, should_cancel)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    made = {f"block_{i}": one.result() for i, one in zip(blocks, running, strict=True)}
    weighed = {name: fd for name, fd in files.items() if name not in alone}
    weighed["prepared"] = files["prepared"]
    with ExitStack() as stack:
        for name, outcome in made.items():
            weighed[name] = stack.enter_context(memory_file(outcome.blobs["state"]))
        return sandbox.run(
            "decide", files=weighed, params=params, limits=limits, should_cancel=should_cancel
        )


def _wait(running: list[Future[Outcome]], should_cancel: Callable[[], bool]) -> None:
    """Wait for all; one that fails, or a cancel, ends the others.

    Raises
    ------
    sandbox.SandboxError
        The failure, not what it did to the others.
    """
    pending = set(running)
    while pending:
        done, pending = wait(pending, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for one in done:
            one.result()
        if should_cancel():
            raise sandbox.Cancelled("cancelled")


@contextmanager
def memory_file(data: bytes) -> Iterator[int]:
    """Give a descriptor of a file in memory with these bytes."""
    descriptor = os.memfd_create("block", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield descriptor
    finally:
        os.close(descriptor)
