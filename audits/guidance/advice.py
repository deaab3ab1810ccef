"""Why a control is asked of this client, and which of its steps are about what it has."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from audits.guidance.catalogue import TUNED_BY, Control
from audits.guidance.facts import UNKNOWN, Facts
from audits.guidance.matching import matches
from audits.guidance.rules import facts_in, parse
from audits.guidance.wording import of_hundred, placeholders, say, sentences, short

MOST_NAMED = 3

# Of the facts that a rule asks about, the first of these that has words for its value is told.
_TELLING = (
    "vendor.trains",
    "exposure",
    "outputs",
    "model.family",
    "data.class",
    "origin",
    "decision",
    "finding.leak",
    "finding.overfit_gap",
    "finding.outlier_leak",
    "finding.exists",
    "asset",
)
# A rule that only asks whether data is about people is told by the kind of data.
_TOLD_BY = {"data.personal": "data.class", "S": "data.class", "tree.min_leaf": "model.family"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A model, dataset or tool of the client: its name, its facts, and its number for a link.

    The client itself is one without a kind. `figures` are those that an audit found, as printed.
    """

    name: str
    facts: Facts
    pk: int = 0
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.facts.get("asset", ""))

    @property
    def impact(self) -> int:
        known = self.facts.get("S")
        return known if isinstance(known, int) else 0


@dataclass(frozen=True, slots=True)
class Because:
    """One asset that a control applies to, and the sentence that says why."""

    asset: Asset
    text: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """The most sensitive assets that a control applies to; `more` counts the others."""

    named: tuple[Because, ...]
    more: int

    def __bool__(self) -> bool:
        return bool(self.named)


@lru_cache(maxsize=64)
def _asked(rule: str) -> tuple[str, ...]:
    """Facts that the rule asks about, the most telling first."""
    asked = {_TOLD_BY.get(name, name) for name in facts_in(parse(rule))}
    if not asked:
        return ()
    if asked <= {"org", "clients"}:
        return ("org",)
    return tuple(name for name in _TELLING if name in asked or name == "asset")


def reasons(control: Control, assets: Iterable[Asset]) -> Reasons:
    """Say which of the client's assets bring the control in, the most sensitive first.

    Empty for a control that applies to everybody, and for one that a finding alone brings in.
    """
    told = [
        Because(asset, text)
        for asset in sorted(assets, key=lambda one: (-one.impact, one.name))
        if matches(control.rule, asset.facts)
        if (text := _text(control, asset))
    ]
    return Reasons(tuple(told[:MOST_NAMED]), max(0, len(told) - MOST_NAMED))


def _text(control: Control, asset: Asset) -> str:
    for fact in _asked(control.rule):
        value = asset.facts.get(fact)
        word = UNKNOWN if value is None else str(value).removeprefix("L")
        key = f"because.{fact}.{word}"
        by_kind = f"{key}.{asset.kind}"
        of_any = f"because.{fact}.known" if value else ""
        for found in (by_kind, key, of_any):
            if found in sentences():
                return say(found, {"name": asset.name})
    return ""


def steps(control: Control, assets: Iterable[Asset], *, plain: bool) -> tuple[Because, ...]:
    """Return the steps about what brings the control in, the most sensitive first.

    A step is left out where a figure that it names is not known.
    """
    told = (
        Because(asset, text)
        for asset in sorted(assets, key=lambda one: (-one.impact, one.name))
        if matches(control.rule, asset.facts)
        for text in _steps(control, asset, plain=plain)
    )
    return tuple(one for one, _ in zip(told, range(MOST_NAMED), strict=False))


def _steps(control: Control, asset: Asset, *, plain: bool) -> Iterator[str]:
    known = _figures(asset)
    for tuned in control.tuned:
        text = tuned.plain if plain else tuned.step
        if placeholders(text) <= known.keys() and matches(tuned.rule, asset.facts):
            yield text.format_map(known)


def _figures(asset: Asset) -> dict[str, str]:
    """What a step may name of an asset, as it is printed; what is not known is left out."""
    facts = asset.facts
    told: dict[str, str] = {"name": asset.name}
    told |= {name: text for name, text in asset.figures.items() if name in TUNED_BY}
    if "in_tenth" in told:
        told["in_tenth"] = of_hundred(told["in_tenth"])
    leaf = facts.get("tree.min_leaf")
    if isinstance(leaf, int | float):
        told["leaf"] = short(leaf)
    if asset.impact:
        told["impact"] = f"S{asset.impact}"
    return told
