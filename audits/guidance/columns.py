"""Which columns are about people: by name, by what the values look like, by check digits.

A proposal, never a decision: each finding says why, and a person confirms or rejects it. Nothing
of the values leaves this module but counts.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from audits.guidance import checksums

MOST_VALUES = 2_000  # of a column are looked at
LONGEST_VALUE = 200  # characters of a value are looked at
MOST_SHARE = 0.6  # of the values must look alike
FEWEST_VALUES = 5
FEWEST_PERSONS = 20  # distinct values, above which a column can stand for persons
TEXT_WORDS = 8  # words in the middle value of free text

_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_PHONE = re.compile(r"(?:\+|00)?[0-9][0-9 ()./-]{6,20}[0-9]")
_DATE = re.compile(
    r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ](?:19|20)[0-9]{2}"
)
_IP = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_ICD10 = re.compile(r"[A-TV-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_FEWEST_PHONE_DIGITS = 8
_MARKS_OF_A_PHONE = frozenset("+ ()-/")


class Reason(NamedTuple):
    """Why a column was named: a key of the wording and the values that go with it."""

    key: str
    params: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that a column can hold about a person; `within` is its label inside a sentence."""

    key: str
    label: str
    within: str
    data_class: str
    impact: int
    direct: bool
    names: tuple[tuple[str, ...], ...]
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is known of a column: its name, a sample of its values as text, and how many differ.

    `values` holds no missing ones; `rows` and `distinct` count the whole column, `is_number` says
    that the file itself holds numbers.
    """

    name: str
    values: Sequence[str]
    rows: int
    distinct: int
    is_number: bool = False

    @property
    def separates(self) -> bool:
        """Whether the values differ enough to stand for single persons."""
        return self.distinct > min(FEWEST_PERSONS, max(FEWEST_VALUES, self.rows // 2))


@dataclass(frozen=True, slots=True)
class Finding:
    """A column that seems to be about people, what it seems to hold, and why."""

    column: str
    kind: Kind
    reason: Reason


@lru_cache(maxsize=1)
def kinds() -> tuple[Kind, ...]:
    """Every kind, the most telling first."""
    text = (resources.files("audits.guidance") / "columns.toml").read_text("utf-8")
    return tuple(
        Kind(
            key=raw["key"],
            label=raw["label"],
            within=raw["within"],
            data_class=raw["data_class"],
            impact=raw["impact"],
            direct=raw.get("direct", False),
            names=tuple(tuple(name.split()) for name in raw["names"]),
            values=frozenset(raw.get("values", ())),
        )
        for raw in tomllib.loads(text)["kind"]
    )


def kind_of(key: str) -> Kind:
    return next(kind for kind in kinds() if kind.key == key)


def words(name: str) -> tuple[str, ...]:
    """Words of a column's name: `MaritalStatus2` and `marital_status_2` are the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(re.findall(r"[^\W\d_]+|[0-9]+", parted.lower()))


def look_at(columns: Collection[Column]) -> list[Finding]:
    """Name the columns that seem to be about people, in the order of the table."""
    return [found for column in columns if (found := _look(column)) is not None]


def _look(column: Column) -> Finding | None:
    values = [value[:LONGEST_VALUE].strip() for value in column.values[:MOST_VALUES]]
    sample = [value for value in values if value]
    for by in (_by_pattern, _by_name, _by_words, _by_length):
        found = by(column, sample)
        if found is not None:
            return found
    return None


def _by_name(column: Column, _sample: Sequence[str]) -> Finding | None:
    """Find the longest listed name inside the column's own; ties go to the first kind."""
    own = words(column.name)
    best: tuple[int, Kind, str] | None = None
    for kind in kinds():
        if kind.direct and not column.separates:
            continue
        for name in kind.names:
            if _inside(name, own) and (best is None or len(name) > best[0]):
                best = (len(name), kind, " ".join(name).removeprefix("="))
    if best is None:
        return None
    return Finding(column.name, best[1], Reason("column_name", (("word", best[2]),)))


def _inside(name: tuple[str, ...], own: tuple[str, ...]) -> bool:
    """Whether the words of a name follow each other in a column's; counts of things do not count.

    A name that starts with = has to be the whole of it, numbers at its end left aside.
    """
    if name[0].startswith("="):
        return tuple(word for word in own if not word.isdigit()) == (name[0][1:], *name[1:])
    if {"num", "number", "count"} & set(own) and "number" not in name:
        return False
    return any(own[at : at + len(name)] == name for at in range(len(own) - len(name) + 1))


def _share(sample: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, sample)) / len(sample)


def _is_phone(text: str) -> bool:
    digits = sum(sign.isdigit() for sign in text)
    looks = _PHONE.fullmatch(text) is not None and digits >= _FEWEST_PHONE_DIGITS
    looks = looks and _DATE.fullmatch(text) is None
    return looks and (text[0] in "+0" or bool(_MARKS_OF_A_PHONE & set(text)))


def _is_address_of_a_machine(text: str) -> bool:
    return _IP.fullmatch(text) is not None and all(int(part) < 256 for part in text.split("."))  # noqa: PLR2004 - a byte


_PATTERNS: tuple[tuple[str, str, Callable[[str], bool], bool], ...] = (
    ("email", "looks_like", lambda text: _EMAIL.fullmatch(text) is not None, False),
    ("bank_account", "check_digits", checksums.iban, False),
    ("card", "check_digits", checksums.card, True),
    ("person_id", "looks_like", _is_address_of_a_machine, False),
    ("phone", "looks_like", _is_phone, False),
    ("health", "codes", lambda text: _ICD10.fullmatch(text) is not None, False),
)
# Check digits of nine or ten digits fit one random number in ten or eleven; nearly all must fit.
_SURE = 0.95


def _by_pattern(column: Column, sample: Sequence[str]) -> Finding | None:
    if len(sample) < FEWEST_VALUES or column.distinct <= FEWEST_VALUES:
        return None
    for key, reason, fits, numbers_too in _PATTERNS:
        if column.is_number and not numbers_too:
            continue
        share = _share(sample, fits)
        if share >= MOST_SHARE:
            return Finding(column.name, kind_of(key), Reason(reason, _per_cent(share)))
    for number, fits in checksums.NATIONAL_IDS.items():
        share = _share(sample, fits)
        if share >= _SURE:
            told = (*_per_cent(share), ("number", number))
            return Finding(column.name, kind_of("national_id"), Reason("national_id", told))
    return None


def _per_cent(share: float) -> tuple[tuple[str, int | str], ...]:
    return (("percent", int(100 * share)),)


def _by_words(column: Column, sample: Sequence[str]) -> Finding | None:
    """Find categories that speak for themselves, whatever the column is called."""
    if column.is_number or not sample:
        return None
    found = {value.lower() for value in sample}
    for kind in kinds():
        fitting = found & kind.values
        named = {v for v in found if v in kind.values or v in ("other", "unknown", "none", "")}
        if len(fitting) > 1 and len(named) >= MOST_SHARE * len(found):
            told = (("words", ", ".join(sorted(fitting)[:3])),)
            return Finding(column.name, kind, Reason("column_values", told))
    return None


def _by_length(column: Column, sample: Sequence[str]) -> Finding | None:
    """Find free text: nobody knows what people wrote into it."""
    if column.is_number or len(sample) < FEWEST_VALUES or not column.separates:
        return None
    lengths = sorted(len(value.split()) for value in sample)
    middle = lengths[len(lengths) // 2]
    if middle < TEXT_WORDS:
        return None
    return Finding(column.name, kind_of("text"), Reason("free_text", (("middle", middle),)))
