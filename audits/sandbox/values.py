"""What crosses the border between the caller, the runner and the locked child."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

GIBIBYTE = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Upper bounds for one call."""

    memory_bytes: int = 4 * GIBIBYTE
    cpu_seconds: int = 3600
    wall_seconds: float = 3600.0
    threads: int = 2
    result_bytes: int = 256 << 20
    open_files: int = 256


@dataclass(frozen=True)
class Progress:
    """Step ``step`` of ``total`` has begun."""

    step: int
    total: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a call brought back, and what it ran under."""

    result: dict[str, Any]
    blobs: dict[str, bytes]
    layers: tuple[str, ...]
    seconds: float
    peak_memory_bytes: int


@dataclass(frozen=True, kw_only=True)
class Call:
    """What an entry function is given inside the child."""

    files: Mapping[str, BinaryIO]
    params: Mapping[str, Any]
    progress: Callable[[int, int, str], None]
    layers: tuple[str, ...]
    threads: int


@dataclass(frozen=True)
class Reply:
    """What an entry function gives back: JSON, and named bytes beside it."""

    result: dict[str, Any]
    blobs: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A function the child may run.

    ``preload`` names modules to import before the locks close: those that open something for
    writing when they are imported. They must start no thread.
    """

    target: str
    preload: tuple[str, ...] = ()
    folder: str | None = None
