"""Start a locked child, wait for it, and bring home what it answers."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from audits.sandbox import errors, wire
from audits.sandbox.namespaces import USAGE
from audits.sandbox.values import Entry, Limits, Outcome
from audits.sandbox.watch import Ended, OnProgress, ShouldCancel, Watch

_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from audits.sandbox.child import main; main(int(sys.argv[2]))"
)
_NEARLY_ALL = 0.9
# What C++, Python and Rust write when a request for memory is refused.
_SIGNS_OF_NO_MEMORY = ("bad_alloc", "MemoryError", "Memory allocation", "memory allocation of")
_SHOWN = 1000


def run_entry(
    entry: Entry,
    *,
    files: Mapping[str, int],
    params: Mapping[str, Any],
    limits: Limits,
    on_progress: OnProgress | None = None,
    should_cancel: ShouldCancel | None = None,
    switched_off: frozenset[str] = frozenset(),
) -> Outcome:
    """Run ``entry`` in a child of its own; see :func:`audits.sandbox.run`.

    ``switched_off`` leaves layers open: the probe tests show with it what each one holds.
    """
    if sys.platform != "linux":
        raise errors.Unavailable("the sandbox needs Linux")
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        answer = stack.enter_context(_memory_file("answer"))
        usage = stack.enter_context(_memory_file("usage"))
        progress, progress_end = stack.enter_context(_pipe())
        log, log_end = stack.enter_context(_pipe())
        request = wire.Request(
            entry=entry,
            root=_ROOT,
            parent=os.getpid(),
            files=stack.enter_context(_reopened(files)),
            params=params,
            limits=limits,
            answer=answer,
            progress=progress_end.fileno(),
            usage=usage,
            switched_off=tuple(sorted(switched_off)),
        )
        pid = _start(request, log_end.fileno())
        watch = Watch(pid, log=log.fileno(), progress=progress.fileno(), on_progress=on_progress)
        stack.callback(watch.close)
        # The child's copies are now the only ones: the pipes end when it does.
        progress_end.close()
        log_end.close()
        ended = watch.until_end(limits, should_cancel)
        if said := os.pread(usage, USAGE.size, 0):
            (ended.peak_memory_bytes,) = USAGE.unpack(said)
        return _outcome(answer, ended, bytes(watch.log), limits, started=started)


@contextlib.contextmanager
def _memory_file(name: str) -> Iterator[int]:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[FileIO, FileIO]]:
    read, write = os.pipe()
    with FileIO(read, "rb") as reader, FileIO(write, "wb") as writer:
        yield reader, writer


@contextlib.contextmanager
def _reopened(files: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Open each file once more, for reading only and from its start."""
    with contextlib.ExitStack() as stack:
        opened = {}
        for name, descriptor in files.items():
            again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, again)
            opened[name] = again
        yield opened


def _environment(limits: Limits) -> dict[str, str]:
    """Everything the child may know: no secret, no home, one thread until it is locked."""
    environment = {
        "PATH": "/nonexistent",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": str(limits.threads),
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "BLIS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }
    if "LD_LIBRARY_PATH" in os.environ:  # some interpreters do not start without it
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return environment


def _start(request: wire.Request, log: int) -> int:
    """Start the child in a session of its own and return its process id."""
    with _memory_file("request") as request_file:
        os.write(request_file, wire.request_bytes(request))
        files = request.files.values()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-I", "-B", "-c", _BOOT, _ROOT, str(request_file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=None if "environment" in request.switched_off else _environment(request.limits),
            pass_fds=(request_file, request.answer, request.progress, request.usage, *files),
            start_new_session=True,
            cwd="/",
        )
    process.returncode = 0  # Watch reaps it; Popen shall neither wait nor warn
    return process.pid


def _outcome(
    answer: int, ended: Ended, raw_log: bytes, limits: Limits, *, started: float
) -> Outcome:
    log = raw_log.decode(errors="replace")
    if ended.exit_code != 0:
        raise _reason_of(ended, limits, log)
    try:
        said = wire.read_answer(answer, max_bytes=limits.result_bytes)
    except wire.MalformedAnswerError as error:
        raise errors.Crashed("the answer was not well formed", detail=log) from error
    if said.status == "ok":
        return Outcome(
            result=said.result,
            blobs=dict(said.blobs),
            layers=said.layers,
            seconds=time.monotonic() - started,
            peak_memory_bytes=ended.peak_memory_bytes,
        )
    raise _error_said(said, limits, log)


def _error_said(said: wire.Answer, limits: Limits, log: str) -> errors.SandboxError:
    if said.status == "memory":
        return _out_of_memory(limits)
    if said.status == "unavailable":
        return errors.Unavailable("this machine offers none of the sandbox layers")
    if said.status == "refused":
        words = [_shown(said.result.get(name, "")) for name in ("subject", "problem", "remedy")]
        return errors.Refused(*words)
    kind, detail = (str(said.result.get(name, "")) for name in ("kind", "detail"))
    return errors.Crashed(f"the sandboxed step failed: {kind[:100]}", detail=detail or log)


def _shown(said: object) -> str:
    """Cut what people will read: it may quote a column name of any length."""
    text = str(said)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _name_of(number: int) -> str:
    """Name a signal; a child that was taken over can claim one that there is not."""
    known = {one.value: one.name for one in signal.Signals}
    return known.get(number, f"signal {number}")


def _reason_of(ended: Ended, limits: Limits, log: str) -> errors.SandboxError:
    cpu_spent = ended.cpu_seconds >= _NEARLY_ALL * _cpu_seconds(limits)
    if ended.signal == signal.SIGXCPU or (ended.signal == signal.SIGKILL and cpu_spent):
        most = _cpu_seconds(limits)
        return errors.OutOfTime(f"more than {most} seconds of processor time", seconds=most)
    if ended.exit_code == wire.ANSWER_TOO_LARGE:
        return errors.Crashed(f"the answer is larger than {limits.result_bytes:,} bytes")
    memory_spent = ended.peak_memory_bytes >= _NEARLY_ALL * limits.memory_bytes
    said_so = any(sign in log for sign in _SIGNS_OF_NO_MEMORY)
    if ended.signal == signal.SIGKILL or memory_spent or said_so:
        return _out_of_memory(limits)
    if ended.signal is not None:
        return errors.Crashed(f"the child died by {_name_of(ended.signal)}", detail=log)
    return errors.Crashed(
        f"the child ended with {ended.exit_code}", detail=log, exit_code=ended.exit_code
    )


def _cpu_seconds(limits: Limits) -> int:
    """Return the bound that held: this process may itself have been given less."""
    _, inherited = resource.getrlimit(resource.RLIMIT_CPU)
    bounded = inherited != resource.RLIM_INFINITY
    return min(limits.cpu_seconds, inherited) if bounded else limits.cpu_seconds


def _out_of_memory(limits: Limits) -> errors.OutOfMemory:
    return errors.OutOfMemory(f"more than {limits.memory_bytes / (1 << 30):.1f} GiB of memory")
