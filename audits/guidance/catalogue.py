"""The control catalogue: one TOML file per control in `controls/`, checked when it is loaded.

Steps under `[[tuned]]` are about what a client has: each has a rule over facts and names the asset
and, where it is known, a figure of it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from audits.guidance.facts import RuleError
from audits.guidance.rules import parse
from audits.guidance.wording import placeholders

CATALOGUE_VERSION = "2026.6"
AUDIENCES = ("smb", "msp", "both")
# What a control is about, in the order in which a checklist shows them.
SECTIONS = ("rules", "data", "training", "access", "testing", "tools", "clients")
EFFORTS = ("S", "M", "L")  # under half a day, days, weeks
HIGHEST_WEIGHT = 5

_TEXTS = ("id", "title", "question", "section", "audience", "effort", "when", "why", "evidence")
_KEYS = frozenset({*_TEXTS, "weight", "steps", "maps"})
_OPTIONAL = frozenset({"owner", "tuned"})
# What a tuned step may name of an asset.
TUNED_BY = frozenset(
    {"name", "impact", "leaf", "gap", "caught", "in_tenth", "members", "nonmembers", "chance"}
)


class CatalogueError(ValueError):
    """A control file that cannot be used; the message names the file."""


class Mapped(NamedTuple):
    """A passage of a framework that a control supports; never a claim that it satisfies it."""

    framework: str
    reference: str


class Words(NamedTuple):
    """How a control is put to a reader: what to do, why, in which steps, and what shows it.

    `title` is what somebody is told to do; `question` asks whether it is in place.
    """

    title: str
    why: str
    steps: tuple[str, ...]
    evidence: str
    question: str = ""

    @property
    def asked(self) -> str:
        """What is answered with yes or no; editions of early days have the title alone."""
        return self.question or self.title


class Tuned(NamedTuple):
    """A step about one asset: when it is given, and its words for technician and owner."""

    rule: str
    step: str
    plain: str


@dataclass(frozen=True, slots=True)
class Control:
    """One piece of advice and the rule that says when it applies."""

    id: str
    title: str
    section: str
    audience: str
    effort: str
    weight: int
    rule: str
    why: str
    steps: tuple[str, ...]
    evidence: str
    maps: tuple[Mapped, ...]
    owner: Words | None
    tuned: tuple[Tuned, ...] = ()
    question: str = ""

    @property
    def is_for_provider(self) -> bool:
        """Say whether it concerns those alone who look after others."""
        return self.audience == "msp"

    def words(self, *, plain: bool) -> Words:
        """Return the words for an owner where there are any, else those for a technician."""
        if plain and self.owner is not None:
            return self.owner
        return Words(self.title, self.why, self.steps, self.evidence, self.question)


FOLDER: Traversable = resources.files("audits.guidance") / "controls"


@lru_cache(maxsize=1)
def load() -> tuple[Control, ...]:
    """Return every control, in the order of the ids."""
    return load_from(FOLDER)


@lru_cache(maxsize=1)
def by_id() -> Mapping[str, Control]:
    return {control.id: control for control in load()}


def load_from(folder: Traversable) -> tuple[Control, ...]:
    """Read every control of a folder; CatalogueError where it holds anything else."""
    found = tuple(read(file.name, file.read_text("utf-8")) for file in files_of(folder))
    if not found:
        raise CatalogueError("the folder of controls is empty")
    return found


def files_of(folder: Traversable) -> list[Traversable]:
    """Return the files of a folder by name; none is passed over because of how it is called."""
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    foreign = [file.name for file in files if not file.name.endswith(".toml")]
    if foreign:
        raise CatalogueError(f"{foreign[0]}: not a .toml file, so nothing would be read from it")
    return files


def read(file: str, text: str) -> Control:
    """Return the control written in `text`; CatalogueError names `file` and what is wrong."""
    try:
        return _control(file.removesuffix(".toml"), tomllib.loads(text))
    except RuleError as error:
        raise CatalogueError(f"{file}: rule {tomllib.loads(text)['when']!r}: {error}") from error
    except ValueError as error:
        raise CatalogueError(f"{file}: {error}") from error


def _control(name: str, raw: Mapping[str, object]) -> Control:
    odd = sorted(_KEYS ^ (raw.keys() - _OPTIONAL))
    if odd:
        raise ValueError(f"missing or unknown key {odd[0]!r}")
    texts = {key: _text(key, raw[key]) for key in _TEXTS}
    if texts["id"] != name or not re.fullmatch("AI-[0-9]{2}", name):
        raise ValueError(f"id {texts['id']!r} and file name differ, or are not of the form AI-00")
    parse(texts["when"])
    return Control(
        id=name,
        title=texts["title"],
        question=_question("question", texts["question"]),
        section=_one_of("section", texts["section"], SECTIONS),
        audience=_one_of("audience", texts["audience"], AUDIENCES),
        effort=_one_of("effort", texts["effort"], EFFORTS),
        weight=_weight(raw["weight"]),
        rule=texts["when"],
        why=texts["why"],
        steps=_texts("steps", raw["steps"]),
        evidence=texts["evidence"],
        maps=_maps(raw["maps"]),
        owner=_owner(raw.get("owner"), texts["audience"]),
        tuned=_tuned(raw.get("tuned", []), texts["audience"]),
    )


def _owner(value: object, audience: str) -> Words | None:
    """Read the plain words, which every control has but those that concern the provider alone."""
    if value is None and audience == "msp":
        return None
    match value:
        case {
            "title": title,
            "question": question,
            "why": why,
            "steps": steps,
            "evidence": evidence,
            **rest,
        } if not rest:
            return Words(
                _text("owner.title", title),
                _text("owner.why", why),
                _texts("owner.steps", steps),
                _text("owner.evidence", evidence),
                _question("owner.question", question),
            )
    raise ValueError("owner must have title, question, why, steps and evidence")


def _tuned(value: object, audience: str) -> tuple[Tuned, ...]:
    match value:
        case [*items]:
            return tuple(_tuned_step(item, audience) for item in items)
    raise ValueError("tuned must be a list of steps")


def _tuned_step(value: object, audience: str) -> Tuned:
    """Read one step, whose rule has to be about an asset and whose figures have to exist."""
    match value:
        case {"when": when, "step": step, **rest} if rest.keys() <= {"plain"}:
            plain = rest.get("plain", "" if audience == "msp" else None)
            found = Tuned(_text("tuned.when", when), _text("tuned.step", step), str(plain or ""))
            if plain is None:
                raise ValueError("tuned.plain must be a text")
        case _:
            raise ValueError("tuned must have when, step and plain")
    try:
        parse(found.rule)
    except RuleError as error:
        raise ValueError(f"tuned rule {found.rule!r}: {error}") from error
    strange = sorted((placeholders(found.step) | placeholders(found.plain)) - TUNED_BY)
    if strange:
        raise ValueError(f"tuned cannot name {strange[0]!r}")
    return found


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text")
    return value


def _question(key: str, value: object) -> str:
    text = _text(key, value)
    if not text.endswith("?"):
        raise ValueError(f"{key} must be a question")
    return text


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{key} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _weight(value: object) -> int:
    if type(value) is not int or not 1 <= value <= HIGHEST_WEIGHT:
        raise ValueError(f"weight must be a whole number from 1 to {HIGHEST_WEIGHT}")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{key} must be a list of texts")
    return tuple(_text(key, item) for item in value)


def _maps(value: object) -> tuple[Mapped, ...]:
    match value:
        case [*items]:
            return tuple(_mapped(item) for item in items)
    raise ValueError("maps must be a list of [framework, reference]")


def _mapped(value: object) -> Mapped:
    match value:
        case [str(framework), str(reference)] if framework.strip() and reference.strip():
            return Mapped(framework, reference)
    raise ValueError("maps must be a list of [framework, reference]")
