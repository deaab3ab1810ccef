"""JSON lines to a table: one flat object per line, its keys are the columns."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.cell_columns import CellColumn
from audits.engine.loaders.table_limits import (
    CELL_BYTES,
    MEBIBYTE,
    TableLimits,
    TableReading,
    check_columns,
    check_rows,
    check_unpacked,
)

if TYPE_CHECKING:
    import pyarrow as pa

_LINE_BYTES: Final = 16 * MEBIBYTE
_LONG_LINE: Final = 64 * 1024
"""Shorter lines are parsed before their keys are counted."""

_PIECE_ROWS: Final = 10_000
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_ONE_OBJECT: Final = "write one JSON object per line, with a name for every value"


class _TwiceError(ValueError):
    """An object names a key twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return made


# What Python writes for a missing number is no JSON, but common.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant={"NaN": None, "Infinity": float("inf"),
                                             "-Infinity": float("-inf")}.get
)  # fmt: skip


def read_json_lines(
    file: BinaryIO, *, subject: Subject, limits: TableLimits
) -> "tuple[pa.Table, TableReading]":
    """Read JSON lines: numbers, true and false, text (dates too), null or no key for missing.

    Raises
    ------
    InputError
        A line is no flat JSON object, or a limit is passed; the line is named.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    rows = _Rows(subject, limits)
    for number, text in _lines(file, subject):
        if len(text) > _LONG_LINE:
            check_columns(_STRING.sub("", text).count(":"), subject, limits)
        rows.take(number, _object(number, text, subject), len(text))
    rows.flush()
    if rows.columns:
        table = pa.table({name: column.finished() for name, column in rows.columns.items()})
    else:
        raise InputError(subject, "the file has no columns", _ONE_OBJECT)
    return table, TableReading("json_lines", table.num_rows, table.num_columns, encoding="utf-8")


def _lines(file: BinaryIO, subject: Subject) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, with their numbers from 1."""
    number = 0
    while line := file.readline(_LINE_BYTES + 1):
        number += 1
        if len(line) > _LINE_BYTES:
            allowed = _LINE_BYTES // MEBIBYTE
            raise InputError(subject, f"line {number:,} is longer than {allowed} MiB", _ONE_OBJECT)
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise InputError(
                subject, f"line {number:,} is not UTF-8", "save it as UTF-8"
            ) from error
        if not text.isspace() and text:
            yield number, text


def _object(number: int, text: str, subject: Subject) -> dict[str, Any]:
    try:
        found = _DECODER.decode(text)
    except _TwiceError as error:
        raise InputError(
            subject,
            f"column {str(error)!r} appears twice in line {number:,}",
            "give every column a name of its own",
        ) from error
    except RecursionError as error:
        raise InputError(
            subject, f"line {number:,} holds lists or objects inside each other", _ONE_OBJECT
        ) from error
    except ValueError as error:
        raise InputError(subject, f"line {number:,} is no JSON object", _ONE_OBJECT) from error
    if not isinstance(found, dict):
        raise InputError(subject, f"line {number:,} is no JSON object", _ONE_OBJECT)
    return found


class _Rows:
    """Objects on their way to columns, some thousands at a time."""

    def __init__(self, subject: Subject, limits: TableLimits) -> None:
        self.columns: dict[str, CellColumn] = {}
        self._subject: Subject = subject
        self._limits = limits
        self._done = 0
        self._size = 0
        self._numbers: list[int] = []
        self._waiting: list[dict[str, Any]] = []

    def take(self, number: int, row: dict[str, Any], size: int) -> None:
        if not self.columns.keys() >= row.keys():
            self._add_columns(number, row)
        self._numbers.append(number)
        self._waiting.append(row)
        self._size += size
        rows = self._done + len(self._waiting)
        check_rows(rows, self._subject, self._limits, at_least=True)
        if len(self._waiting) == _PIECE_ROWS or self._size > _LINE_BYTES:
            self.flush()

    def flush(self) -> None:
        rows = self._done + len(self._waiting)
        check_unpacked(rows * len(self.columns) * CELL_BYTES, self._subject, self._limits)
        for name, column in self.columns.items():
            values = [row.get(name) for row in self._waiting]
            if {dict, list} & {type(value) for value in values}:
                self._refuse_nested(name, values)
            try:
                column.add(values)
            except UnicodeEncodeError as error:
                raise InputError(
                    self._subject,
                    f"column {name!r} holds half a character (a lone surrogate)",
                    "write the text again as UTF-8",
                ) from error
        self._done = rows
        self._waiting, self._numbers, self._size = [], [], 0

    def _add_columns(self, number: int, row: dict[str, Any]) -> None:
        for name in row.keys() - self.columns.keys():
            try:
                name.encode()
            except UnicodeEncodeError as error:
                raise InputError(
                    self._subject,
                    f"a column name in line {number:,} holds half a character (a lone surrogate)",
                    "write the name again as UTF-8",
                ) from error
        for name in row:
            if name not in self.columns:
                self.columns[name] = CellColumn(self._done)
        check_columns(len(self.columns), self._subject, self._limits)

    def _refuse_nested(self, name: str, values: list[Any]) -> None:
        at = next(i for i, value in enumerate(values) if isinstance(value, dict | list))
        raise InputError(
            self._subject,
            f"column {name!r} holds a list or an object in line {self._numbers[at]:,}",
            "write its parts as columns of their own, or leave it out",
        )
