"""The English sentences, by key, and the small formatter for the figures in them."""

import math
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

_NO_PARAMS: Mapping[str, str | int] = MappingProxyType({})
_WHOLE_FROM = 10  # figures from here on are printed without decimals


class WordingError(LookupError):
    """A sentence that does not exist, or one that was not given what it needs."""


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, str]:
    """Return every sentence; keys of nested tables are joined with a dot."""
    text = (resources.files("audits.guidance") / "wording.toml").read_text("utf-8")
    return MappingProxyType(dict(_flat("", tomllib.loads(text))))


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", str(value)


def placeholders(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def say(key: str, params: Mapping[str, str | int] = _NO_PARAMS) -> str:
    """Return the sentence of `key` with its placeholders filled; both must fit exactly."""
    if key not in sentences():
        raise WordingError(f"no sentence {key!r}")
    sentence = sentences()[key]
    if placeholders(sentence) != params.keys():
        needs = ", ".join(sorted(placeholders(sentence))) or "nothing"
        raise WordingError(f"sentence {key!r} needs {needs}, not {', '.join(sorted(params))}")
    return sentence.format_map(params)


def glossary() -> tuple[tuple[str, str], ...]:
    """Return (term, meaning), in the order of the page."""
    start = "glossary."
    return tuple(
        (key.removeprefix(start), text)
        for key, text in sentences().items()
        if key.startswith(start)
    )


def count(number: float) -> str:
    """Format a count: 10,000."""
    return f"{number:,.0f}"


def short(number: float) -> str:
    """Format a small figure: one decimal below ten, none if it is whole, none from ten on."""
    if abs(number) >= _WHOLE_FROM:
        return count(number)
    return f"{number:.1f}".removesuffix(".0")


def per_thousand(rate: float) -> str:
    """Format a share as so many of every 1,000."""
    return short(1000 * rate)


def at_least(number: float) -> str:
    """Format a lower bound so that rounding never raises it."""
    step = 1 if number >= _WHOLE_FROM else 10
    return short(math.floor(number * step + 1e-9) / step)
