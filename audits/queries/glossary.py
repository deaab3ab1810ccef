"""The glossary as pages show and link it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.utils.text import slugify

from audits.guidance import wording


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word with its meaning, and where it stands on the page."""

    word: str
    meaning: str

    @property
    def anchor(self) -> str:
        return slugify(self.word)

    @property
    def said(self) -> list[str]:
        """How sentences say it: "False alarm (false-positive rate)" by either of its names."""
        names = re.split(r" \(|\)| / ", self.word)
        return [name for name in names if name and name not in _TOO_PLAIN]


# Common words that mean something else more often than the term.
_TOO_PLAIN = frozenset({"Member"})


class Part(NamedTuple):
    """A piece of a sentence, and the term that it is, if it is one."""

    text: str
    term: Term | None = None


def terms() -> list[Term]:
    """Every term, by the alphabet."""
    found = [Term(word=word, meaning=meaning) for word, meaning in wording.glossary()]
    return sorted(found, key=lambda term: term.word.casefold())


def term(word: str) -> Term:
    """The term of a word; raises LookupError for one that the glossary does not explain."""
    for found in terms():
        if found.word == word:
            return found
    raise LookupError(f"the glossary has no {word!r}")


@cache
def _said() -> tuple[re.Pattern[str], dict[str, Term]]:
    by_name = {name.casefold(): found for found in terms() for name in found.said}
    longest_first = sorted(by_name, key=lambda name: (-len(name), name))
    names = "|".join(re.escape(name) for name in longest_first)
    return re.compile(rf"(?<![\w-])({names})(?=s?(?![\w-]))", re.IGNORECASE), by_name


def said_in(text: str) -> frozenset[str]:
    """Every term that a text says, in whichever case, one or many, by any of its names."""
    pattern, by_name = _said()
    return frozenset(by_name[match[0].casefold()].word for match in pattern.finditer(text))


def parts(text: str) -> Iterator[Part]:
    """Cut a text so that each term stands alone where it is said first."""
    pattern, by_name = _said()
    seen: set[str] = set()
    start = 0
    for match in pattern.finditer(text):
        found = by_name[match[0].casefold()]
        if found.word in seen:
            continue
        seen.add(found.word)
        if text[start : match.start()]:
            yield Part(text[start : match.start()])
        yield Part(match[0], found)
        start = match.end()
    if text[start:]:
        yield Part(text[start:])
