"""What an audit could not test, in an owner's words."""

from audits.guidance.reading import LABEL_ONLY_ATTACKS, REFERENCE_ATTACKS, Reading
from audits.guidance.wording import say

CEILINGS = {2: "ceiling_noticeable", 3: "ceiling_serious", 4: "ceiling_severe"}
# Their headlines say that a new version needs a new test, so no other sentence does.
RETEST_IN_HEADLINE = frozenset({"no_sign", "trace"})


def limits_of(reading: Reading) -> tuple[str, ...]:
    """Return the limits that apply, those of this audit first, those of every audit last.

    That it was a sample and that attacks were known ones, the foot of each page and report says.
    """
    if reading.outcome == "invalid":  # nothing was found that could be larger or smaller
        return tuple(say(f"limits.{key}") for key in ("scope", "version"))
    baseline = reading.gates.get("blind_baseline", "not_run")
    applies = {
        _ceiling(reading): True,
        reading.counting("no_rates"): "0.01" not in reading.rated,
        reading.counting("no_strict"): "0.01" in reading.rated and "0.001" not in reading.rated,
        "no_references": not reading.attacks & REFERENCE_ATTACKS,
        "surrogate": reading.recipe == "surrogate",
        "stopped_early": reading.references > 0
        and reading.stopped_because in ("cap", "time", "cancelled"),
        "no_label_only": not reading.attacks & LABEL_ONLY_ATTACKS,
        "baseline_unsettled": baseline == "unsettled",
        "baseline_not_run": baseline == "not_run",
        "reference_accuracy": reading.gates.get("reference_accuracy") == "failed",
        "duplicates": reading.gates.get("duplicates") == "failed",
        "split_unknown": not reading.random_split,
        "scope": True,
        "version": reading.outcome not in RETEST_IN_HEADLINE,
    }
    return tuple(say(f"limits.{key}") for key, holds in applies.items() if key and holds)


def _ceiling(reading: Reading) -> str:
    """Return the ceiling's sentence where it says more than the outcome already did."""
    if reading.ceiling is None or reading.level is None or reading.ceiling <= reading.level:
        return ""
    return CEILINGS.get(reading.ceiling, "")
