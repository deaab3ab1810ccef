"""How much room words take in a picture, and where a long name goes on in the next line.

A picture knows no font when it is drawn, so that the room is an estimate on the safe side.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

_ELLIPSIS: Final = "…"
_JOINER: Final = "\u200d"
_JOINERS: Final = ("\u200c", _JOINER)
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ENDS_OF_LINES: Final = frozenset({"Cc", "Zl", "Zp"})
_WIDE: Final = 2.2  # pictures and signs of East Asia
_CAPITAL: Final = 1.4
_BROAD: Final = 1.65
_UNIT: Final = 0.62  # of the size of the letters, for a usual small one


def legible(text: str) -> str:
    """Drop what nobody can see, most of which XML does not allow; the end of a line is a space."""
    return text if text.isprintable() else "".join(map(_seen, text))


def _seen(sign: str) -> str:
    kind = unicodedata.category(sign)
    if sign.isspace():
        return " " if kind in _ENDS_OF_LINES else sign
    return "" if kind in _INVISIBLE and sign not in _JOINERS else sign


def width(text: str, size: float) -> float:
    """Estimate the room of a text in letters of this size."""
    return sum(map(_share, text)) * size * _UNIT


def _share(sign: str) -> float:
    if sign == _JOINER or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(sign) in ("W", "F"):
        return _WIDE
    if sign in "mwMW":
        return _BROAD
    return _CAPITAL if sign.isupper() else 1.0


def lines(text: str, room: float, *, size: float, most: int) -> tuple[str, ...]:
    """Part a name between words, or inside one that is too long; what is left over is cut off."""
    found: list[str] = []
    left = " ".join(text.split())
    while left and len(found) < most:
        if width(left, size) <= room:
            return (*found, left)
        is_last = len(found) + 1 == most
        kept = _fitting(left, room - (width(_ELLIPSIS, size) if is_last else 0), size)
        if is_last:
            return (*found, kept.rstrip(" .,;:") + _ELLIPSIS)
        at_word = left[: left.rfind(" ", 0, len(kept) + 1)] if " " in left[: len(kept) + 1] else ""
        taken = at_word or kept
        found.append(taken)
        left = left[len(taken) :].lstrip()
    return tuple(found)


def _fitting(text: str, room: float, size: float) -> str:
    """As many whole signs as there is room for, and at least one."""
    kept = ""
    for sign in _whole_signs(text):
        if kept and width(kept + sign, size) > room:
            break
        kept += sign
    return kept


def _whole_signs(text: str) -> Iterator[str]:
    """Letters with their marks, and pictures that are joined to one."""
    sign = ""
    for one in text:
        is_part = one == _JOINER or unicodedata.category(one) in ("Mn", "Mc", "Me")
        is_part = is_part or unicodedata.category(one) == "Sk" or sign.endswith(_JOINER)
        if sign and not is_part:
            yield sign
            sign = ""
        sign += one
    if sign:
        yield sign
