"""From a result to findings, from findings to the controls that come first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from audits.guidance import figures
from audits.guidance.facts import Facts, known_facts
from audits.guidance.growth import Earlier, grew, level_rose
from audits.guidance.ranges import share_range
from audits.guidance.reading import ROW_STORING_FAMILIES, Document, Reading, read
from audits.guidance.wording import (
    count,
    in_hundred,
    of_hundred,
    placeholders,
    say,
    sentences,
    short,
)

OVERFIT_GAP = 0.05
NOTICEABLE, SERIOUS = 2, 3
TRIGGERED_FACTOR = 1.5
FAR_MORE = 2.0  # times the odds
TELLING_OUTPUTS = frozenset({"topk", "probs", "logits", "logprobs", "embeddings"})

CONTROLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "leak_L3plus": ("AI-25", "AI-26", "AI-22", "AI-20"),
        "leak_L2": ("AI-20", "AI-09", "AI-07"),
        # A verdict that settles nothing asks for records first: gaps are hints beside it.
        "invalid_split": ("AI-19", "AI-12"),
        "inconclusive": ("AI-19", "AI-12"),
        "rows_stored": ("AI-21", "AI-26"),
        "overfit_gap": ("AI-20", "AI-19"),
        "worst_decile": ("AI-09", "AI-28"),
        "scores_exposed": ("AI-24",),
        "regression": ("AI-29", "AI-31", "AI-12"),
        "no_logs": ("AI-30",),
        "cross_client": ("AI-15", "AI-16", "AI-31"),
        "vendor_knockout": ("AI-33", "AI-34", "AI-36"),
    }
)

# What only figures can show: a void audit has none that count, so it calls for nothing of theirs.
VOID = "invalid_split"
_MEASURED = ("leak_L3plus", "leak_L2", "overfit_gap", "worst_decile")


# What no audit shows: an answer of the checklist does, or the review of a tool's vendor.
KNOCK_OUT = "vendor_knockout"
BY_ANSWER: Mapping[str, str] = MappingProxyType({"AI-30": "no_logs", "AI-15": "cross_client"})

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an audit showed; `params` go into its sentence."""

    key: str
    params: Params = ()


def knocked_out(answers: int) -> Finding:
    """Return the finding of a review in which so many answers rule private data out."""
    told = {"form": "one"} if answers == 1 else {"form": "several", "answers": count(answers)}
    return Finding(KNOCK_OUT, tuple(told.items()))


def findings_of(
    document: Document, facts: Facts, *, earlier: Earlier | None = None
) -> tuple[Finding, ...]:
    """Return what the result and the model's facts show, the gravest first.

    `earlier` is the result before of the same model on the same data, where there is one.
    """
    reading = read(document)
    grown = earlier is not None and grew(earlier.document, document)
    shown = {
        "leak_L3plus": reading.level is not None and reading.level >= SERIOUS,
        "leak_L2": reading.level == NOTICEABLE,
        "invalid_split": reading.outcome == "invalid",
        "inconclusive": reading.outcome == "inconclusive",
        "rows_stored": stores_rows(reading, facts),
        "overfit_gap": better_on_members(reading),
        "worst_decile": stands_out(reading, document.get("top_decile")),
        "scores_exposed": bool(outputs_of(facts)),
        "regression": grown,
    }
    return tuple(
        Finding(key, params_of(key, document, reading, facts, earlier))
        for key, found in shown.items()
        if found
    )


def params_of(
    key: str, document: Document, reading: Reading, facts: Facts, earlier: Earlier | None
) -> Params:
    """Return the figures that a finding is told with; `form` names the sentence that has them."""
    told: dict[str, str] = {}
    if key in ("leak_L3plus", "leak_L2"):
        rates, pairs = figures.rates(reading), figures.pairs(reading)
        told = {"form": "rates", **rates} if rates else {"form": "pairs", **pairs} if pairs else {}
    elif key in ("invalid_split", "inconclusive"):
        told = {"form": "sizes", "members": count(reading.members)}
        told["nonmembers"] = count(reading.nonmembers)
    elif key == "rows_stored":
        told = {"form": reading.family or ""}
    elif key == "overfit_gap" and reading.gap is not None:
        told = {"gap": short(100 * reading.gap), "share": f"{reading.gap:.4f}"}
    elif key == "worst_decile":
        decile = document["top_decile"]
        told = {"form": "tenth", "flagged": count(decile["flagged"])}
        told["in_tenth"] = in_hundred(decile["precision"])
        told["chance"] = in_hundred(decile["base_rate"])
    elif key == "scores_exposed":
        told = {"form": outputs_of(facts)[0]}
    elif key == "regression" and earlier is not None:
        told = _since(earlier, document)
    return tuple(told.items())


def _since(earlier: Earlier, document: Document) -> dict[str, str]:
    if not level_rose(earlier.document, document):
        return {"form": "figures", "day": earlier.day}
    before, after = (one["verdict"]["reached"] for one in (earlier.document, document))
    return {"form": "level", "day": earlier.day, "before": before, "after": after}


def better_on_members(reading: Reading) -> bool:
    """Say whether the gap is large, and larger than equally good answers often show by chance."""
    if reading.gap is None or reading.gap_low is None:
        return False
    return reading.gap > OVERFIT_GAP and reading.gap_low > 0


def stands_out(reading: Reading, decile: Mapping[str, Any] | None) -> bool:
    """Say whether those ranked highest leak far more than the average.

    The odds that one of the top tenth was used for training are at least twice those of anybody,
    at the lower limit of their share, with enough records to count.
    """
    if decile is None or "0.1" not in reading.rated or reading.outcome == "invalid":
        return False
    share = share_range(round(decile["members"]), decile["flagged"]).low
    base = decile["base_rate"]
    return bool(share * (1 - base) >= FAR_MORE * base * (1 - share))


def outputs_of(facts: Facts) -> tuple[str, ...]:
    """Return what a model gives out beyond its answer."""
    return tuple(sorted(known_facts(facts).choices.get("outputs", frozenset()) & TELLING_OUTPUTS))


def sentence(key: str, name: str, params: Mapping[str, Any]) -> str:
    """Return a finding in one sentence, with its figures where they were kept."""
    form = f"finding_as.{key}.{params.get('form', '')}"
    found = form if form in sentences() else f"finding.{key}"
    given = {**params, "name": name}
    if "in_tenth" in given:
        given["in_tenth"] = of_hundred(given["in_tenth"])
    return say(found, {each: given[each] for each in placeholders(sentences()[found])})


def in_short(key: str, name: str, params: Mapping[str, Any]) -> str:
    """Return a finding in one sentence that leaves its figures out."""
    return sentence(key, name, {**params, "form": ""})


def stores_rows(reading: Reading, facts: Facts) -> bool:
    """Say whether the model's family keeps training records inside its file."""
    told = known_facts(facts).choices.get("model.family", frozenset())
    return reading.stores_rows or bool(told & ROW_STORING_FAMILIES)


def controls_for(finding_key: str) -> tuple[str, ...]:
    """Return the ids of the controls a finding calls for, the first one first."""
    return CONTROLS[finding_key]


def standing(keys: Iterable[str]) -> tuple[str, ...]:
    """Return the findings of one audit that call for controls, the gravest first."""
    ranked = sorted(keys, key=gravity)
    return tuple(key for key in ranked if VOID not in ranked or key not in _MEASURED)


def answers_figures(control_id: str) -> bool:
    """Say whether the control answers what an audit measured: a leak, or a gap."""
    return any(control_id in CONTROLS[key] for key in _MEASURED)


def gravity(finding_key: str) -> int:
    """Return the place of a finding among all findings, the gravest first."""
    return tuple(CONTROLS).index(finding_key)


# Where a control stands among all that findings call for, the first one of the gravest first.
PLACES: Mapping[tuple[str, str], int] = MappingProxyType(
    {
        pair: number
        for number, pair in enumerate(
            (key, control) for key, controls in CONTROLS.items() for control in controls
        )
    }
)
NOWHERE = len(PLACES)
"""The place of what no finding calls for."""


def priority(weight: int, impact: int, *, finding_triggered: bool) -> float:
    """Weight times impact, half as much again if a finding triggered the control."""
    return weight * impact * (TRIGGERED_FACTOR if finding_triggered else 1.0)
