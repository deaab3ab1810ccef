"""The locked child: one call, one process, open descriptors in, JSON and bytes out."""

from collections.abc import Mapping
from typing import Any

from audits.sandbox.entries import ENTRIES
from audits.sandbox.errors import (
    Cancelled,
    Crashed,
    OutOfMemory,
    OutOfTime,
    Refused,
    SandboxError,
    Unavailable,
)
from audits.sandbox.kinds import limits_of
from audits.sandbox.runner import run_entry
from audits.sandbox.values import Limits, Outcome, Progress
from audits.sandbox.watch import OnProgress, ShouldCancel

__all__ = [
    "Cancelled",
    "Crashed",
    "Limits",
    "OutOfMemory",
    "OutOfTime",
    "Outcome",
    "Progress",
    "Refused",
    "SandboxError",
    "Unavailable",
    "limits_of",
    "run",
]


def run(
    entry: str,
    *,
    files: Mapping[str, int],
    params: Mapping[str, Any],
    limits: Limits,
    on_progress: OnProgress | None = None,
    should_cancel: ShouldCancel | None = None,
) -> Outcome:
    """Run a named entry in a locked child of its own and wait for it.

    Parameters
    ----------
    entry
        A name of :data:`audits.sandbox.entries.ENTRIES`.
    files
        Name to open descriptor. The caller keeps them; the child reads from their start.
    params
        JSON values for the entry.
    limits
        Memory, time, threads, size of the answer.
    on_progress
        Called in this thread for each step.
    should_cancel
        Asked a few times a second; true ends the child.

    Raises
    ------
    SandboxError
        One of its kinds; the child is gone whatever is raised.
    """
    return run_entry(
        ENTRIES[entry],
        files=files,
        params=params,
        limits=limits,
        on_progress=on_progress,
        should_cancel=should_cancel,
    )
