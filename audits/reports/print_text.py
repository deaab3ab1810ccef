"""Foreign text made fit for a printed line: visible, breakable, and no longer than its place."""

import unicodedata
from itertools import accumulate
from typing import Final

from audits.charts.lettering import legible

_ELLIPSIS: Final = "…"
# What says nothing before an ellipsis: the end of what came before what was cut off.
_LOOSE: Final = " .,;:"
_NOTHING: Final = "\N{EN DASH}"
_LONGEST_WORD: Final = 40
_UNBROKEN_WORD: Final = 20
_BREAK_EVERY: Final = 7
_BREAK: Final = "\u200b"
_WIDE: Final = 2.2
_CAPITAL: Final = 1.4


def plain(text: str, limit: int, *, word_limit: int = _LONGEST_WORD) -> str:
    """One line as wide as ``limit`` small letters; no controls, no direction overrides, no gaps."""
    shown = legible(unicodedata.normalize("NFC", text))
    words = (_cut(word, word_limit) for word in shown.split())
    return _cut(" ".join(words), limit)


def _width(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return _WIDE
    return _CAPITAL if sign.isupper() else 1.0


def _cut(text: str, limit: int) -> str:
    """Shorten to the limit with an ellipsis, between words where one ends near enough."""
    reach = list(accumulate(_width(sign) for sign in text))
    if not reach or reach[-1] <= limit:
        return text
    kept = text[: sum(width <= limit - 1 for width in reach)]
    at_word = kept.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > len(kept) * 2 // 3 else kept).rstrip(_LOOSE) + _ELLIPSIS


def line(text: str, limit: int, *, word_limit: int = _LONGEST_WORD) -> str:
    """As ``plain``, with places to break inside very long words; a dash stands for nothing."""
    words = (_breakable(word) for word in plain(text, limit, word_limit=word_limit).split(" "))
    return " ".join(words).replace(" %", "\u00a0%") or _NOTHING


def _breakable(word: str) -> str:
    if len(word) <= _UNBROKEN_WORD and sum(map(_width, word)) <= _UNBROKEN_WORD:
        return word
    pieces = (word[at : at + _BREAK_EVERY] for at in range(0, len(word), _BREAK_EVERY))
    return _BREAK.join(pieces)
