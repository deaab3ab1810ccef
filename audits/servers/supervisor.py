"""Keeps a set of programs running: starts, restarts with back-off, stops, leaves nothing behind.

Everything happens in one thread. That matters: the kernel's "parent died" signal, which ties each
program to us, is bound to the thread that started the program.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import IO, Self

from audits.servers import lifeline
from audits.servers.errors import ServerError, StopRequested
from audits.servers.journal import Journal
from audits.servers.programs import Program

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STEP_SECONDS = 0.05
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
_NAME = "mia"


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float | None = None
    failures: int = 0

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid


@dataclass
class Supervisor:
    journal: Journal
    on_change: Callable[[dict[str, int]], None] = lambda _pids: None
    _running: dict[str, _Running] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _stop_signals: int = 0
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        lifeline.adopt_orphans()
        self._stack.enter_context(self._signals())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._stop_all()
        finally:
            self._stack.close()
            self._selector.close()

    def start(self, program: Program) -> None:
        """Start a program and keep it running."""
        running = self._running.setdefault(program.name, _Running(program))
        self._spawn(running)

    def run(self, program: Program) -> None:
        """Run a program to its end; an exit status other than 0 is an error."""
        running = _Running(program)
        self._running[program.name] = running
        self._spawn(running)
        process = running.process
        while running.process is not None:
            self._step(restart=False)
            self._stop_if_asked()
        del self._running[program.name]
        status = None if process is None else process.returncode
        if status != 0:
            raise ServerError(f"'{program.name}' failed (status {status}); see its lines above")

    def wait_until(self, ready: Callable[[], bool], *, name: str, timeout_seconds: float) -> None:
        """Wait for a started program to answer."""
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            self._step()
            self._stop_if_asked()
            if time.monotonic() > deadline:
                raise ServerError(
                    f"'{name}' did not answer within {timeout_seconds:.0f} seconds; "
                    "see its lines above"
                )

    def watch(self) -> None:
        """Keep everything running until a signal asks to stop."""
        while not self._stop_signals:
            self._step(timeout_seconds=1.0)

    def _stop_if_asked(self) -> None:
        if self._stop_signals:
            raise StopRequested

    def _spawn(self, running: _Running) -> None:
        program = running.program
        process = subprocess.Popen(  # noqa: S603 - commands are built by this package
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            cwd=program.folder,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the others in order
        )
        running.process, running.restart_at = process, None
        running.started = time.monotonic()
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, running)
        self._report()

    def _report(self) -> None:
        pids = {name: running.pid for name, running in self._running.items()}
        self.on_change({name: pid for name, pid in pids.items() if pid is not None})

    def _step(self, *, timeout_seconds: float = _STEP_SECONDS, restart: bool = True) -> None:
        """Pass output on, take note of the dead, start again what is due."""
        for key, _ in self._selector.select(timeout_seconds):
            if isinstance(key.data, _Running):
                self._pass_on(key.data)
            else:
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 512)
        for running in list(self._running.values()):
            self._look_at(running, restart=restart)
        self._bury_strays()

    def _pass_on(self, running: _Running) -> None:
        stream = self._stream(running)
        if stream is None:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(stream.fileno(), 65536)
            if data:
                self.journal.feed(running.program.name, data)
            else:
                self._selector.unregister(stream)
                stream.close()

    @staticmethod
    def _stream(running: _Running) -> IO[bytes] | None:
        stream = running.process.stdout if running.process else None
        return None if stream is None or stream.closed else stream

    def _look_at(self, running: _Running, *, restart: bool) -> None:
        process = running.process
        if process is not None and _has_ended(process):
            self._note_end(running, process)
            if restart and not self._stop_signals:
                self._plan_restart(running, process.returncode)
        due = running.restart_at is not None and time.monotonic() >= running.restart_at
        if restart and due and not self._stop_signals:
            self._spawn(running)

    def _note_end(self, running: _Running, process: subprocess.Popen[bytes]) -> None:
        # Before the pid is given back: no other process can have its number yet.
        _kill_group(process.pid)
        process.wait()
        while stream := self._stream(running):
            self._drain(running, stream)
        self.journal.end(running.program.name)
        running.process = None
        self._report()

    def _drain(self, running: _Running, stream: IO[bytes]) -> None:
        try:
            data = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            data = b""  # someone else still holds the pipe: not worth waiting for
        if data:
            self.journal.feed(running.program.name, data)
            return
        self._selector.unregister(stream)
        stream.close()

    def _plan_restart(self, running: _Running, status: int) -> None:
        lived = time.monotonic() - running.started
        running.failures = 0 if lived > _STEADY_SECONDS else running.failures + 1
        pause = min(
            _LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** max(0, running.failures - 1)
        )
        running.restart_at = time.monotonic() + pause
        self.journal.say(
            _NAME, f"{running.program.name} ended (status {status}); starting it again in {pause} s"
        )

    def _bury_strays(self) -> None:
        """End descendants that lost their parent: as the nearest living ancestor they are ours."""
        known = {running.pid for running in self._running.values()}
        for pid in lifeline.children_of(os.getpid()):
            if pid not in known:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _stop_all(self) -> None:
        stages = sorted({running.program.stage for running in self._running.values()})
        for running in self._running.values():
            running.restart_at = None
        for stage in reversed(stages):
            self._stop_stage([r for r in self._running.values() if r.program.stage == stage])
        self._bury_strays()

    def _stop_stage(self, members: list[_Running]) -> None:
        begun = time.monotonic()
        for running in members:
            if running.pid is not None:
                os.kill(running.pid, running.program.stop_signal)
        while any(running.process for running in members):
            self._step(restart=False)
            waited = time.monotonic() - begun
            impatient = self._stop_signals > 1
            for running in members:
                late = waited > running.program.stop_seconds
                if running.pid is not None and (late or impatient):
                    _kill_group(running.pid)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Note wishes to stop, and wake up when a child ends."""
        read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(read_end, selectors.EVENT_READ)
        before = {number: signal.getsignal(number) for number in (*_STOPPING, signal.SIGCHLD)}
        for number in _STOPPING:
            if number is signal.SIGHUP and before[number] is signal.SIG_IGN:
                continue  # started under nohup: the terminal may go
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        wakeup = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(read_end)
            os.close(write_end)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Look without taking the exit status, which would give the pid back."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, flags) is not None


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
