"""The first stage of an audit of predictions: what a model said, without the model."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import answers as answers_module
from audits.engine import baseline, subgroups, validity
from audits.engine.assembly import Matched, matched
from audits.engine.registry import AttackView
from audits.engine.scoring import NO_REFERENCES, ON_ERRORS, PREDICTS_NUMBERS, own_arrays, scored
from audits.engine.target import take
from audits.engine.types import AuditPlan, Check, Predictions, Prepared, Records, Unit

if TYPE_CHECKING:
    import pyarrow as pa

DEPTH_ANSWERS: Final = 1
DEPTH_FEATURES: Final = 2
_NO_FEATURES: Final = "Only predictions were given, not the records."


def prepare_predictions(inputs: Predictions, plan: AuditPlan, stop: Callable[[], None]) -> Prepared:
    """Match and score the records, run the gates and every attack these inputs allow.

    `stop` is called between them and raises where the audit was cancelled.

    Raises
    ------
    InputError
        Nothing is left of a side, or a column to group by is not among the features.
    """
    found, rows, further = _matched(inputs)
    n1 = int(found.keep[0].sum())
    is_member = np.arange(len(rows)) < n1
    answers, truth = inputs.probabilities[rows], inputs.labels[rows]
    scale = None if inputs.classes else answers_module.error_scale(answers, truth)
    raw = None if inputs.features is None else take(inputs.features, rows)
    groups = subgroups.codes_of((raw,), plan.subgroups)
    facts = {
        "depth": DEPTH_ANSWERS if raw is None else DEPTH_FEATURES,
        "checks": [asdict(check) for check in _checks(inputs, found, truth, is_member)],
        "features": None if raw is None else raw.num_columns,
        "unit": inputs.unit,
        "population": len(further),
        "classes": len(inputs.classes),
        "class_names": list(inputs.classes),
        "subgroups": {name: values for name, (_, values) in groups.items()},
        **NO_REFERENCES,
        "error_scale": scale,
        "warnings": [] if scale is None else [ON_ERRORS],
        "model": {"family": None, "min_samples_leaf": None, "stores_rows": None},
    }
    view = AttackView(
        labels=truth if scale is None else np.zeros(len(truth), dtype=np.int64),
        log_p=answers_module.log_likelihood(answers, truth, scale),
        seed=plan.seed,
        probabilities=answers if answers.ndim > 1 else None,
        is_nonmember=~is_member,
        population_log_p=_log_p(inputs, further, scale) if len(further) else None,
        matrix=None if raw is None else baseline.baseline_matrix(raw, truth),
        units=found.units,
    )
    own = own_arrays(found.units, rows.astype(np.int32), groups)
    return scored(
        view, answers, truth, is_member, own, facts,
        blind=None if raw is None else _blind(raw, truth, is_member, found, plan, inputs.unit),
        threads=plan.threads, stop=stop,
    )  # fmt: skip


def _matched(inputs: Predictions) -> tuple[Matched, NDArray[np.int64], NDArray[np.int64]]:
    """Return what is left of each side, the rows of audited records, members first, and the rest.

    Rows are numbers in the file. Without features no two records are alike.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    n = len(inputs.is_member)
    further = np.zeros(n, dtype=bool) if inputs.is_population is None else inputs.is_population
    places = [inputs.is_member, ~inputs.is_member & ~further, further]
    numbers = [np.flatnonzero(side) for side in places if side.any()]
    features = pa.table({"row": np.arange(n)}) if inputs.features is None else inputs.features
    labels = pa.chunked_array([pa.array(inputs.labels)])
    persons = inputs.persons
    sides = [
        Records(
            take(features, rows), labels.take(rows), None if persons is None else persons.take(rows)
        )
        for rows in numbers
    ]
    found = matched(sides)
    kept = [rows[keep] for rows, keep in zip(numbers, found.keep, strict=True)]
    return found, np.concatenate(kept[:2]), np.concatenate([np.array([], np.int64), *kept[2:]])


def _checks(
    inputs: Predictions, found: Matched, truth: NDArray[Any], is_member: NDArray[np.bool_]
) -> list[Check]:
    """Return the gates that need nothing but the records."""
    persons = [len(np.unique(found.units[is_member == side])) for side in (True, False)]
    given = len(found.keep[0]) + len(found.keep[1])
    checks = [
        validity.answers_check(inputs.probabilities, classes=bool(inputs.classes)),
        validity.classes_check(truth, is_member, inputs.classes, found.units)
        if inputs.classes
        else validity.not_run("classes", PREDICTS_NUMBERS),
        validity.sizes_check(persons[0], persons[1], inputs.unit),
    ]
    if inputs.features is not None:
        return [
            *checks,
            validity.duplicates_check(found, given),
        ]
    return [
        *checks,
        validity.not_run("duplicates", _NO_FEATURES),
        validity.not_run("blind_baseline", _NO_FEATURES),
    ]


def _log_p(
    inputs: Predictions, rows: NDArray[np.int64], scale: float | None
) -> NDArray[np.float64]:
    return answers_module.log_likelihood(inputs.probabilities[rows], inputs.labels[rows], scale)


def _blind(
    raw: "pa.Table",
    truth: NDArray[Any],
    is_member: NDArray[np.bool_],
    found: Matched,
    plan: AuditPlan,
    unit: Unit,
) -> "partial[Check]":
    return partial(
        baseline.blind_baseline,
        raw, truth, is_member, found.units,
        seed=plan.seed, threads=1, unit=unit,
    )  # fmt: skip
