"""Every attack that needs no references, with the gates that run beside them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from audits.engine import answers as answers_module
from audits.engine import self_test
from audits.engine.registry import ATTACKS, AttackView, Calibration, runnable
from audits.engine.side_by_side import workers
from audits.engine.types import SMALLEST_BLOCK, Check, Prepared

T = TypeVar("T")

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
    "trained_by": None,
}


def own_arrays(
    units: NDArray[np.int32],
    rows: NDArray[np.int32],
    groups: Mapping[str, tuple[NDArray[np.int32], list[str]]],
) -> dict[str, NDArray[np.int32]]:
    """Return what `Prepared.arrays` keeps of each record: person, row in its file, groups."""
    return {
        "units": units,
        "rows": rows,
        **{f"subgroup:{name}": codes for name, (codes, _) in groups.items()},
    }


def scored(
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
    stop: Callable[[], None] = lambda: None,
) -> Prepared:
    """Run every attack that needs no references, the self-test and the blind baseline.

    They do not depend on each other and run side by side, the longest first; before each of them
    `stop` is called, which raises where the audit was cancelled.
    """
    facts["model"] |= _performance(answers, truth, is_member, facts["error_scale"])
    keys = runnable(
        depth=facts["depth"],
        references=facts["recipe"] is not None,
        single_references=facts["single_references"],
        classes=view.probabilities is not None,
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
        checks = [] if blind is None else [pool.submit(_first, stop, blind)]
        alone = [key for key in keys if not ATTACKS[key].references]
        alone.sort(key=lambda key: -ATTACKS[key].depth)
        scores = {key: pool.submit(_first, stop, partial(_score, key, view, calibration))
                  for key in alone}  # fmt: skip
        tested = partial(self_test.self_test, view, own_arrays["units"], keys)
        checks.append(pool.submit(_first, stop, tested))
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
    """Return how good the model is on each side: accuracy of classes, error of numbers.

    The probability of the true class alone does not say which class the model would have named.
    """
    found: dict[str, Any] = {"task": "classification" if scale is None else "regression"}
    untold = scale is None and answers.ndim == 1
    for side, name in ((True, "member"), (False, "nonmember")):
        own = is_member == side
        quality = None if untold else answers_module.quality(answers[own], truth[own], scale)
        error = None if scale is None else answers_module.root_mean_square(answers[own], truth[own])
        found[f"{name}_accuracy"] = quality if scale is None else None
        found[f"{name}_error"] = error
        found[f"{name}_quality"] = quality
    return found


def _first(stop: Callable[[], None], work: Callable[[], T]) -> T:
    stop()
    return work()


def _score(
    key: str, view: AttackView, calibration: Callable[[], Calibration | None] | None
) -> NDArray[np.float64]:
    attack = ATTACKS[key]
    if attack.calibrated and calibration is not None:
        view = replace(view, calibration=calibration())
    return np.asarray(attack.score(view), dtype=np.float64)
