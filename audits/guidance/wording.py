"""The English sentences, by key, and the small formatter for the figures in them."""

import math
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType

_NO_PARAMS: Mapping[str, str | int] = MappingProxyType({})
_WHOLE_FROM = 10  # figures from here on are printed without decimals


class WordingError(LookupError):
    """A sentence that does not exist, or one that was not given what it needs."""


class Words:
    """A table of whole sentences: a TOML file beside the code that says them, read once."""

    def __init__(self, folder: str, file: str) -> None:
        self.name = f"{folder}.{file}"
        self._file = resources.files(folder) / file

    @cached_property
    def sentences(self) -> Mapping[str, str]:
        """Every sentence in English; keys of nested tables are joined with a dot."""
        return read(self._file.read_text("utf-8"))

    def sentence(self, key: str) -> str:
        """Return the sentence as it is said now; a translation has to take the same figures."""
        if key not in self.sentences:
            raise WordingError(f"no sentence {key!r}")
        english = self.sentences[key]
        told = _translation[-1](self.name, key)
        return told if told and placeholders(told) == placeholders(english) else english

    def say(self, key: str, /, **params: str | int) -> str:
        """Return the sentence of `key` with its placeholders filled; both must fit exactly."""
        sentence = self.sentence(key)
        if placeholders(sentence) != params.keys():
            needs = ", ".join(sorted(placeholders(sentence))) or "nothing"
            raise WordingError(f"sentence {key!r} needs {needs}, not {', '.join(sorted(params))}")
        return sentence.format_map(params)

    def counted(self, key: str, amount: int, /, **params: str | int) -> str:
        """Return `key`.one or `key`.other, with the amount filled in as `{number}`."""
        form = "one" if amount == 1 else "other"
        return self.say(f"{key}.{form}", **params, number=count(amount))


def _english_only(_table: str, _key: str) -> None:
    return None


Lookup = Callable[[str, str], str | None]
"""From the name of a table and a key to the sentence in the reader's language, if there is one."""
_translation: list[Lookup] = [_english_only]


def translate_with(lookup: Lookup) -> None:
    """Let the shell, which knows in what language somebody reads, translate the tables."""
    _translation[:] = [lookup]


def read(text: str) -> Mapping[str, str]:
    """Read a table strictly: nothing but sentences, and in these nothing but plain names."""
    found = MappingProxyType(dict(_flat("", tomllib.loads(text))))
    for key, sentence in found.items():
        for _, name, form, conversion in string.Formatter().parse(sentence):
            if name is not None and (form or conversion or not name.isidentifier()):
                raise WordingError(f"sentence {key!r} holds more than names in brackets")
    return found


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise WordingError(f"{prefix}{key} is no sentence")


@lru_cache(maxsize=2_000)
def placeholders(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


_RESULTS = Words("audits.guidance", "wording.toml")


def sentences() -> Mapping[str, str]:
    """Return every sentence about a result."""
    return _RESULTS.sentences


def say(key: str, params: Mapping[str, str | int] = _NO_PARAMS) -> str:
    """Say a sentence about a result."""
    return _RESULTS.say(key, **params)


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


def in_hundred(share: float) -> str:
    """Format a share of a sample as so many in 100, never as all or none of them."""
    return of_hundred(count(100 * share))


def of_hundred(told: str) -> str:
    """Say so many in 100 without all or none, which results of early days were stored with."""
    return {"100": say("share.nearly_all"), "0": say("share.hardly_any")}.get(told, told)


def percent(share: float) -> str:
    """Format a share in per cent with one decimal, never as all or none unless it is exactly so."""
    told = f"{share:.1%}"
    if told == "100.0%" and share < 1:
        return say("share.nearly_all_percent")
    if told == "0.0%" and share > 0:
        return say("share.hardly_any_percent")
    return told


def at_least(number: float) -> str:
    """Format a lower bound so that rounding never raises it."""
    step = 1 if number >= _WHOLE_FROM else 10
    return short(math.floor(number * step + 1e-9) / step)
