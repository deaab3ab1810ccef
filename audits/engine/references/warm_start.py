"""Logistic regression: references that start from one shared solution, a few steps from theirs.

The shared start is fitted on all audited records, members and non-members alike, so that it knows
nothing of membership. With few columns and two classes a reference then takes some Newton steps,
which end where the target's own solver ends; otherwise that solver starts from there.
"""

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.answers import log_likelihood, quality
from audits.engine.arrow_bridge import as_array
from audits.engine.references import clone
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.side_by_side import workers
from audits.engine.target import Target, take

if TYPE_CHECKING:
    from numpy.random import SeedSequence

BLOCK: Final = 8
_SOLVERS: Final = frozenset({"lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"})
_MOST_NEWTON_COLUMNS: Final = 128
"""A Newton step costs n d^2, one of the other solvers n d; those take ten times as many."""


def fits(target: Target) -> bool:
    """Say whether the target is a smooth, ridge-penalised logistic regression that converged."""
    found = getattr(target.estimator, "best_estimator_", target.estimator)
    last = clone.classifier_of(found)
    kind = type(last)
    if clone.fits_across(found):
        return False
    if kind.__name__ != "LogisticRegression" or not kind.__module__.startswith("sklearn."):
        return False
    return (
        last.solver in _SOLVERS
        and getattr(last, "penalty", "deprecated") in {"l2", "deprecated"}
        and not getattr(last, "l1_ratio", None)
        and getattr(last, "multi_class", "deprecated") in {"auto", "multinomial", "deprecated"}
        and math.isfinite(last.C)
        and bool(np.all(last.n_iter_ < last.max_iter))
    )


def train(training: Training) -> Trained:
    """Train references and return what they say about the audited records.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records.
    """
    template, draw = clone.template_of(training.target), training.draw(BLOCK)
    own = training.labels[: training.n_audited]
    seeds = training.fit_seed.spawn(BLOCK + 1)

    def one(start: Any | None, k: int) -> tuple[NDArray[np.float32], float]:  # noqa: ANN401
        answers = _answers(template, training, training.rows(draw, k), seeds[k], start)
        outside = ~draw.inside[k]
        log_p = log_likelihood(answers, own, None).astype(np.float32)
        return log_p, quality(answers[outside], own[outside], None)

    with workers(training.threads) as pool:
        start = pool.submit(_start, template, training, seeds[BLOCK]).result()
        results = list(pool.map(partial(one, start), range(BLOCK)))
    log_p = np.stack([log_p for log_p, _ in results])
    return Trained(log_p, draw.inside, tuple(right for _, right in results), BLOCK)


def _start(template: Any, training: Training, seed: "SeedSequence") -> Any | None:  # noqa: ANN401
    """Return the model of all audited records; None if a class is missing among them."""
    rows = np.arange(training.n_audited)
    if _lacks_a_class(training, rows):
        return None
    return _solved(template, training, _prepared(template, training, rows, seed), rows, seed, None)


def _answers(
    template: Any,  # noqa: ANN401 - a scikit-learn estimator
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
    start: Any | None,  # noqa: ANN401
) -> NDArray[np.float64]:
    """Return (N, C) probabilities of the audited records by a reference fitted on some rows."""
    n = training.n_audited
    if _lacks_a_class(training, rows):
        model = clone.fitted(template, training, rows, seed)
        return clone.answers_of(model, take(training.features, np.arange(n)), training.target)
    matrix = _prepared(template, training, rows, seed)
    model = _solved(template, training, matrix, rows, seed, start)
    return clone.answers_of(model, matrix[:n], training.target)


def _lacks_a_class(training: Training, rows: NDArray[np.int64]) -> bool:
    return len(np.unique(training.labels[rows])) < len(training.target.classes)


def _prepared(
    template: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> Any:  # noqa: ANN401 - an array or a sparse matrix
    """Return all N + M records after the steps before the classifier, fitted on some rows."""
    steps = clone.fitted_steps(template, training, rows, seed)
    with clone.explained():
        return as_array(training.features) if steps is None else steps.transform(training.features)


def _solved(
    template: Any,  # noqa: ANN401
    training: Training,
    matrix: Any,  # noqa: ANN401
    rows: NDArray[np.int64],
    seed: "SeedSequence",
    start: Any | None,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Return the classifier fitted on some rows of the matrix, from the start where there is one.

    Raises
    ------
    InputError
        Subject "model": it cannot be fitted on them.
    """
    from sklearn.base import clone as unfitted  # noqa: PLC0415 - heavy

    model, classes = unfitted(clone.classifier_of(template)), training.target.classes
    dense = not hasattr(matrix, "toarray")
    if dense and len(classes) == 2 and matrix.shape[1] <= _MOST_NEWTON_COLUMNS:  # noqa: PLR2004
        model.set_params(solver="newton-cholesky")
    if start is not None and start.coef_.shape[1] == matrix.shape[1]:
        model.set_params(warm_start=True)
        model.classes_ = classes
        model.coef_, model.intercept_ = start.coef_.copy(), start.intercept_.copy()
    model.set_params(random_state=int(np.random.default_rng(seed).integers(2**31)))
    given = None if training.weights is None else training.weights[rows]
    with clone.explained():
        return model.fit(matrix[rows], classes[training.labels[rows]], sample_weight=given)


RECIPE = Recipe(
    key="warm_start",
    block=BLOCK,
    single=True,
    fits=fits,
    train=train,
    calibration=clone.calibration,
)
