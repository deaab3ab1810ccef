"""A state of the catalogue that a checklist is pinned to, and what differs between two of them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

from audits.guidance import catalogue
from audits.guidance.catalogue import Control, Mapped, Tuned, Words


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the catalogue; the digest is that of everything its controls say."""

    version: str
    digest: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A control that says something else now, and in which parts."""

    before: Control
    after: Control
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a newer edition adds, leaves out and words otherwise."""

    added: tuple[Control, ...]
    removed: tuple[Control, ...]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@lru_cache(maxsize=4)
def _edition(version: str, controls: tuple[Control, ...]) -> Edition:
    text = json.dumps(dumped(controls), sort_keys=True, separators=(",", ":"))
    return Edition(version, hashlib.sha256(text.encode()).hexdigest(), controls)


def current() -> Edition:
    """Return the edition that this installation comes with."""
    return _edition(catalogue.CATALOGUE_VERSION, catalogue.load())


def dumped(controls: Iterable[Control]) -> list[dict[str, Any]]:
    """Write controls as plain values, the same for the same texts."""
    return [
        asdict(control)
        | {"owner": _plain(control.owner), "tuned": [one._asdict() for one in control.tuned]}
        for control in controls
    ]


def restored(rows: Sequence[Mapping[str, Any]]) -> tuple[Control, ...]:
    """Read what `dumped` wrote; editions from before there were tuned steps have none."""
    return tuple(_restored(row) for row in rows)


def difference(before: Iterable[Control], after: Iterable[Control]) -> Difference:
    """Compare two editions control by control, in the order of the ids."""
    old = {control.id: control for control in before}
    new = {control.id: control for control in after}
    changed = (
        Changed(old[name], new[name], parts)
        for name in sorted(old.keys() & new.keys())
        if (parts := _parts(old[name], new[name]))
    )
    return Difference(
        added=tuple(new[name] for name in sorted(new.keys() - old.keys())),
        removed=tuple(old[name] for name in sorted(old.keys() - new.keys())),
        changed=tuple(changed),
    )


def _parts(before: Control, after: Control) -> tuple[str, ...]:
    names = (field.name for field in fields(Control))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _plain(words: Words | None) -> dict[str, Any] | None:
    return None if words is None else words._asdict() | {"steps": list(words.steps)}


def _restored(row: Mapping[str, Any]) -> Control:
    owner = row["owner"]
    known = {field.name: row[field.name] for field in fields(Control) if field.name in row}
    return Control(
        **known
        | {
            "steps": tuple(row["steps"]),
            "maps": tuple(Mapped(*pair) for pair in row["maps"]),
            "owner": owner and Words(**{"evidence": ""} | owner | {"steps": tuple(owner["steps"])}),
            "tuned": tuple(Tuned(**one) for one in row.get("tuned", [])),
        }
    )
