"""The time of one audit: what its references may take, so that it ends with a verdict."""

import time
from dataclasses import dataclass, replace
from typing import Final

from audits.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Reserve:
    """What references leave of the time of an audit, so that it ends with a verdict.

    Attributes
    ----------
    verdict
        Share of the whole time, in [0, 1], for weighing the evidence.
    next_round
        In durations of the round that is over: the next one has at most twice its blocks.
    """

    verdict: float
    next_round: float


RESERVE: Final = Reserve(verdict=0.2, next_round=2.0)


def time_budget(seconds: float) -> float:
    """Return after how many of an audit's seconds no reference is trained any more."""
    return (1.0 - RESERVE.verdict) * seconds


class Clock:
    """The time of one audit as its caller measures it: no child is asked.

    Parameters
    ----------
    limits
        Of each child.
    seconds
        Wall clock of all children together, > 0.
    spent
        Seconds of these that earlier steps took.
    """

    def __init__(self, limits: Limits, *, seconds: float, spent: float = 0.0) -> None:
        self.budget = time_budget(seconds)
        self._limits, self._seconds = limits, seconds
        self._start = time.monotonic() - spent

    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def needed(self, round_seconds: float) -> float:
        """Return the seconds at the end of one more round, after one that took so many."""
        return self.elapsed() + RESERVE.next_round * round_seconds

    def is_over(self) -> bool:
        """Whether there is time for the verdict alone."""
        return self.elapsed() >= self.budget

    def left(self) -> Limits:
        """Return the limits of a child that starts now: it ends with the audit at the latest."""
        rest = max(0.001, self._seconds - self.elapsed())
        seconds = min(self._limits.wall_seconds, rest)
        cpu_seconds = int(seconds * self._limits.threads) + 1
        return replace(self._limits, wall_seconds=seconds, cpu_seconds=cpu_seconds)
