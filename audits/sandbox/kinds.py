"""What each kind of work in a locked child may use: memory, time, open files. All in one table."""

from dataclasses import dataclass
from typing import Final

from audits.sandbox.values import GIBIBYTE, Limits


@dataclass(frozen=True, slots=True)
class Kind:
    """Bounds of one kind of work; processor time is the wall clock's for every thread."""

    memory_bytes: int
    wall_seconds: float
    open_files: int = 256


KINDS: Final[dict[str, Kind]] = {
    "intake": Kind(memory_bytes=3 * GIBIBYTE, wall_seconds=60),
    "audit_step": Kind(memory_bytes=6 * GIBIBYTE, wall_seconds=3600),
    "report": Kind(memory_bytes=2 * GIBIBYTE, wall_seconds=60),
}

AUDIT_SECONDS: Final = 12 * 3600.0
"""All steps of one audit together, each bounded by its kind; whoever asks for less says so."""


def limits_of(kind: str, *, threads: int) -> Limits:
    """Return the bounds of one child of this kind."""
    bounds = KINDS[kind]
    return Limits(
        memory_bytes=bounds.memory_bytes,
        cpu_seconds=int(bounds.wall_seconds * threads) + 1,
        wall_seconds=bounds.wall_seconds,
        threads=threads,
        open_files=bounds.open_files,
    )
