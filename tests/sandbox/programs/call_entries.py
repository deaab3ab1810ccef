"""Entries that end in every way an entry can end."""

import ctypes
import os
import sys
import time

from audits.engine.errors import InputError
from audits.sandbox.values import Call, Reply


def echo(call: Call) -> Reply:
    read = {name: file.read().decode() for name, file in call.files.items()}
    blobs = {"doubled": b"ab" * 2, "empty": b""}
    return Reply({"params": dict(call.params), "files": read}, blobs)


def descriptors(_call: Call) -> Reply:
    held = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        held.append(number)
    return Reply({"held": held})


def environment(_call: Call) -> Reply:
    return Reply({"names": sorted(os.environ)})


def refuse(_call: Call) -> Reply:
    raise InputError("target", "there is no column 'x'", "name another")


def exhaust_memory(_call: Call) -> Reply:
    kept = [bytearray(16 << 20) for _ in range(1000)]
    return Reply({"kept": len(kept)})


def burn(_call: Call) -> Reply:
    while True:
        pass


def sleep(_call: Call) -> Reply:
    sys.stdout.flush()
    time.sleep(60)
    return Reply({})


def steps(call: Call) -> Reply:
    for step in range(1, 4):
        call.progress(step, 3, f"step {step}")
    os.write(1, b"printed, not told\n")
    return Reply({})


def sleep_after_a_step(call: Call) -> Reply:
    call.progress(1, 2, str(os.getpid()))
    time.sleep(60)
    return Reply({})


def fault(_call: Call) -> Reply:
    ctypes.string_at(0)
    return Reply({})


def abort(_call: Call) -> Reply:
    os.abort()


def raise_error(_call: Call) -> Reply:
    raise LookupError("inside")


def leave(_call: Call) -> Reply:
    os._exit(5)


def answer_too_much(_call: Call) -> Reply:
    return Reply({}, {"big": bytes(4 << 20)})


def answer_with_nan(_call: Call) -> Reply:
    return Reply({"value": float("nan")})


def start_thread(_call: Call) -> Reply:
    import threading  # noqa: PLC0415 - as an entry would

    heard: list[str] = []
    thread = threading.Thread(target=heard.append, args=("from a thread",))
    thread.start()
    thread.join()
    return Reply({"heard": heard})


def fit_with_threads(_call: Call) -> Reply:
    import numpy as np  # noqa: PLC0415
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415

    rows = np.random.default_rng(0).normal(size=(200, 4))
    labels = (rows[:, 0] > 0).astype(int)
    fitted = RandomForestClassifier(8, n_jobs=2, random_state=0).fit(rows, labels)
    return Reply({"score": float(fitted.score(rows, labels))})


def leave_as_if_by_no_signal(_call: Call) -> Reply:
    os._exit(64 + 100)


def refuse_at_length(_call: Call) -> Reply:
    raise InputError("target", "x" * 100_000, "name another")
