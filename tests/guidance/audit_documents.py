"""Result documents as the engine writes them, made from a few numbers."""

from typing import Any

Point = dict[str, Any]

OUTCOMES = ("no_sign", "trace", "noticeable", "serious", "severe")
REFERENCE_ATTACKS = ("loss", "entropy", "rmia")


def point(value: float | None, *, rated: bool) -> Point:
    low = None if value is None else 0.6 * value
    high = None if value is None else min(1.0, 2 * value)
    return {
        "value": value, "low": low, "high": high, "reportable": value is not None, "rated": rated,
    }  # fmt: skip


def attack(
    catch: float | None, catch_strict: float | None, records: int, *, clear: bool
) -> dict[str, Any]:
    value, low, high = (0.72, 0.68, 0.76) if clear else (0.51, 0.47, 0.55)
    return {
        "auc": {"value": value, "low": low, "high": high,
                "reportable": records >= 100, "rated": records >= 500},
        "tpr": {
            "0.001": point(catch_strict, rated=records >= 10_000),
            "0.01": point(catch, rated=records >= 1_000),
            "0.1": point(None if catch is None else min(1.0, 3 * catch), rated=records >= 100),
        },
    }  # fmt: skip


def _right_answers(gap: float | None) -> dict[str, float | None]:
    """Shares of right answers that lie as far apart as the gap says."""
    inside, outside = (None, None) if gap is None else (0.9, 0.9 - gap)
    return {"member_accuracy": inside, "nonmember_accuracy": outside}


def make_document(
    level: int | None = 0,
    *,
    outcome: str | None = None,
    records: int = 2_000,
    catch: float | None = None,
    catch_strict: float | None = None,
    attacks: tuple[str, ...] = REFERENCE_ATTACKS,
    **parts: Any,  # noqa: ANN401 - each part replaces a key of the document
) -> dict[str, Any]:
    """Build a document: level 0 to 4, records on each side, and the parts that differ."""
    leaking = level is not None and level > 0
    name = None if level is None else f"L{level}"
    clear = level is not None and level > 1
    document: dict[str, Any] = {
        "schema": "mia-portal.audit-result/1",
        "valid": level is not None,
        "validity": [
            {"check": "blind_baseline", "passed": True, "detail": "", "value": 0.5,
             "low": 0.47, "high": 0.53},
        ],
        "verdict": {
            "reached": name, "ceiling": name, "grade": None if level is None else "B",
            "outcome": outcome or ("invalid" if level is None else OUTCOMES[level]),
            "sentence": "",
        },
        "attacks": {key: attack(catch, catch_strict, records, clear=clear) for key in attacks},
        "best_attack": attacks[-1] if leaking else None,
        "epsilon": {"low": None, "leak_factor_low": None, "delta": 1e-5, "ceiling": None,
                    "leak_factor_ceiling": None, "reportable": records >= 100,
                    "rated": records >= 1_000, "bounds_training": False},
        "records": {"members": records, "nonmembers": records, "population": 0,
                    "features": 5, "classes": 2},
        "model": {"family": "random_forest", "member_accuracy": 0.9,
                  "nonmember_accuracy": 0.88, "gap": 0.02},
        "references": {"count": 8, "recipe": "clone", "agreement": None,
                       "stopped_because": "converged", "seconds": 1.0},
    }  # fmt: skip
    for key, changes in parts.items():
        replaced = isinstance(changes, dict) and key in document
        document[key] = {**document[key], **changes} if replaced else changes
    if "gap" in parts.get("model", {}):
        document["model"] |= _right_answers(parts["model"]["gap"]) | parts["model"]
    return document
