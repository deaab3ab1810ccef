"""Texts in an order of their own: dates and running numbers that a table holds as text.

How frequent a text is says nothing where each is new: members of one year and outsiders of the
next would look alike.
"""

import math
import re
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]

FEW: Final = 32
"""Different texts of a column up to which a classifier tells each from the others anyway."""

_DATE: Final = re.compile(
    r"(?<!\d)(\d{1,4})\s?[-./\s]\s?(\d{1,2})\s?[-./\s]\s?(\d{2,4})(?!\d)"
    r"(?:[T\s,]+(\d{1,2}):(\d{2}))?"
)
_DIGITS: Final = re.compile(r"\d+")
_MOST_DIGITS: Final = 15
"""Digits that a float holds exactly."""

_LAST_MONTH: Final = 12
_LEAST_YEAR: Final = 100
_CENTURY: Final = 2000


def in_order(raw: "pa.Table") -> Floats:
    """Return (N, 2 m) floats for the m text columns of more than `FEW` different texts.

    For each its place in the alphabet and the date or number that is written in it, NaN where
    there is none. Both are functions of the text alone: no row order, no side.
    """
    columns: list[Floats] = []
    for column in raw.columns:
        if str(column.type) != "large_string":
            continue
        encoded = column.combine_chunks().dictionary_encode()
        words = encoded.dictionary.to_pylist()
        if len(words) > FEW:
            codes = encoded.indices.fill_null(len(words)).to_numpy()
            columns += [
                np.append(_places(words), np.nan)[codes],
                np.append(_numbers(words), np.nan)[codes],
            ]
    return np.column_stack(columns) if columns else np.empty((raw.num_rows, 0))


def _places(words: list[str]) -> Floats:
    places = np.empty(len(words))
    places[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return places


def _numbers(words: list[str]) -> Floats:
    """Return the moment each text names, in days, or else the last number in it."""
    found = [_DATE.search(word) for word in words]
    month_first = any(
        one is not None and len(one[1]) <= 2 and int(one[2]) > _LAST_MONTH  # noqa: PLR2004 - digits
        for one in found
    )
    return np.array(
        [
            _last_number(word) if one is None else _days(one, month_first=month_first)
            for word, one in zip(words, found, strict=True)
        ],
        dtype=np.float64,
    )


def _days(found: "re.Match[str]", *, month_first: bool) -> float:
    """Return days of a calendar with 31 days in every month: only the order counts."""
    first, second, third = (int(found[place]) for place in (1, 2, 3))
    if len(found[1]) > 2:  # noqa: PLR2004 - digits
        year, month, day = first, second, third
    else:
        month, day = (first, second) if month_first else (second, first)
        year = third
    year += _CENTURY if year < _LEAST_YEAR else 0
    hours, minutes = (int(found[place] or 0) for place in (4, 5))
    return (year * _LAST_MONTH + month) * 31.0 + day + (hours + minutes / 60) / 24


def _last_number(word: str) -> float:
    runs = _DIGITS.findall(word)
    return float(runs[-1][-_MOST_DIGITS:]) if runs else math.nan
