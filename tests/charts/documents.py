"""Result documents with real arithmetic behind them: normal scores, exact counts, fixed seed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from audits.engine.distributions import distribution
from audits.engine.policy import POWER

RATES = {"0.001": (3_000, 10_000, 3_000), "0.01": (300, 1_000, 1_000), "0.1": (30, 100, 100)}
GROWTH = [
    {"count": 4, "auc": {"value": 0.81, "low": 0.79, "high": 0.83},
     "correlation": None, "overlap": None},
    {"count": 8, "auc": {"value": 0.84, "low": 0.82, "high": 0.86},
     "correlation": 0.99, "overlap": 0.85},
]  # fmt: skip
GROUPS = [
    {"grouping": "class", "value": "0", "attack": "rmia", "members": 600, "nonmembers": 600,
     "suppressed": False, "auc": {"value": 0.8, "low": 0.77, "high": 0.83}},
    {"grouping": "site", "value": "south", "attack": "rmia", "members": 49, "nonmembers": 900,
     "suppressed": True, "auc": None},
]  # fmt: skip
Scores = NDArray[np.float64]


def document(
    *,
    members: int = 1_200,
    nonmembers: int = 1_200,
    shifts: dict[str, float] | None = None,
    best: str | None = "rmia",
    outcome: str = "serious",
) -> dict[str, Any]:
    """Make a document in the shape of mia-portal.audit-result/1 with ROC curves."""
    chosen = {"rmia": 1.5, "loss": 0.7, "entropy": 0.75} if shifts is None else shifts
    rng = np.random.default_rng(7)
    attacks: dict[str, Any] = {}
    curves: dict[str, Any] = {}
    spread: dict[str, Any] = {}
    for key, shift in chosen.items():
        inside = rng.normal(shift, 1, members)
        outside = np.sort(rng.normal(0, 1, nonmembers))[::-1]
        attacks[key] = _figures(inside, outside)
        curves[key] = _curve(inside, outside)
        spread[key] = distribution(inside, outside)
    return {
        "schema": "mia-portal.audit-result/1",
        "valid": outcome != "invalid",
        "validity": [],
        "verdict": {
            "reached": "L3" if best else "L0",
            "ceiling": "L3",
            "outcome": outcome,
            "grade": "B",
            "sentence": "Some people can be picked out with confidence.",
        },
        "attacks": attacks,
        "best_attack": best,
        "epsilon": {
            "low": 2.4,
            "leak_factor_low": 11.0,
            "delta": 1e-5,
            "ceiling": 4.7,
            "leak_factor_ceiling": 111.0,
            **POWER["epsilon"].flags(members, nonmembers),
            "bounds_training": False,
        },
        "records": {
            "members": members,
            "nonmembers": nonmembers,
            "population": 0,
            "features": 30,
            "classes": 2,
        },
        "model": {"family": "random_forest", "member_accuracy": 0.99, "nonmember_accuracy": 0.91,
                  "gap": 0.08},
        "references": {"count": 8, "recipe": "clone", "agreement": None,
                       "stopped_because": "cap", "seconds": 4.1, "growth": GROWTH},
        "timing": {"total_seconds": 5.3},
        "provenance": {
            "engine_version": "0.1.0",
            "rating_policy": "2026.1",
            "seed": 0,
            "plan_sha256": "3f" * 32,
            "model_sha256": "a1" * 32,
            "members_sha256": "b2" * 32,
            "nonmembers_sha256": "c3" * 32,
            "population_sha256": None,
            "predictions_sha256": None,
            "reading": {},
            "libraries": {"numpy": "2.4.6", "scikit-learn": "1.9.0"},
            "sandbox": ["landlock", "seccomp"],
        },
        "curves": curves,
        "distributions": spread,
        "groups": GROUPS,
    }  # fmt: skip


def _figures(inside: Scores, outside: Scores) -> dict[str, Any]:
    ranks = np.searchsorted(np.sort(outside), inside)
    auc = float(ranks.mean() / outside.size)
    margin = float(np.sqrt(auc * (1 - auc) * 2 / min(inside.size, outside.size)))
    return {
        "auc": {
            "value": auc,
            "low": max(0.0, auc - margin),
            "high": min(1.0, auc + margin),
            **POWER["auc"].flags(inside.size, outside.size),
        },
        "tpr": {rate: _reading(float(rate), inside, outside) for rate in RATES},
    }


def _reading(rate: float, inside: Scores, outside: Scores) -> dict[str, Any]:
    reportable, rated, rated_members = RATES[f"{rate:g}"]
    if outside.size < reportable:
        return {"value": None, "low": None, "high": None, "reportable": False, "rated": False}
    allowed = int(rate * outside.size)
    hits = int((inside > outside[allowed]).sum())
    total = inside.size
    low = float(betaincinv(hits, total - hits + 1, 0.025)) if hits else 0.0
    high = float(betaincinv(hits + 1, total - hits, 0.975)) if hits < total else 1.0
    return {
        "value": hits / total,
        "low": low,
        "high": high,
        "reportable": True,
        "rated": outside.size >= rated and total >= rated_members,
    }


def _curve(inside: Scores, outside: Scores) -> dict[str, list[float]]:
    counts = np.unique(np.geomspace(1, outside.size, 300).astype(int))
    sorted_inside = np.sort(inside)
    above = inside.size - np.searchsorted(sorted_inside, outside[counts - 1], side="right")
    first = inside.size - np.searchsorted(sorted_inside, outside[0], side="right")
    # Just under the k-th highest outsider k - 1 outsiders are flagged; the end flags all.
    fpr = [0.0, *((counts - 1) / outside.size).tolist(), 1.0]
    tpr = [0.0, *(above / inside.size).tolist(), 1.0]
    tpr[1] = float(first / inside.size)
    return {"fpr": fpr, "tpr": tpr}
