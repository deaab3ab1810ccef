"""The first stage of an audit: records matched, gates run, the target asked, attacks scored."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import answers as answers_module
from audits.engine import baseline, self_test, subgroups, validity
from audits.engine.assembly import Assembly, assemble
from audits.engine.blocks import Trainer, trainer_for, training_of
from audits.engine.registry import ATTACKS, AttackView, Calibration, runnable
from audits.engine.side_by_side import workers
from audits.engine.target import Target, take
from audits.engine.types import (
    SMALLEST_BLOCK,
    AuditInputs,
    AuditPlan,
    Check,
    ModelInputs,
    OnProgress,
    Predictions,
    Prepared,
    Provenance,
    plan_sha256,
)

if TYPE_CHECKING:
    from audits.engine.errors import Subject

DEPTH_PREDICTIONS: Final = 1
DEPTH_RECIPE: Final = 4
PREPARE_STEPS: Final = 3
"""Steps before the first block: reading, asking the model, attacking and checking."""


PREDICTS_NUMBERS: Final = "The model predicts a number, not a class."
ON_ERRORS: Final = (
    "The model predicts a number: the attacks read the size of its errors, squared or absolute, "
    "in place of the probability of the true class."
)
NO_REFERENCES: Final[Mapping[str, Any]] = {
    "recipe": None,
    "block": SMALLEST_BLOCK,
    "single_references": False,
    "agreement": None,
    "surrogate": None,
}


def no_progress(_step: int, _total: int, _name: str) -> None:
    """Report to nobody."""


def steps_in_all(plan: AuditPlan) -> int:
    """Return how many steps an audit takes at most: preparing, blocks, concluding."""
    return PREPARE_STEPS + plan.reference_cap // SMALLEST_BLOCK + 1


def prepare(
    inputs: AuditInputs,
    plan: AuditPlan,
    provenance: Provenance,
    *,
    on_progress: OnProgress = no_progress,
) -> Prepared:
    """Match, de-duplicate and score the records, run the gates and every attack but references.

    Raises
    ------
    InputError
        The inputs cannot be audited.
    """
    total = steps_in_all(plan)
    on_progress(0, total, "Reading the records")
    plan_hash = plan_sha256(plan, provenance)
    if isinstance(inputs, Predictions):
        prepared = _prepare_predictions(inputs, plan)
    else:
        prepared = _prepare_model(inputs, plan, plan_hash, on_progress, total)
    prepared.facts["plan_sha256"] = plan_hash
    prepared.facts["reading"] = dict(inputs.reading)
    on_progress(PREPARE_STEPS, total, "Records checked")
    return prepared


def _prepare_predictions(inputs: Predictions, plan: AuditPlan) -> Prepared:
    order = np.argsort(~inputs.is_member, kind="stable")
    is_member, labels = inputs.is_member[order], inputs.labels[order]
    answers = inputs.probabilities[order]
    scale = None if inputs.classes else answers_module.error_scale(answers, labels)
    no_features = "Only predictions were given, not the records."
    checks = [
        validity.schema_check(with_features=False),
        validity.classes_check(labels, is_member, inputs.classes)
        if scale is None
        else validity.not_run("classes", PREDICTS_NUMBERS),
        validity.sizes_check(int(is_member.sum()), int((~is_member).sum())),
        validity.not_run("duplicates", no_features),
        validity.not_run("blind_baseline", no_features),
    ]
    facts = {
        "depth": DEPTH_PREDICTIONS,
        "checks": [asdict(check) for check in checks],
        "features": None,
        "population": 0,
        "classes": len(inputs.classes),
        "class_names": list(inputs.classes),
        "subgroups": {},
        **NO_REFERENCES,
        "error_scale": scale,
        "warnings": [] if scale is None else [ON_ERRORS],
        "model": {"family": None, "min_samples_leaf": None, "stores_rows": None},
    }
    view = AttackView(
        labels=labels if scale is None else np.zeros(len(labels), dtype=np.int64),
        log_p=answers_module.log_likelihood(answers, labels, scale),
        seed=plan.seed,
        probabilities=answers if scale is None else None,
        is_nonmember=~is_member,
    )
    units = np.arange(len(labels), dtype=np.int32)
    own = {"units": units, "rows": order.astype(np.int32)}
    return _scored(view, answers, labels, is_member, own, facts)


def _prepare_model(
    inputs: ModelInputs, plan: AuditPlan, plan_hash: str, on_progress: OnProgress, total: int
) -> Prepared:
    whole, target = assemble(inputs), inputs.model
    on_progress(1, total, "Asking the model")
    n = whole.n_audited
    answers, truth = _asked(target, whole), whole.labels[: whole.n_audited]
    scale = answers_module.error_scale(answers[:n], truth) if target.predicts_numbers else None
    log_p = answers_module.log_likelihood(answers, whole.labels, scale)
    names = tuple(str(name) for name in target.classes.tolist())
    trainer = trainer_for(inputs, whole, plan, plan_hash) if plan.reference_cap else None
    groups = subgroups.codes_of((whole.raw, whole.aside), plan.subgroups)
    facts = {
        "depth": DEPTH_RECIPE,
        "checks": [asdict(check) for check in _checks(whole, names)],
        "features": whole.raw.num_columns,
        "population": whole.n_population,
        "classes": len(names),
        "class_names": list(names),
        "subgroups": {name: values for name, (_, values) in groups.items()},
        **(NO_REFERENCES if trainer is None else trainer.facts),
        "error_scale": scale,
        "warnings": [
            *inputs.warnings,
            *_size_warnings(whole, plan),
            *([] if scale is None else [ON_ERRORS]),
        ],
        "model": {
            "family": target.family,
            "min_samples_leaf": target.min_samples_leaf,
            "stores_rows": target.stores_rows,
            "format": target.format,
        },
    }
    view = AttackView(
        labels=truth if scale is None else np.zeros(n, dtype=np.int64),
        log_p=log_p[:n],
        seed=plan.seed,
        probabilities=answers[:n] if scale is None else None,
        is_nonmember=~whole.is_member,
        population_log_p=log_p[n:] if whole.n_population else None,
        features=take(whole.features, np.arange(n)),
        matrix=baseline.baseline_matrix(whole.raw, truth),
        units=whole.units,
        query=lambda features: target.probabilities(features, subject="model"),
    )
    own = {"units": whole.units, "rows": whole.rows}
    own |= {f"subgroup:{name}": codes for name, (codes, _) in groups.items()}
    on_progress(2, total, "Attacking the model, and checking the data without it")
    blind = partial(
        baseline.blind_baseline,
        whole.raw, truth, whole.is_member, whole.units,
        seed=plan.seed, threads=1, equal_rows_together=whole.duplicates > 0,
    )  # fmt: skip
    return _scored(
        view, answers[:n], truth, whole.is_member, own, facts,
        blind=blind,
        calibration=partial(_calibration, trainer, whole, plan, plan_hash),
        threads=plan.threads,
    )  # fmt: skip


def _checks(whole: Assembly, names: tuple[str, ...]) -> list[Check]:
    """Return the gates that need nothing but the records."""
    n_persons = [len(np.unique(whole.units[whole.is_member == side])) for side in (True, False)]
    given = whole.given["members"] + whole.given["nonmembers"]
    own = whole.labels[: whole.n_audited]
    return [
        validity.schema_check(with_features=True),
        validity.classes_check(own, whole.is_member, names)
        if names
        else validity.not_run("classes", PREDICTS_NUMBERS),
        validity.sizes_check(n_persons[0], n_persons[1]),
        validity.duplicates_check(
            whole.duplicates, given, whole.shared_persons, thinned=whole.thinned
        ),
    ]


def _calibration(
    trainer: Trainer | None, whole: Assembly, plan: AuditPlan, plan_hash: str
) -> Calibration | None:
    """Train the one reference that attacks are tuned on; none for a surrogate's other columns."""
    if trainer is None or trainer.surrogate is not None:
        return None
    training = training_of(trainer, whole, plan, plan_hash, purpose="calibration", index=0)
    return trainer.recipe.calibration(training)


def _size_warnings(whole: Assembly, plan: AuditPlan) -> list[str]:
    n_members, half = whole.given["members"], whole.n_audited // 2
    if not plan.reference_cap:
        return []
    if half > n_members:
        return [
            f"References trained on {half:,} records each, more than the model's {n_members:,}."
        ]
    reach = min(n_members, half + whole.n_population)
    if reach < n_members:
        return [
            f"References trained on {reach:,} records each, fewer than the model's "
            f"{n_members:,}; a population file would top them up."
        ]
    return []


def _asked(target: Target, whole: Assembly) -> NDArray[np.float64]:
    """Return all answers; asked side by side, so that an error names the right file."""
    ends: dict[Subject, int] = {
        "members": int(whole.is_member.sum()),
        "nonmembers": whole.n_audited,
        "population": len(whole.labels),
    }
    names, parts, start = tuple(whole.raw.column_names), [], 0
    for subject, end in ends.items():
        if end > start:
            rows = take(whole.features, np.arange(start, end))
            parts.append(target.answers(rows, subject=subject, names=names))
        start = end
    return np.concatenate(parts)


def _scored(
    view: AttackView,
    answers: NDArray[np.float64],
    truth: NDArray[Any],
    is_member: NDArray[np.bool_],
    own_arrays: dict[str, NDArray[np.int32]],
    facts: dict[str, Any],
    *,
    blind: Callable[[], Check] | None = None,
    calibration: Callable[[], Calibration | None] | None = None,
    threads: int = 1,
) -> Prepared:
    """Run every attack that needs no references, the self-test and the blind baseline.

    They do not depend on each other and run side by side, the longest first.
    """
    facts["model"] |= _performance(answers, truth, is_member, facts["error_scale"])
    keys = runnable(
        depth=facts["depth"],
        references=facts["recipe"] is not None,
        single_references=facts["single_references"],
        classes=facts["error_scale"] is None,
        population=view.population_log_p is not None,
    )
    facts["reference_attacks"] = [key for key in keys if ATTACKS[key].references]
    arrays: dict[str, NDArray[Any]] = {
        "is_member": is_member,
        "labels": view.labels.astype(np.int32),
        **own_arrays,
        "log_p": np.asarray(view.log_p, dtype=np.float64),
    }
    with workers(threads) as pool:
        checks = [] if blind is None else [pool.submit(blind)]
        alone = [key for key in keys if not ATTACKS[key].references]
        alone.sort(key=lambda key: -ATTACKS[key].depth)
        scores = {key: pool.submit(_score, key, view, calibration) for key in alone}
        checks.append(pool.submit(self_test.self_test, view, own_arrays["units"], keys))
        for key in sorted(scores):
            arrays[f"score:{key}"] = scores[key].result()
        facts["checks"] += [asdict(check.result()) for check in checks]
    return Prepared(facts, arrays)


def _performance(
    answers: NDArray[np.float64],
    truth: NDArray[Any],
    is_member: NDArray[np.bool_],
    scale: float | None,
) -> dict[str, Any]:
    """Return how good the model is on each side: accuracy of classes, error of numbers."""
    found: dict[str, Any] = {"task": "classification" if scale is None else "regression"}
    for side, name in ((True, "member"), (False, "nonmember")):
        own = is_member == side
        quality = answers_module.quality(answers[own], truth[own], scale)
        error = None if scale is None else answers_module.root_mean_square(answers[own], truth[own])
        found[f"{name}_accuracy"] = quality if scale is None else None
        found[f"{name}_error"] = error
        found[f"{name}_quality"] = quality
    return found


def _score(
    key: str, view: AttackView, calibration: Callable[[], Calibration | None] | None
) -> NDArray[np.float64]:
    attack = ATTACKS[key]
    if attack.calibrated and calibration is not None:
        view = replace(view, calibration=calibration())
    return np.asarray(attack.score(view), dtype=np.float64)
