"""The result of the tenancy self-check as a file: plain text to read, JSON to compare."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_WIDTH = 16


@dataclass(frozen=True, kw_only=True)
class Line:
    """One probe: what it shows, how it ended (a word, and its key), what was seen."""

    key: str
    title: str
    state: str
    word: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One run of the check; every text is ready to print."""

    heading: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    passed: bool
    proves: str
    limits: str


def probe_lines(lines: Sequence[Line]) -> list[str]:
    """One line for each probe, state first; what gave way stands below it."""
    room = " " * _WIDTH
    return [f"{line.word:<{_WIDTH}}{line.title}\n{room}  {line.detail}".rstrip() for line in lines]


def text(statement: Statement) -> bytes:
    """Write the statement for a reader."""
    parts = [
        statement.heading,
        "=" * len(statement.heading),
        *(f"{name}: {value}" for name, value in statement.facts),
        "",
        statement.sentence,
        "",
        *probe_lines(statement.lines),
        "",
        statement.proves,
        "",
        statement.limits,
    ]
    return ("\n".join(parts) + "\n").encode()


def as_json(statement: Statement) -> bytes:
    """Write the statement for a program."""
    found = {
        "format": "mia-isolation-check-1",
        "passed": statement.passed,
        "sentence": statement.sentence,
        "facts": dict(statement.facts),
        "probes": [asdict(line) for line in statement.lines],
    }
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()
