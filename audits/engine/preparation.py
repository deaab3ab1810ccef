"""The first stage of an audit: records matched, gates run, the target asked, attacks scored."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import answers as answers_module
from audits.engine import baseline, steps, subgroups, validity
from audits.engine.assembly import Assemble, Assembly, assemble
from audits.engine.blocks import Trainer, trainer_for, training_of
from audits.engine.errors import AuditCancelled, InputError
from audits.engine.preparation_predictions import prepare_predictions
from audits.engine.registry import AttackView, Calibration
from audits.engine.scoring import NO_REFERENCES, ON_ERRORS, PREDICTS_NUMBERS, own_arrays, scored
from audits.engine.side_by_side import workers
from audits.engine.target import CHUNK_ROWS, Target, take
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
    ShouldCancel,
    Unit,
    plan_sha256,
)

if TYPE_CHECKING:
    from audits.engine.errors import Subject

DEPTH_RECIPE: Final = 4
PREPARE_STEPS: Final = 3
"""Steps before the first block: reading, asking the model, attacking and checking."""

_ORDER_STREAM: Final = 0xA5CED


def no_progress(_step: int, _total: int, _name: str) -> None:
    """Report to nobody."""


def never() -> bool:
    """Go on whatever happens."""
    return False


def steps_in_all(plan: AuditPlan) -> int:
    """Return how many steps an audit takes at most: preparing, blocks, concluding."""
    return PREPARE_STEPS + plan.reference_cap // SMALLEST_BLOCK + 1


def prepare(
    inputs: AuditInputs,
    plan: AuditPlan,
    provenance: Provenance,
    *,
    on_progress: OnProgress = no_progress,
    should_cancel: ShouldCancel = never,
    assembled: Assemble = assemble,
) -> Prepared:
    """Match, de-duplicate and score the records, run the gates and every attack but references.

    `should_cancel` is asked between steps, before each attack and each time the model is asked, by
    several threads where the plan has several. A caller that needs the records put together again
    later hands in an `assembled` of its own, which remembers them.

    Raises
    ------
    InputError
        The inputs cannot be audited.
    AuditCancelled
        `should_cancel` said so.
    """

    def stop() -> None:
        if should_cancel():
            raise AuditCancelled("the audit was cancelled before it had anything to conclude from")

    total = steps_in_all(plan)
    on_progress(0, total, steps.READING)
    plan_hash = plan_sha256(plan, provenance)
    stop()
    if isinstance(inputs, Predictions):
        prepared = prepare_predictions(inputs, plan, stop)
    else:
        reading = partial(assembled, inputs)
        prepared = _prepare_model(inputs, plan, plan_hash, on_progress, reading, stop)
    prepared.facts["plan_sha256"] = plan_hash
    prepared.facts["reading"] = dict(inputs.reading)
    on_progress(PREPARE_STEPS, total, steps.WEIGHING)
    return prepared


def _prepare_model(
    inputs: ModelInputs,
    plan: AuditPlan,
    plan_hash: str,
    on_progress: OnProgress,
    reading: Callable[[], Assembly],
    stop: Callable[[], None],
) -> Prepared:
    whole, target, total = reading(), inputs.model, steps_in_all(plan)
    on_progress(1, total, steps.ASKING)
    n = whole.n_audited
    answers, truth = _asked(target, whole, plan.seed), whole.labels[: whole.n_audited]
    scale = answers_module.error_scale(answers[:n], truth) if target.predicts_numbers else None
    log_p = answers_module.log_likelihood(answers, whole.labels, scale)
    names = tuple(str(name) for name in target.classes.tolist())
    trainer = trainer_for(inputs, whole, plan, plan_hash) if plan.reference_cap else None
    groups = subgroups.codes_of((whole.raw, whole.aside), plan.subgroups)
    facts = {
        "depth": DEPTH_RECIPE,
        "checks": [asdict(check) for check in _checks(whole, names, inputs.unit)],
        "features": whole.raw.num_columns,
        "unit": inputs.unit,
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
        "model": _model_facts(target),
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
        query=_unless(stop, partial(target.probabilities, subject="model")),
    )
    own = own_arrays(whole.units, whole.rows, groups)
    on_progress(2, total, steps.ATTACKING)
    blind = partial(
        baseline.blind_baseline,
        whole.raw, truth, whole.is_member, whole.units,
        seed=plan.seed, threads=1, unit=inputs.unit, weights=whole.audited_weights,
    )  # fmt: skip
    return scored(
        view, answers[:n], truth, whole.is_member, own, facts,
        blind=blind,
        calibration=partial(_calibration, trainer, whole, plan, plan_hash),
        threads=plan.threads, stop=stop,
    )  # fmt: skip


def _unless(
    stop: Callable[[], None], query: Callable[[Any], NDArray[np.float64]]
) -> Callable[[Any], NDArray[np.float64]]:
    """Return a query that asks first whether the audit was cancelled."""

    def asked(features: Any) -> NDArray[np.float64]:  # noqa: ANN401 - as the target takes them
        stop()
        return query(features)

    return asked


def _model_facts(target: Target) -> dict[str, Any]:
    return {
        "family": target.family,
        "min_samples_leaf": target.min_samples_leaf,
        "stores_rows": target.stores_rows,
        "format": target.format,
    }


def _checks(whole: Assembly, names: tuple[str, ...], unit: Unit) -> list[Check]:
    """Return the gates that need nothing but the records."""
    n_persons = [len(np.unique(whole.units[whole.is_member == side])) for side in (True, False)]
    given = whole.given["members"] + whole.given["nonmembers"]
    own = whole.labels[: whole.n_audited]
    return [
        validity.schema_check(),
        validity.classes_check(own, whole.is_member, names, whole.units)
        if names
        else validity.not_run("classes", PREDICTS_NUMBERS),
        validity.sizes_check(n_persons[0], n_persons[1], unit),
        validity.duplicates_check(whole, given),
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


def _asked(target: Target, whole: Assembly, seed: int) -> NDArray[np.float64]:
    """Return all answers, in the order of the records; asked in one that is blind to their side.

    The last digit of a product of matrices hangs on how many records are asked about at once, and
    on where among them one stands. Ties between scores are broken blindly, but only ties: asked
    side by side, members would be told from others where all else is equal. In one thread: a
    product that several share may differ in its last digit too.
    """
    n, names = len(whole.labels), tuple(whole.raw.column_names)
    order = np.random.default_rng([seed, _ORDER_STREAM]).permutation(n)
    answers = np.empty(0)
    with workers(1) as pool:
        for start in range(0, n, CHUNK_ROWS):
            some = order[start : start + CHUNK_ROWS]
            rows = take(whole.features, some)
            try:
                told = pool.submit(target.answers, rows, subject="model", names=names).result()
            except InputError:
                pool.submit(_blame, target, whole).result()
                raise
            if not start:
                answers = np.empty((n, *told.shape[1:]))
            answers[some] = told
    return answers


def _blame(target: Target, whole: Assembly) -> None:
    """Ask side by side what could not be answered, so that the error names the right file.

    Raises
    ------
    InputError
        Of the first side that cannot be asked about by itself.
    """
    ends: dict[Subject, int] = {
        "members": int(whole.is_member.sum()),
        "nonmembers": whole.n_audited,
        "population": len(whole.labels),
    }
    names, start = tuple(whole.raw.column_names), 0
    for subject, end in ends.items():
        if end > start:
            rows = take(whole.features, np.arange(start, end))
            target.answers(rows, subject=subject, names=names)
        start = end
