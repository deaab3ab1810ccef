"""What is said to the database while something runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_WRITE = re.compile(r'\s*(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+)?"?(\w+)"?', re.IGNORECASE)
_TABLE = re.compile(r"\b(?:audits|account|mfa|django|socialaccount)_\w+")


@contextmanager
def heard() -> Iterator[list[str]]:
    """Collect every statement of the tests' own connection."""
    said: list[str] = []

    def note(execute: Any, sql: Any, *rest: Any) -> Any:  # noqa: ANN401 - Django's own signature
        said.append(str(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield said


def writes(said: list[str]) -> set[tuple[str, str]]:
    """Verb and table of whatever changes something."""
    found = [match for one in said if (match := _WRITE.match(one)) is not None]
    return {(match[1].lower(), match[2]) for match in found}


def tables(said: list[str]) -> set[str]:
    """Every table that is named, to read or to write."""
    return {name for one in said for name in _TABLE.findall(one)}
