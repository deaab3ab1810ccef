"""The audit from the command line: files in, JSON and a summary out, an exit code for pipelines.

It needs no framework, so that `mia audit` runs where nothing is configured.
"""

import contextlib
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from audits import sandbox
from audits.reports import terminal
from audits.sandbox import Limits, Progress, kinds
from audits.services import reference_rounds
from audits.services.audit_arguments import AuditArguments, UsageError, parse
from audits.services.audit_clock import time_budget

COMPLETED = 0
OUR_DEFECT = 1
WRONG_INPUT = 2
CANNOT_RUN_HERE = 3
INTERRUPTED = 130

_GIBIBYTE = 1 << 30
_SHARE_OF_MEMORY = 0.8
_LEAST_MEMORY = 2 * _GIBIBYTE


def main(words: list[str], *, program: str) -> int:
    """Run one audit and return the exit code; the last line on stderr says what went wrong."""
    try:
        arguments = parse(words, program=program)
        return run(arguments)
    except UsageError as error:
        return _failed(str(error), WRONG_INPUT)
    except KeyboardInterrupt:
        return _failed("interrupted: nothing was written; start again when ready", INTERRUPTED)


def run(arguments: AuditArguments) -> int:
    """Audit, write the result, and return the exit code."""
    try:
        document = _audited(arguments)
    except sandbox.Refused as error:
        where = _place(error.subject, arguments)
        return _failed(f"{where}: {error.problem}; {error.remedy}", WRONG_INPUT)
    except sandbox.Unavailable as error:
        remedy = "use Linux 5.13 or newer with Landlock, seccomp or user namespaces"
        return _failed(f"sandbox: {error}; {remedy}", CANNOT_RUN_HERE)
    except sandbox.OutOfMemory as error:
        remedy = "allow more with --max-memory-gib, or give fewer records"
        return _failed(f"--max-memory-gib: it took {error}; {remedy}", CANNOT_RUN_HERE)
    except sandbox.OutOfTime as error:
        remedy = "allow more with --max-minutes, or choose a smaller --preset"
        return _failed(f"--max-minutes: it took {error}; {remedy}", CANNOT_RUN_HERE)
    except sandbox.Crashed as error:
        sys.stderr.write(_printable(error.detail))
        return _failed(f"defect: {error}; please report it with the lines above", OUR_DEFECT)
    names = {name: str(path) for name, path in arguments.files.items()}
    for line in terminal.readings(document, names):
        sys.stderr.write(_printable(f"{' '.join(line.split())}\n"))
    return _written(document, arguments.output)


def _audited(arguments: AuditArguments) -> dict[str, Any]:
    with contextlib.ExitStack() as stack:
        files = {}
        for name, path in arguments.files.items():
            try:
                files[name] = stack.enter_context(path.open("rb")).fileno()
            except OSError as error:
                problem = (error.strerror or "it cannot be read").lower()
                raise UsageError(str(path), problem, "check that it can be read") from error
        params: dict[str, Any] = {
            "target": arguments.target,
            "drop": list(arguments.drop),
            "group": arguments.group,
            "weight": arguments.weight,
            "subgroups": list(arguments.subgroups),
            "split": arguments.split,
            "preset": arguments.preset,
            "most_references": arguments.references,
            "seed": arguments.seed,
        }
        limits = _limits(arguments)
        if arguments.processes > 1:
            return reference_rounds.audit(
                files=files,
                params=params,
                limits=limits,
                processes=arguments.processes,
                on_progress=_tell,
            )
        params["time_budget_seconds"] = time_budget(limits.wall_seconds)
        return sandbox.run(
            "audit", files=files, params=params, limits=limits, on_progress=_tell
        ).result


def _limits(arguments: AuditArguments) -> Limits:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    memory = max(_LEAST_MEMORY, int(_SHARE_OF_MEMORY * physical / arguments.processes))
    if arguments.max_memory_gib is not None:
        memory = int(arguments.max_memory_gib * _GIBIBYTE)
    minutes = arguments.max_minutes
    seconds = kinds.AUDIT_SECONDS if minutes is None else 60 * minutes
    threads = arguments.threads
    return Limits(
        memory_bytes=memory,
        wall_seconds=seconds,
        # A whole second more than the clock allows: the clock is what the option names.
        cpu_seconds=int(seconds * threads) + 1,
        threads=threads,
    )


def _tell(progress: Progress) -> None:
    sys.stderr.write(f"[{progress.step}/{progress.total}] {progress.name}\n")
    sys.stderr.flush()


def _place(subject: str, arguments: AuditArguments) -> str:
    """Return the file or option that an input error is about."""
    if subject in arguments.files:
        return str(arguments.files[subject])
    if subject in {"members", "nonmembers", "model", "population"}:
        return str(arguments.files.get("predictions", f"--{subject}"))
    return f"--{subject.removesuffix('s')}" if subject == "subgroups" else f"--{subject}"


def _written(document: dict[str, Any], output: str | None) -> int:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    summary = _printable(terminal.summary(document))
    if output == "-":
        sys.stderr.write(summary)
        sys.stdout.write(text)
        sys.stdout.flush()
        return COMPLETED
    if output is not None:
        try:
            _replace(Path(output), text)
        except OSError as error:
            problem = (error.strerror or "it cannot be written").lower()
            return _failed(f"--json {output}: {problem}; name another file", WRONG_INPUT)
    sys.stdout.write(summary)
    sys.stdout.flush()
    return COMPLETED


def _replace(path: Path, text: str) -> None:
    """Write beside the file and rename: it is the old one or the new one, never half of either."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with partial.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _failed(message: str, code: int) -> int:
    sys.stderr.write(_printable(f"error: {' '.join(message.split())}\n"))
    return code


def _printable(text: str) -> str:
    """Return a text that may quote a stranger's file without what a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
