"""From a result to findings, from findings to the controls that come first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audits.guidance.facts import Facts, known_facts
from audits.guidance.reading import ROW_STORING_FAMILIES, Document, Reading, read
from audits.guidance.wording import short

OVERFIT_GAP = 0.05
NOTICEABLE, SERIOUS = 2, 3
TRIGGERED_FACTOR = 1.5
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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an audit showed; `params` go into its sentence."""

    key: str
    params: tuple[tuple[str, str], ...] = ()


def findings_of(document: Document, facts: Facts) -> tuple[Finding, ...]:
    """Return what the result and the model's facts show, the gravest first."""
    reading = read(document)
    outputs = known_facts(facts).choices.get("outputs", frozenset())
    shown = {
        "leak_L3plus": reading.level is not None and reading.level >= SERIOUS,
        "leak_L2": reading.level == NOTICEABLE,
        "invalid_split": reading.outcome == "invalid",
        "inconclusive": reading.outcome == "inconclusive",
        "rows_stored": stores_rows(reading, facts),
        "overfit_gap": reading.gap is not None and reading.gap > OVERFIT_GAP,
        "scores_exposed": bool(outputs & TELLING_OUTPUTS),
    }
    return tuple(Finding(key, _params(key, reading)) for key, found in shown.items() if found)


def _params(key: str, reading: Reading) -> tuple[tuple[str, str], ...]:
    if key == "overfit_gap" and reading.gap is not None:
        return (("gap", short(100 * reading.gap)),)
    return ()


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


def place(finding_key: str, control_id: str) -> tuple[int, int]:
    """Return where a control stands among those that findings call for, the first one first."""
    return gravity(finding_key), controls_for(finding_key).index(control_id)


def priority(weight: int, impact: int, *, finding_triggered: bool) -> float:
    """Weight times impact, half as much again if a finding triggered the control."""
    return weight * impact * (TRIGGERED_FACTOR if finding_triggered else 1.0)
