"""Who descends from whom, and who is gone: read from /proc."""

import time
from pathlib import Path


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                rest = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # gone since it was listed
                continue
            found[int(folder.name)] = int(rest[1])
    return found


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below `pid`, ended but unreaped ones included."""
    parents = _parents()
    below: set[int] = set()
    while more := {p for p, parent in parents.items() if parent in below | {pid}} - below:
        below |= more
    return below


def children(pid: int) -> set[int]:
    """Return the ids of the processes that `pid` itself started and that are still known."""
    return {child for child, parent in _parents().items() if parent == pid}


def running(pids: set[int]) -> set[int]:
    """Return those that still run; a process that has ended but was not reaped does not."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.add(pid)
    return found


def left_after(pids: set[int], *, seconds: float) -> set[int]:
    """Return those that still run after at most so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := running(pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left
