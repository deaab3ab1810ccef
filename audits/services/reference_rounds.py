"""A round of reference blocks: several locked children at once, one block each, then a decision.

It needs no framework: the command line and the portal run the same rounds, and both may use as
many children as they like, because a block is fixed by the plan and its number alone.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from audits import sandbox
from audits.engine import steps
from audits.engine.types import REFERENCE_CAP, SMALLEST_BLOCK, StoppedBecause
from audits.sandbox import Limits, Outcome, Progress
from audits.services.audit_clock import Clock

_LOOK_SECONDS = 0.2
_LEAST_ANSWER = 1 << 20


def next_blocks(done: Sequence[Mapping[str, Any]], *, preset: str) -> list[int]:
    """Return the blocks that the last step asks for, if a truthful step can ask for them.

    Parameters
    ----------
    done
        What `step_of` kept of all steps so far.
    preset
        Of the audit; it bounds how many there are in all.

    Raises
    ------
    sandbox.Crashed
        They do not follow the earlier ones: the child did not tell the truth.
    """
    trained = sum(len(earlier["next_blocks"]) for earlier in done[:-1])
    asked: list[int] = done[-1]["next_blocks"]
    expected = list(range(trained, trained + len(asked)))
    if asked != expected or trained + len(asked) > REFERENCE_CAP[preset] // SMALLEST_BLOCK:
        raise sandbox.Crashed("a step asked for references that do not follow the earlier ones")
    return asked


def step_of(outcome: Outcome) -> dict[str, Any]:
    """Return what a step said, in the few fields that later steps need; nothing else is kept.

    Its seconds are those that the caller counted.

    Raises
    ------
    sandbox.Crashed
        A field is missing or of another kind: the child did not tell the truth.
    """
    said = outcome.result
    reason, count = said.get("stopped_because"), said.get("count", 0)
    asked = said.get("next_blocks")
    truthful = (
        (reason is None or reason in get_args(StoppedBecause))
        and type(count) is int
        and 0 <= count <= max(REFERENCE_CAP.values())
        and isinstance(asked, list)
        and len(asked) <= max(REFERENCE_CAP.values())
        and all(type(number) is int for number in asked)
    )
    if not truthful:
        raise sandbox.Crashed("a step did not say what a step says")
    return {
        "seconds": outcome.seconds, "stopped_because": reason, "count": count,
        "next_blocks": asked,
    }  # fmt: skip


def state_of(outcome: Outcome) -> bytes:
    """Return what a step left for the next ones.

    Raises
    ------
    sandbox.Crashed
        Nothing.
    """
    if "state" not in outcome.blobs:
        raise sandbox.Crashed("a step left nothing for the next one")
    return outcome.blobs["state"]


def audit(
    *,
    files: Mapping[str, int],
    params: Mapping[str, Any],
    limits: Limits,
    processes: int,
    on_progress: Callable[[Progress], None],
) -> dict[str, Any]:
    """Run a whole audit step by step and return its result document.

    The same document, but for its timings, as that of the audit in a single child; `limits` bound
    each child's memory and the wall clock of all of them together. Where that gets short, the
    audit ends with the references it has, if it has any.

    Raises
    ------
    sandbox.SandboxError
        A step failed; no child is left.
    """
    try:
        clock = Clock(limits, seconds=limits.wall_seconds)
        return _steps(files, params, clock, processes, _Said(on_progress))
    except sandbox.OutOfTime as error:
        raise sandbox.OutOfTime(
            f"longer than {limits.wall_seconds:g} seconds", seconds=limits.wall_seconds
        ) from error


def _steps(
    files: Mapping[str, int],
    params: Mapping[str, Any],
    clock: Clock,
    processes: int,
    said: "_Said",
) -> dict[str, Any]:
    with ExitStack() as stack:
        given = dict(files)
        outcome = sandbox.run(
            "prepare", files=given, params=params, limits=clock.left(), on_progress=said.step
        )
        given["prepared"] = stack.enter_context(memory_file(state_of(outcome)))
        done = [step_of(outcome)]
        while blocks := next_blocks(done, preset=params["preset"]):
            outcome = run(
                blocks,
                files=given,
                params=params,
                clock=clock,
                processes=processes,
                on_block=said.block,
            )
            given[f"round_{len(done) - 1}"] = stack.enter_context(memory_file(state_of(outcome)))
            done.append(step_of(outcome))
        said.end(steps.CONCLUDING, short=1)
        last = {**params, "steps": done}
        document = sandbox.run("conclude", files=given, params=last, limits=clock.left()).result
        said.end("Done")
        return document


class _Said:
    """Progress of all steps on one scale: what the first child says is the length of it."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell, self._done, self._total = tell, 0, 1

    def step(self, progress: Progress) -> None:
        self._done, self._total = progress.step, progress.total
        self._tell(progress)

    def block(self, name: str) -> None:
        self._done = min(self._done + 1, self._total - 1)
        self._tell(Progress(self._done, self._total, name))

    def end(self, name: str, *, short: int = 0) -> None:
        self._done = max(self._done, self._total - short)
        self._tell(Progress(self._done, self._total, name))


def _nobody(_name: str) -> None:
    """Report to nobody."""


def run(
    blocks: Sequence[int],
    *,
    files: Mapping[str, int],
    params: Mapping[str, Any],
    clock: Clock,
    processes: int,
    should_cancel: Callable[[], bool] = lambda: False,
    on_block: Callable[[str], None] = _nobody,
) -> Outcome:
    """Train these blocks and weigh them together with the earlier rounds.

    When the time is up, blocks that are not finished are left out, unless there are no others.

    Parameters
    ----------
    blocks
        Numbers, >= 1 of them.
    files
        Inputs, ``prepared`` and ``round_<n>`` of earlier rounds, as open descriptors.
    params
        Of the audit.
    clock
        Of the audit; gives each child its limits as it starts.
    processes
        Children at once, >= 1. Changes no number of the result.
    should_cancel
        Asked in this thread alone; true ends every child.
    on_block
        Told in this thread of each block that is finished.

    Returns
    -------
    Outcome
        Of the entry ``decide``, its blob ``state`` is the round; but ``seconds`` are the round's.

    Raises
    ------
    sandbox.SandboxError
        Of the first child that failed; no child is left whatever is raised.
    """
    started = time.monotonic()
    rounds = {name: fd for name, fd in files.items() if name.startswith("round_")}
    alone = {name: fd for name, fd in files.items() if name not in rounds}
    with ThreadPoolExecutor(max(1, min(processes, len(blocks)))) as pool:
        stop = threading.Event()
        train = partial(_trained, alone, params, clock.left, len(blocks), stop)
        try:
            running = {pool.submit(train, index): index for index in blocks}
            _wait(running, should_cancel, on_block, is_over=clock.is_over, earlier=bool(rounds))
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    finished = {index: one.result() for one, index in running.items() if _succeeded(one)}
    needed = clock.needed(time.monotonic() - started)
    if len(finished) < len(blocks):
        needed = max(needed, clock.budget)
    told = {"elapsed_seconds": needed, "time_budget_seconds": clock.budget}
    with ExitStack() as stack:
        weighed = {"prepared": files["prepared"], **rounds}
        for index, block in finished.items():
            weighed[f"block_{index}"] = stack.enter_context(memory_file(block))
        outcome = sandbox.run(
            "decide",
            files=weighed,
            params={**params, **told},
            limits=clock.left(),
            should_cancel=should_cancel,
        )
    _check_time(outcome.result, is_over=needed >= clock.budget)
    return replace(outcome, seconds=time.monotonic() - started)


def _succeeded(one: Future[bytes]) -> bool:
    return not one.cancelled() and one.exception() is None


def _check_time(said: Mapping[str, Any], *, is_over: bool) -> None:
    """Refuse a step that goes on when the time is up, or stops for want of it when it is not.

    Raises
    ------
    sandbox.Crashed
        The child did not tell the truth.
    """
    goes_on, stops = bool(said.get("next_blocks")), said.get("stopped_because") == "time"
    if goes_on if is_over else stops:
        raise sandbox.Crashed("a step did not keep to the time it was told")


def _trained(
    files: Mapping[str, int],
    params: Mapping[str, Any],
    limits: Callable[[], Limits],
    beside: int,
    stop: threading.Event,
    index: int,
) -> bytes:
    """Return what the child of one block leaves; `beside` blocks share one bound on that."""
    bounds = limits()
    # The round is one answer in the end: its blocks together are no larger.
    share = max(_LEAST_ANSWER, bounds.result_bytes // beside)
    outcome = sandbox.run(
        "reference_block",
        files=files,
        params={**params, "block": index},
        limits=replace(bounds, result_bytes=min(share, bounds.result_bytes)),
        should_cancel=stop.is_set,
    )
    return state_of(outcome)


def _wait(
    running: Mapping[Future[bytes], int],
    should_cancel: Callable[[], bool],
    on_block: Callable[[str], None],
    *,
    is_over: Callable[[], bool],
    earlier: bool,
) -> None:
    """Wait for all; one that fails, or a cancel, ends the others, and so does the time.

    The time ends nothing while there is no block to conclude from, neither in this round nor
    `earlier`; one that met the limits of its child alone is then a failure.

    Raises
    ------
    sandbox.SandboxError
        The failure, not what it did to the others.
    """
    pending, some = set(running), earlier
    while pending:
        done, pending = wait(pending, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        late = {one for one in done if isinstance(one.exception(), sandbox.OutOfTime)}
        for one in done - late:
            one.result()
            some = True
            on_block(steps.training_block(running[one]))
        if should_cancel():
            raise sandbox.Cancelled("cancelled")
        if late and not some:
            next(iter(late)).result()
        if late or (some and is_over()):
            return


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
