"""The published result: one JSON object, every key always there, no NaN or Infinity.

`audit-result-1.schema.json` beside this file is its contract. Keys may be added, never renamed
or retyped; a value that does not apply is null.
"""

import importlib.metadata
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import metrics, verdict
from audits.engine.breakdown import Audited, breakdown
from audits.engine.distributions import distribution
from audits.engine.epsilon import epsilon
from audits.engine.types import AuditPlan, Check, Provenance
from audits.engine.validity import state_of

SCHEMA: Final = "mia-portal.audit-result/1"
ENGINE_VERSION: Final = "0.1.0"
"""Equal to the project's version; a constant, so that a checkout that is not installed knows it."""

LIBRARIES: Final = ("numpy", "scipy", "scikit-learn", "pyarrow", "skops")
_OF_RECIPE: Final[Mapping[str | None, str]] = {"mlp": "torch", "boosting": "lightgbm"}
_OF_FORMAT: Final[Mapping[str | None, str]] = {"onnx": "onnxruntime"}
_MODULE_OF: Final = {"scikit-learn": "sklearn"}
INPUT_NAMES: Final = ("model", "members", "nonmembers", "population", "predictions")

_NO_BREAKDOWN: Final[Mapping[str, Any]] = {"groups": [], "top_decile": None, "exposed": None}

_NOT_STATED: Final[Mapping[str, Any]] = {"low": None, "leak_factor_low": None}
"""Where the two sides differ by themselves, a bound would be one on that."""

Sides = tuple[NDArray[np.float64], NDArray[np.float64]]


def result_document(
    *,
    plan: AuditPlan,
    facts: Mapping[str, Any],
    scores: Mapping[str, Sides],
    checks: Sequence[Check],
    references: Mapping[str, Any],
    provenance: Provenance,
    total_seconds: float,
    audited: Audited | None = None,
) -> dict[str, Any]:
    """Compute every statistic and lay the document out.

    Parameters
    ----------
    plan
        As audited.
    facts
        `Prepared.facts`.
    scores
        Attack key -> (n1,) and (n0,) scores of members and non-members, one per person.
    checks
        All validity gates.
    references
        The entry of that name.
    provenance
        What the caller knows of the files.
    total_seconds
        Of the whole audit.
    audited
        The records one by one, for what is said about groups and single members; None leaves it
        out.
    """
    family = verdict.family_of(facts["depth"], scores)
    ranked = {key: metrics.rank(*sides, seed=plan.seed) for key, sides in sorted(scores.items())}
    stats = {
        key: metrics.summarise_ranked(one, *scores[key], family_size=len(family))
        for key, one in ranked.items()
    }
    gates = {check.check: state_of(check) for check in checks}
    decided = verdict.decide(
        stats, depth=facts["depth"], split=plan.split, gates=gates, unit=facts["unit"]
    )
    valid = decided.outcome != "invalid"
    bound = epsilon(
        {key: ranked[key] for key in family}, split=plan.split, delta=plan.delta
    ).as_json()
    document = {
        "schema": SCHEMA,
        "valid": valid,
        "validity": [_check_entry(check) for check in checks],
        "verdict": decided.as_json(),
        "attacks": {key: one.as_json() for key, one in stats.items()},
        "best_attack": decided.best_attack,
        "epsilon": bound if valid else {**bound, **_NOT_STATED},
        "records": _records_entry(stats[family[0]], facts),
        "model": _model_entry(facts["model"]),
        "references": dict(references),
        "timing": {"total_seconds": total_seconds},
        "provenance": _provenance_entry(facts, plan, provenance),
        "family": list(decided.family),
        "depth": facts["depth"],
        "settle": dict(decided.settle),
        "warnings": [*facts["warnings"], *_diagnostic_warnings(stats, decided)],
        "curves": {key: _curve(one) for key, one in ranked.items()},
        "distributions": {key: distribution(*sides) for key, sides in sorted(scores.items())},
        **(breakdown(audited, tuple(family)) if audited is not None and valid else _NO_BREAKDOWN),
    }
    plain: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return plain


def _records_entry(one: metrics.AttackStatistics, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unit": facts["unit"],
        "members": one.n_members,
        "nonmembers": one.n_nonmembers,
        "population": facts["population"],
        "features": facts["features"],
        "classes": facts["classes"],
    }


def _diagnostic_warnings(
    stats: Mapping[str, metrics.AttackStatistics], decided: verdict.Verdict
) -> list[str]:
    """Name the diagnostics that saw more than the verdict says: they are no part of it."""
    if decided.reached is None:
        return []
    noticeable, verdict_level = 2, int(decided.reached[1])
    levels = {
        key: verdict.reached_level({key: one})
        for key, one in stats.items()
        if key not in decided.family
    }
    return [
        f"The attack {key} alone reaches L{level}; it is a diagnostic here and the verdict does "
        "not rest on it."
        for key, level in levels.items()
        if level >= noticeable and level > verdict_level
    ]


def _check_entry(check: Check) -> dict[str, Any]:
    return {
        "check": check.check,
        "passed": check.passed,
        "detail": check.detail,
        "value": check.value,
        "low": check.low,
        "high": check.high,
    }


def _model_entry(model: Mapping[str, Any]) -> dict[str, Any]:
    told = model["member_accuracy"] is not None
    return {
        "family": model["family"],
        "task": model["task"],
        "member_accuracy": model["member_accuracy"],
        "nonmember_accuracy": model["nonmember_accuracy"],
        "gap": model["member_accuracy"] - model["nonmember_accuracy"] if told else None,
        "member_error": model["member_error"],
        "nonmember_error": model["nonmember_error"],
        "min_samples_leaf": model["min_samples_leaf"],
        "stores_rows": model["stores_rows"],
    }


def _provenance_entry(
    facts: Mapping[str, Any], plan: AuditPlan, provenance: Provenance
) -> dict[str, Any]:
    sandbox = provenance.sandbox
    used = [
        *LIBRARIES,
        *filter(None, [_OF_RECIPE.get(facts.get("trained_by") or facts.get("recipe"))]),
        *filter(None, [_OF_FORMAT.get(facts["model"].get("format"))]),
    ]
    return {
        "engine_version": ENGINE_VERSION,
        "rating_policy": verdict.RATING_POLICY,
        "seed": plan.seed,
        "plan_sha256": facts["plan_sha256"],
        **{f"{name}_sha256": provenance.sha256.get(name) for name in INPUT_NAMES},
        "reading": dict(facts.get("reading", {})),
        "libraries": {name: _version(name) for name in used},
        "sandbox": None if sandbox is None else list(sandbox),
    }


def _version(name: str) -> str:
    """Return the version of a library, from the library itself where it is loaded.

    What was installed tells the same and is text that takes milliseconds to read.
    """
    module = sys.modules.get(_MODULE_OF.get(name, name))
    return str(getattr(module, "__version__", None) or importlib.metadata.version(name))


def _curve(ranked: metrics.RankedScores) -> dict[str, list[float]]:
    fpr, tpr = metrics.roc_curve(ranked)
    return {"fpr": fpr.tolist(), "tpr": tpr.tolist()}
