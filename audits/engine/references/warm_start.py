"""Logistic regression: references that start from one shared solution, a few steps from theirs.

The shared start is fitted on all audited records, members and non-members alike, so that it knows
nothing of membership. With few columns and two classes a reference then takes some Newton steps,
which end where the target's own solver ends (references/standardised.py where columns are at most
scaled before, with three classes or more as well, whose references start from nothing); otherwise
that solver starts from there.
"""

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.answers import log_likelihood, quality
from audits.engine.arrow_bridge import as_array
from audits.engine.references import clone, standardised
from audits.engine.references.newton import Problem, minimum
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.registry import Calibration
from audits.engine.side_by_side import workers
from audits.engine.target import Target, take

if TYPE_CHECKING:
    from numpy.random import SeedSequence

BLOCK: Final = 8
_SOLVERS: Final = frozenset({"lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"})
_SLOPE: Final = 1e-6
"""What Newton steps end at; at the usual 1e-4 answers about rare records are still on the move."""


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
    count = min(BLOCK, training.most)
    template, draw = clone.template_of(training.target), training.draw(count)
    own = training.labels[: training.n_audited]
    seeds, ends = training.fit_seed.spawn(count + 1), _precision(template, training)

    with workers(training.threads) as pool:
        whole = pool.submit(standardised.shared, template, training).result()
        start = None
        if whole is None:
            start = pool.submit(_start, template, training, seeds[count]).result()

        def one(k: int) -> tuple[NDArray[np.float32], float]:
            rows = training.rows(draw, k)
            answers = None
            if whole is not None and not _lacks_a_class(training, rows):
                answers = standardised.answers(whole, training, rows, ends)
            if answers is None:
                answers = _answers(template, training, rows, seeds[k], start)
            log_p = log_likelihood(answers, own, None).astype(np.float32)
            outside = ~draw.inside[k]
            return log_p, quality(answers[outside], own[outside], None)

        results = list(pool.map(one, range(count)))
    log_p = np.stack([log_p for log_p, _ in results])
    return Trained(log_p, draw.inside, tuple(right for _, right in results), count)


def _start(template: Any, training: Training, seed: "SeedSequence") -> Any | None:  # noqa: ANN401
    """Return the model of all audited records; None if a class is missing among them."""
    rows = np.arange(training.n_audited)
    if _lacks_a_class(training, rows):
        return None
    _, matrix = _prepared(template, training, rows, seed)
    return _solved(template, training, matrix, rows, seed, None, slope=standardised.SLOPE_OF_START)


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
    _, matrix = _prepared(template, training, rows, seed)
    model = _solved(template, training, matrix, rows, seed, start)
    return clone.answers_of(model, matrix[:n], training.target)


def _lacks_a_class(training: Training, rows: NDArray[np.int64]) -> bool:
    return len(np.unique(training.labels[rows])) < len(training.target.classes)


def _prepared(
    template: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> tuple[Any | None, Any]:
    """Return the steps before the classifier, fitted on some rows, and all N + M records after.

    The records are an array or a sparse matrix; None for no steps.
    """
    steps = clone.fitted_steps(template, training, rows, seed)
    if steps is None:
        return None, as_array(training.features)
    with clone.explained():
        return steps, steps.transform(training.features)


def _solved(
    template: Any,  # noqa: ANN401
    training: Training,
    matrix: Any,  # noqa: ANN401
    rows: NDArray[np.int64],
    seed: "SeedSequence",
    start: Any | None,  # noqa: ANN401
    *,
    slope: float | None = None,
) -> Any:  # noqa: ANN401
    """Return the classifier fitted on some rows of the matrix, from the start where there is one.

    Newton steps end where no slope is steeper than `slope`; None: than `_SLOPE`,
    or the classifier's tolerance where that is finer.

    Raises
    ------
    InputError
        Subject "model": it cannot be fitted on them.
    """
    from sklearn.base import clone as unfitted  # noqa: PLC0415 - heavy

    model, classes = unfitted(clone.classifier_of(template)), training.target.classes
    if start is not None and start.coef_.shape[1] != matrix.shape[1]:
        start = None
    if _takes_newton(matrix, training):
        slope = slope or _precision(template, training)
        found = _newton(model, training, matrix, rows, start, slope)
        if found is not None:
            return found
        model.set_params(solver="newton-cholesky")
    if start is not None:
        model.set_params(warm_start=True)
        model.classes_ = classes
        model.coef_, model.intercept_ = start.coef_.copy(), start.intercept_.copy()
    model.set_params(random_state=int(np.random.default_rng(seed).integers(2**31)))
    given = None if training.weights is None else training.weights[rows]
    with clone.explained():
        return model.fit(matrix[rows], classes[training.labels[rows]], sample_weight=given)


def _precision(template: Any, training: Training) -> float:  # noqa: ANN401
    tolerance = float(clone.classifier_of(template).tol)
    return min(_SLOPE, tolerance) if len(training.target.classes) == 2 else tolerance  # noqa: PLR2004


def _takes_newton(matrix: Any, training: Training) -> bool:  # noqa: ANN401
    return (
        isinstance(matrix, np.ndarray)
        and matrix.dtype.kind == "f"
        and matrix.shape[1] <= standardised.MOST_COLUMNS
        and len(training.target.classes) == 2  # noqa: PLR2004
        and bool(np.isfinite(matrix).all())
    )


def _newton(
    model: Any,  # noqa: ANN401
    training: Training,
    matrix: NDArray[np.floating[Any]],
    rows: NDArray[np.int64],
    start: Any | None,  # noqa: ANN401
    slope: float,
) -> Any | None:  # noqa: ANN401
    """Return the classifier at the minimum on some rows; None if it was not found.

    Weights of classes are left to scikit-learn.
    """
    if model.class_weight is not None:
        return None
    columns, with_intercept = matrix.shape[1], bool(model.fit_intercept)
    inside = np.ones((len(rows), columns + with_intercept))
    inside[:, :columns] = matrix[rows]
    weights = np.ones(len(rows)) if training.weights is None else training.weights[rows]
    ridge = np.full(inside.shape[1], 1.0 / (model.C * weights.sum()))
    ridge[columns:] = 0.0
    begin = np.zeros(inside.shape[1])
    if start is not None:
        begin[:columns], begin[columns:] = start.coef_[0], start.intercept_[:with_intercept]
    positive = training.labels[rows].astype(np.float64)
    problem = Problem(inside, positive, weights / weights.sum(), ridge)
    w = minimum(problem, begin, precision=slope)
    if w is None:
        return None
    model.classes_, model.n_features_in_ = training.target.classes, columns
    model.coef_ = w[None, :columns]
    model.intercept_ = w[columns:] if with_intercept else np.zeros(1)
    model.n_iter_ = np.ones(1, dtype=np.int32)
    return model


def calibration(training: Training) -> Calibration:
    """Return one reference, fitted on one half, that can be asked about new records."""
    template, draw = clone.template_of(training.target), training.draw(2)
    rows = training.rows(draw, 0)
    if _lacks_a_class(training, rows):
        return clone.calibration(training)

    def reference() -> Any:  # noqa: ANN401
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - heavy

        steps, matrix = _prepared(template, training, rows, training.fit_seed)
        model = _solved(template, training, matrix, rows, training.fit_seed, None)
        return model if steps is None else make_pipeline(steps, model)

    with workers(1) as pool:
        found = pool.submit(reference).result()
    return clone.calibration_by(found, training, draw)


RECIPE = Recipe(
    key="warm_start",
    block=BLOCK,
    single=True,
    fits=fits,
    train=train,
    calibration=calibration,
)
