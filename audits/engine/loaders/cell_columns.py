"""Columns put together from single Python values, whose kind is known only at the end.

Numbers may start whole and end with fractions, and a column that mixes numbers with text is text.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from audits.engine.labels import as_text

if TYPE_CHECKING:
    import pyarrow as pa

Cell = bool | int | float | str | dt.date | dt.time | dt.timedelta | None
"""One value; None is missing."""

_KINDS: Final[dict[type, str]] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    dt.date: "moment",
    dt.datetime: "moment",
    dt.time: "time",
    dt.timedelta: "duration",
}


class CellColumn:
    """Takes the values of one column piece by piece.

    Parameters
    ----------
    missing
        How many records came before the column was first seen.
    """

    def __init__(self, missing: int = 0) -> None:
        self._missing = missing
        self._pieces: list[tuple[str, pa.Array]] = []

    def add(self, values: Sequence[Cell]) -> None:
        """Take further values; every type must be one of `Cell`.

        Raises
        ------
        UnicodeEncodeError
            A text holds half a character (a lone surrogate).
        """
        self._pieces.append(_piece(values))

    def finished(self) -> "pa.ChunkedArray":
        """Return the column in the one type that holds all of it; float64 if all is missing."""
        import pyarrow as pa  # noqa: PLC0415 - heavy

        kind = _joint({kind for kind, _ in self._pieces})
        arrow = _arrow_type(kind)
        chunks = [pa.nulls(self._missing, arrow)] if self._missing else []
        for found, array in self._pieces:
            if kind == "text" and found != "none":
                chunks.append(_as_texts(array))
            else:
                chunks.append(array.cast(arrow, safe=False))
        return pa.chunked_array(chunks, arrow)


def _joint(kinds: set[str]) -> str:
    """Return the kind that holds values of all these kinds."""
    kinds = kinds - {"none"}
    if len(kinds) < 2:  # noqa: PLR2004 - at most one
        return kinds.pop() if kinds else "none"
    return "float" if kinds == {"int", "float"} else "text"


def _arrow_type(kind: str) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    return {
        "none": pa.float64(),
        "bool": pa.bool_(),
        "int": pa.int64(),
        "float": pa.float64(),
        "text": pa.large_string(),
        "moment": pa.timestamp("us"),
        "time": pa.time64("us"),
        "duration": pa.duration("us"),
    }[kind]


def _piece(values: Sequence[Cell]) -> "tuple[str, pa.Array]":
    """Return values as an array of one kind."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    found = {type(value) for value in values} - {type(None)}
    kind = _joint({_KINDS[one] for one in found})
    if kind == "text" and found != {str}:
        values = [value if value is None else as_text(value) for value in values]
    elif kind == "float" and int in found:
        values = [value if value is None else _as_float(value) for value in values]
    elif kind == "moment" and dt.date in found:
        values = [value if value is None else _as_moment(value) for value in values]
    try:
        return kind, pa.array(values, _arrow_type(kind))
    except OverflowError:  # whole numbers beyond 64 bits
        return "float", pa.array([v if v is None else _as_float(v) for v in values], pa.float64())


def _as_float(value: Cell) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")  # type: ignore[operator]


def _as_moment(value: Cell) -> Cell:
    if type(value) is dt.date:
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - as written
    return value


def _as_texts(array: "pa.Array") -> "pa.Array":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if pa.types.is_large_string(array.type):
        return array
    values = [value if value is None else as_text(value) for value in array.to_pylist()]
    return pa.array(values, pa.large_string())
