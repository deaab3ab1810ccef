"""The caller's side while a child runs: its log, its progress, its end."""

import contextlib
import json
import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from audits.sandbox import errors
from audits.sandbox.namespaces import SIGNALLED
from audits.sandbox.values import Limits, Progress

_TICK_SECONDS = 0.25
_POLL_SECONDS = 0.005
_PATIENCE_SECONDS = 1.0
_LOG_BYTES = 16 << 10
_PROGRESS_LINE_BYTES = 2048

OnProgress = Callable[[Progress], None]
ShouldCancel = Callable[[], bool]


@dataclass
class Ended:
    """How the child ended, and what it had used."""

    exit_code: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0


class Watch:
    """Waits for one process, the first of its own process group.

    The process is reaped here alone, so that its own use of memory and processor is known.
    """

    def __init__(
        self, pid: int, *, log: int, progress: int, on_progress: OnProgress | None
    ) -> None:
        self.log = bytearray()
        self._pid = pid
        self._on_progress = on_progress
        self._partial = b""
        self._reaped = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(log, selectors.EVENT_READ, self._keep_log)
        self._selector.register(progress, selectors.EVENT_READ, self._tell_progress)

    def until_end(self, limits: Limits, should_cancel: ShouldCancel | None) -> Ended:
        """Wait for the end.

        Raises
        ------
        OutOfTime, Cancelled
            When the child has to be stopped; :meth:`close` does that.
        """
        deadline = time.monotonic() + limits.wall_seconds
        next_look = 0.0
        while (ended := self._reap(os.WNOHANG)) is None:
            now = time.monotonic()
            if now >= deadline:
                raise errors.OutOfTime(
                    f"longer than {limits.wall_seconds:g} seconds", seconds=limits.wall_seconds
                )
            if should_cancel is not None and now >= next_look:
                next_look = now + _TICK_SECONDS
                if should_cancel():
                    raise errors.Cancelled("cancelled")
            self._read_once(min(_TICK_SECONDS, deadline - now))
        while self._read_once(0):
            pass
        return ended

    def close(self) -> None:
        """Leave no process behind, whatever happened."""
        self._selector.close()
        if self._reaped:
            return
        # A child in a process namespace reaps what it holds when asked; any other just dies.
        os.kill(self._pid, signal.SIGTERM)
        patience = time.monotonic() + _PATIENCE_SECONDS
        while not self._reaped and time.monotonic() < patience:
            if self._reap(os.WNOHANG) is None:
                time.sleep(_POLL_SECONDS)
        if not self._reaped:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
            self._reap(0)

    def _reap(self, options: int) -> Ended | None:
        pid, status, usage = os.wait4(self._pid, options)
        if pid == 0:
            return None
        self._reaped = True
        code = os.waitstatus_to_exitcode(status)
        ended = Ended(
            cpu_seconds=usage.ru_utime + usage.ru_stime, peak_memory_bytes=usage.ru_maxrss << 10
        )
        if code < 0:
            ended.signal = -code
        elif code > SIGNALLED:
            ended.signal = code - SIGNALLED
        else:
            ended.exit_code = code
        return ended

    def _read_once(self, timeout: float) -> bool:
        """Handle what has come; with both pipes at their end, only let a moment pass."""
        if not self._selector.get_map():
            time.sleep(min(timeout, _POLL_SECONDS))
            return False
        ready = self._selector.select(timeout)
        for key, _ in ready:
            data = os.read(key.fd, 1 << 16)
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fd)
        return bool(ready)

    def _keep_log(self, data: bytes) -> None:
        self.log += data
        del self.log[:-_LOG_BYTES]

    def _tell_progress(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + data).split(b"\n")
        self._partial = self._partial[:_PROGRESS_LINE_BYTES]
        if self._on_progress is None:
            return
        for line in lines:
            said = _progress_from(line)
            if said is not None:
                self._on_progress(said)


def _progress_from(line: bytes) -> Progress | None:
    """Read one line of a child that need not tell the truth: anything odd is left out."""
    if len(line) > _PROGRESS_LINE_BYTES:
        return None
    try:
        said = json.loads(line)
        step, total, name = said["step"], said["total"], said["name"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if type(step) is not int or type(total) is not int or not isinstance(name, str):
        return None
    printable = "".join(c for c in name if c.isprintable())
    return Progress(step, total, printable[:200]) if 0 <= step <= total else None
