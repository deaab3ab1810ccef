"""Frameworks that controls support, and which of their passages we have read.

A mapping is shown where its framework stands in `frameworks.toml` and its reference lies within
what was read there. It says "supports", never "satisfies".
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from audits.guidance.catalogue import CatalogueError, Control, Mapped

READINGS = ("text", "titles", "part")
_KEYS = {"key", "name", "title", "publisher", "link", "read", "about", "source", "mark"}
_OPTIONAL = {"only", "is_evidence", "read_on"}
# How a source was marked: read, or read in part. Anything else is not shown to a client.
_READ = re.compile(r"([^\[\];]+ )?\[[RP]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A published text; `only` are patterns of the references within what was read of it.

    `source` is the row of our notes that it rests on and `mark` how that row, or the part of it
    that is meant, is marked; `read_on` the day on which the text at `link` was read since.
    """

    key: str
    name: str
    title: str
    publisher: str
    link: str
    read: str
    about: str
    source: str
    mark: str
    read_on: date | None = None
    only: tuple[str, ...] = ()
    is_evidence: bool = False

    def covers(self, reference: str) -> bool:
        """Say whether a passage lies within what was read."""
        return not self.only or any(re.fullmatch(pattern, reference) for pattern in self.only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One reference of a framework and the controls that support it."""

    reference: str
    controls: tuple[Control, ...]


@lru_cache(maxsize=1)
def load() -> Mapping[str, Framework]:
    """Return every framework by the name that controls call it."""
    text = (resources.files("audits.guidance") / "frameworks.toml").read_text("utf-8")
    return parse(text)


def parse(text: str) -> Mapping[str, Framework]:
    """Read the file; CatalogueError names the entry and what is wrong with it."""
    found: dict[str, Framework] = {}
    for raw in tomllib.loads(text)["frameworks"]:
        made = _framework(raw)
        if made.name in found or made.key in {other.key for other in found.values()}:
            raise CatalogueError(f"frameworks.toml: {made.name} stands there twice")
        found[made.name] = made
    return found


def _framework(raw: Mapping[str, object]) -> Framework:
    name = str(raw.get("name", "an entry without a name"))
    odd = sorted((raw.keys() - _OPTIONAL) ^ _KEYS)
    if odd:
        raise CatalogueError(f"frameworks.toml: {name}: missing or unknown key {odd[0]!r}")
    if raw["read"] not in READINGS:
        raise CatalogueError(f"frameworks.toml: {name}: read must be one of {', '.join(READINGS)}")
    link, only, read_on = str(raw["link"]), raw.get("only", []), raw.get("read_on")
    if not _READ.fullmatch(str(raw["mark"])) and not (isinstance(read_on, date) and link):
        raise CatalogueError(f"frameworks.toml: {name}: nobody has read it, so it is not shown")
    if link and not link.startswith("https://"):
        raise CatalogueError(f"frameworks.toml: {name}: link must be https")
    if not isinstance(only, list):
        raise CatalogueError(f"frameworks.toml: {name}: only must be a list")
    return Framework(
        **{key: str(raw[key]) for key in _KEYS},
        read_on=read_on if isinstance(read_on, date) else None,
        only=tuple(str(pattern) for pattern in only),
        is_evidence=bool(raw.get("is_evidence", False)),
    )


def shown(control: Control) -> tuple[Mapped, ...]:
    """Return the mappings of a control that lie within what was read."""
    known = load()
    return tuple(
        mapped
        for mapped in control.maps
        if mapped.framework in known and known[mapped.framework].covers(mapped.reference)
    )


def crosswalk(framework: Framework, controls: Iterable[Control]) -> tuple[Passage, ...]:
    """Return the passages of a framework with the controls that support each, in their order."""
    passages: dict[str, list[Control]] = {}
    for control in controls:
        for mapped in shown(control):
            if mapped.framework == framework.name:
                passages.setdefault(mapped.reference, []).append(control)
    return tuple(
        Passage(reference=reference, controls=tuple(found))
        for reference, found in sorted(passages.items())
    )


def listed(controls: Iterable[Control]) -> tuple[Framework, ...]:
    """Return the frameworks of which at least one passage is supported; evidence is none."""
    named = {mapped.framework for control in controls for mapped in shown(control)}
    return tuple(one for one in load().values() if one.name in named and not one.is_evidence)
