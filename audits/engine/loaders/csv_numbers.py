"""Numbers that a CSV file writes with a decimal comma or with marks between groups of digits.

A comma between digits can be either, so a whole file is judged at once and nothing is changed
unless some column leaves no doubt and none contradicts it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

TextOf = Callable[[list[str]], "pa.Table"]
"""Reads some columns of the file once more, as text."""

_GLANCE_ROWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written, as expressions for the values of one column.

    Attributes
    ----------
    decimal, thousands
        The marks.
    number
        Matches a number of this style.
    sure
        Matches a number that can be of no other style.
    """

    decimal: str
    thousands: str
    number: str
    sure: str


def _style(decimal: str, thousands: str, sure: str) -> NumberStyle:
    d, t = (f"[{mark}]" for mark in (decimal, thousands))
    whole = rf"(\d+|[1-9]\d{{0,2}}({t}\d{{3}})+)"
    number = rf"^ *[+-]?({whole}({d}\d+)?|{d}\d+)([eE][+-]?\d+)? *$"
    return NumberStyle(decimal, thousands, number, sure)


# Three digits after the only mark, as in 1,234, can be thousands; anything else behind it cannot.
_COMMA: Final = _style(
    ",", ".", r"[.]\d{3},|^[^,]*,(\d{1,2}|\d{4,}|\d+[eE].*) *$|^ *[+-]?(0*|\d{4,}),"
)
_POINT: Final = _style(".", ",", r",\d{3}([.]|,\d{3})")
_SURE_POINT: Final = r"[.](\d{1,2}|\d{4,}) *$|[.]\d+[eE]|^ *[+-]?(0*|\d{4,})[.]"


def plain_numbers(table: "pa.Table", text_of: TextOf) -> "tuple[pa.Table, str, str | None]":
    """Return the table with such numbers as floats, the decimal mark, and the thousands mark.

    Parameters
    ----------
    table
        As read with a decimal point; commas are still in columns of text.
    text_of
        Gives columns as they are written.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    written = {name: table.column(name) for name in texts}
    by_comma, by_point = (
        [name for name in texts if _has_only(written[name], style.number, ",")]
        for style in (_COMMA, _POINT)
    )
    comma = any(_has_any(written[name], _COMMA.sure) for name in by_comma)
    point = any(_has_any(written[name], _POINT.sure) for name in by_point)
    if comma == point:  # no sign of either, or of both
        return table, ".", None
    if point:
        return _converted(table, {name: written[name] for name in by_point}, _POINT)
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    pointed = {name: text_of(floats).column(name) for name in floats} if floats else {}
    if any(_has_any(column, _SURE_POINT) for column in pointed.values()):
        return table, ".", None
    grouped = {name: one for name, one in pointed.items() if _has_only(one, _COMMA.number, ".")}
    return _converted(table, {**{name: written[name] for name in by_comma}, **grouped}, _COMMA)


def _has_only(column: "pa.ChunkedArray", pattern: str, mark: str) -> bool:
    """Say whether all values match, one with the mark at least; most columns fail at a glance."""
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    glance = pc.match_substring_regex(column.slice(0, _GLANCE_ROWS), pattern)
    if pc.all(glance).as_py() is False:
        return False
    return pc.all(pc.match_substring_regex(column, pattern)).as_py() is not False and _has_any(
        column, f"[{mark}]"
    )


def _has_any(column: "pa.ChunkedArray", pattern: str) -> bool:
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())


def _converted(
    table: "pa.Table", columns: "dict[str, pa.ChunkedArray]", style: NumberStyle
) -> "tuple[pa.Table, str, str | None]":
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    thousands = None
    for name, column in columns.items():
        if _has_any(column, f"[{style.thousands}]"):
            thousands = style.thousands
        bare = pc.replace_substring_regex(column, f"[ +{style.thousands}]", "")
        numbers = pc.replace_substring(bare, style.decimal, ".").cast(pa.float64())
        at = table.column_names.index(name)
        table = table.set_column(at, name, numbers)
    return table, style.decimal, thousands
