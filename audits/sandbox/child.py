"""The locked child: `python -I` starts here, closes the doors, then reads untrusted bytes."""

import errno
import importlib
import json
import multiprocessing.context
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn

from audits.sandbox import kernel, layers, wire
from audits.sandbox.errors import Refused
from audits.sandbox.values import Call, Entry, Reply

_THREAD_COUNTS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
# What loaders and thread libraries say where Python would raise MemoryError.
_SIGNS_OF_NO_MEMORY = (
    "Cannot allocate memory",
    "cannot allocate memory",
    "failed to map segment",
    "cannot map zero-fill pages",
    "can't start new thread",
    "Failed to launch worker thread",
)
EntryFunction = Callable[[Call], Reply]


def main(request_descriptor: int) -> NoReturn:
    """Serve the one request behind the descriptor, then end without further ado."""
    size = os.fstat(request_descriptor).st_size
    request = wire.request_from(os.pread(request_descriptor, size, 0))
    os.close(request_descriptor)
    kernel.die_with_parent()
    if os.getppid() != request.parent:
        os._exit(1)
    try:
        wire.write_answer(request.answer, _serve(request))
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        os._exit(wire.ANSWER_TOO_LARGE)
    sys.stderr.flush()
    os._exit(0)


def _serve(request: wire.Request) -> wire.Answer:
    active: tuple[str, ...] = ()
    try:
        active = tuple(layers.enter_namespaces(request.switched_off, usage=request.usage))
        function = _load(request.entry)
        active += _lock(request, active)
        held = layers.ISOLATING.intersection(active)
        if not held and "refusal" not in request.switched_off:
            return wire.Answer(status="unavailable", layers=active)
        reply = _perform(function, request, active)
    except MemoryError:
        return wire.Answer(status="memory", layers=active)
    except Exception as error:  # noqa: BLE001 - the border: whatever it was, the caller learns it
        return _failure(error, active)
    return wire.Answer(status="ok", result=reply.result, blobs=reply.blobs, layers=active)


def _load(entry: Entry) -> EntryFunction:
    if entry.folder:
        sys.path.insert(0, entry.folder)
    for name in entry.preload:
        importlib.import_module(name)
    module, _, name = entry.target.partition(":")
    function: EntryFunction = getattr(importlib.import_module(module), name)
    return function


def _lock(request: wire.Request, active: tuple[str, ...]) -> tuple[str, ...]:
    if not kernel.is_single_threaded():
        # A thread from before keeps its rights: Landlock holds the thread that asks for it.
        raise RuntimeError("an import started a thread before the locks closed")
    closed = layers.close(
        limits=request.limits,
        readable=layers.readable_paths(request.root),
        switched_off=request.switched_off,
        alone="user_namespace" in active,
    )
    environment = () if "environment" in request.switched_off else ("environment",)
    return (*environment, *closed)


def _perform(function: EntryFunction, request: wire.Request, active: tuple[str, ...]) -> Reply:
    _allow_threads(request.limits.threads)

    def progress(step: int, total: int, name: str) -> None:
        line = json.dumps({"step": step, "total": total, "name": name[:200]}) + "\n"
        os.write(request.progress, line.encode())

    call = Call(
        files={name: open(fd, "rb") for name, fd in request.files.items()},  # noqa: SIM115, PTH123
        params=request.params,
        progress=progress,
        layers=active,
        threads=request.limits.threads,
    )
    return function(call)


def _allow_threads(count: int) -> None:
    """Let numeric code use its threads: it was held to one until the locks were closed."""
    for name in _THREAD_COUNTS:
        os.environ[name] = str(count)
    if "numpy" in sys.modules:
        from threadpoolctl import threadpool_limits  # noqa: PLC0415 - heavy, and only then

        threadpool_limits(limits=count)
    # joblib's threads share a lock made for processes, a file that nothing here may create;
    # nothing here can fork either, so a lock between threads is all it takes.
    setattr(multiprocessing.context.BaseContext, "Lock", _thread_lock)  # noqa: B010 - mypy


def _thread_lock(_context: object) -> threading.Lock:
    return threading.Lock()


def _failure(error: Exception, active: tuple[str, ...]) -> wire.Answer:
    if any(sign in str(error) for sign in _SIGNS_OF_NO_MEMORY):
        return wire.Answer(status="memory", layers=active)
    input_error = getattr(sys.modules.get("audits.engine.errors"), "InputError", Refused)
    if isinstance(error, Refused | input_error):
        said = {name: str(getattr(error, name)) for name in ("subject", "problem", "remedy")}
        return wire.Answer(status="refused", result=said, layers=active)
    detail = "".join(traceback.format_exception(error))
    kind = type(error).__name__
    return wire.Answer(status="error", result={"kind": kind, "detail": detail}, layers=active)
