"""The questions of a tool review: one TOML file each in `questions/`, checked when it is loaded.

The answers of a question stand from best to worst; the best is worth 0 points of risk, the worst 3,
the others lie evenly between. Their keys are stored, so wording may change without a new version.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from audits.guidance.catalogue import CatalogueError, files_of

REVIEW_VERSION = "2026.2"
WORST_POINTS = 3.0
NOT_KNOWN = "not_known"
NOT_APPLICABLE = "not_applicable"
HIGHEST_WEIGHT = 5

_REQUIRED = frozenset({"id", "text", "weight", "answers", "why", "look"})
_OPTIONAL = frozenset({"hidden_if", "may_not_apply"})


class QuestionError(ValueError):
    """A question file that cannot be used; the message names the file."""


class Choice(NamedTuple):
    """One answer: its key, its words and the points of risk it stands for, 0 to 3."""

    key: str
    text: str
    points: float


class Given(NamedTuple):
    """An answer that was given to a question."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, how much it weighs, and when it need not be asked.

    `hidden_if` lists answers to other questions that settle this one; `may_not_apply` is the
    wording under which it can be set aside, empty where it always applies.
    """

    id: str
    text: str
    weight: int
    choices: tuple[Choice, ...]
    why: str
    look: str
    hidden_if: tuple[Given, ...]
    may_not_apply: str

    def points(self, answer: str | None) -> float:
        """Points of an answer; not knowing and not answering count as the worst."""
        return next((c.points for c in self.choices if c.key == answer), WORST_POINTS)

    def accepts(self, answer: str) -> bool:
        keys = {choice.key for choice in self.choices} | {NOT_KNOWN}
        return answer in keys or (answer == NOT_APPLICABLE and bool(self.may_not_apply))


FOLDER: Traversable = resources.files("audits.guidance") / "questions"


@lru_cache(maxsize=1)
def load() -> tuple[Question, ...]:
    """Return every question, in the order of the ids."""
    return load_from(FOLDER)


@lru_cache(maxsize=1)
def by_id() -> Mapping[str, Question]:
    return {question.id: question for question in load()}


def load_from(folder: Traversable) -> tuple[Question, ...]:
    """Read every question of a folder; QuestionError where one cannot be used."""
    try:
        files = files_of(folder)
    except CatalogueError as error:
        raise QuestionError(str(error)) from error
    found = tuple(read(file.name, file.read_text("utf-8")) for file in files)
    known = {question.id: question for question in found}
    for question in found:
        for other, answer in question.hidden_if:
            if other not in known or not known[other].accepts(answer):
                raise QuestionError(f"{question.id}.toml: hidden_if names no answer: {other}")
    _refuse_circles(known)
    return found


def _refuse_circles(known: Mapping[str, Question]) -> None:
    """Raise QuestionError where a question is hidden by one that it hides itself, near or far."""
    waits = {name: {other for other, _ in one.hidden_if} for name, one in known.items()}
    while waits:
        free = {name for name, others in waits.items() if not others & waits.keys()}
        if not free:
            named = ", ".join(sorted(waits))
            raise QuestionError(f"hidden_if goes round in a circle: {named}")
        waits = {name: others for name, others in waits.items() if name not in free}


def read(file: str, text: str) -> Question:
    """Return the question written in `text`; QuestionError names `file` and what is wrong."""
    try:
        return _question(file.removesuffix(".toml"), tomllib.loads(text))
    except ValueError as error:
        raise QuestionError(f"{file}: {error}") from error


def _question(name: str, raw: Mapping[str, object]) -> Question:
    odd = sorted((_REQUIRED - raw.keys()) | (raw.keys() - _REQUIRED - _OPTIONAL))
    if odd:
        raise ValueError(f"missing or unknown key {odd[0]!r}")
    if raw["id"] != name or not re.fullmatch("V-[0-9]{2}", name):
        raise ValueError(f"id {raw['id']!r} and file name differ, or are not of the form V-00")
    return Question(
        id=name,
        text=_text("text", raw["text"]),
        weight=_weight(raw["weight"]),
        choices=_choices(raw["answers"]),
        why=_text("why", raw["why"]),
        look=_text("look", raw["look"]),
        hidden_if=tuple(Given(*pair) for pair in _pairs("hidden_if", raw.get("hidden_if", []))),
        may_not_apply=str(raw.get("may_not_apply", "")),
    )


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text")
    return value


def _weight(value: object) -> int:
    if type(value) is not int or not 0 <= value <= HIGHEST_WEIGHT:
        raise ValueError(f"weight must be a whole number from 0 to {HIGHEST_WEIGHT}")
    return value


def _choices(value: object) -> tuple[Choice, ...]:
    pairs = _pairs("answers", value)
    keys = {key for key, _ in pairs}
    if len(pairs) < 2 or len(keys) != len(pairs) or keys & {NOT_KNOWN, NOT_APPLICABLE}:  # noqa: PLR2004 - best and worst
        raise ValueError("answers must be at least two, each with a key of its own")
    last = len(pairs) - 1
    return tuple(
        Choice(key, text, WORST_POINTS * place / last) for place, (key, text) in enumerate(pairs)
    )


def _pairs(key: str, value: object) -> list[tuple[str, str]]:
    match value:
        case [*items]:
            return [_pair(key, item) for item in items]
    raise ValueError(f"{key} must be a list of pairs")


def _pair(key: str, item: object) -> tuple[str, str]:
    match item:
        case [str(first), str(second)] if first and second:
            return first, second
    raise ValueError(f"{key} must be a list of pairs")
