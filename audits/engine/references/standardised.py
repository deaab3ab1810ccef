"""Logistic regression behind a StandardScaler, or nothing: every half on one and the same matrix.

A half scales its columns by their spread there. Moving a column is taken up by a free intercept,
and dividing it by r divides what the ridge weighs: the same answers come of one matrix of all
records, scaled once, with a ridge of r^2 for each column. So nothing is fitted or transformed anew
but the few numbers r.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from audits.engine.arrow_bridge import as_array
from audits.engine.references import clone, multinomial, newton
from audits.engine.references.recipes import Training

Floats = NDArray[np.float64]

MOST_COLUMNS: Final = 128
"""A Newton step costs n d^2, one of the other solvers n d; those take ten times as many."""

_BINARY: Final = 2
_CONSTANT: Final = 1e-24
"""A column of no greater variance, that of all records being 1, is constant but for rounding."""

MOST_COLUMNS_OF_CLASSES: Final = 512
"""With three classes or more the columns' products are summed once, not at each step."""

SLOPE_OF_START: Final = 1e-3
"""What the steps to the shared start end at: those that leave it go on from there."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What the references of a block have in common.

    Attributes
    ----------
    matrix
        (N + M, d + 1) all records, columns of mean 0 and spread 1 over the audited; the last is 1.
    scale
        (d,) > 0, the spread that columns were divided by; 1 for a constant one.
    scaled
        Whether references divide columns by the spread of their own half.
    penalty
        1 / C > 0 of the classifier.
    start
        (d + 1,) the minimum for all audited records, members and non-members alike, or near it;
        None with three classes or more, whose references begin at equal odds.
    """

    matrix: Floats
    scale: Floats
    scaled: bool
    penalty: float
    start: Floats | None


def shared(template: Any, training: Training) -> Shared | None:  # noqa: ANN401
    """Return what references of this template begin with; None where they need fits of their own.

    Parameters
    ----------
    template
        A ridge-penalised `LogisticRegression`, or a pipeline that ends with one.
    """
    columns = _columns(template, training)
    if columns is None:
        return None
    n, d = training.n_audited, columns.shape[1]
    if len(np.unique(training.labels[:n])) < len(training.target.classes):
        return None
    matrix = np.ones((len(columns), d + 1))
    with np.errstate(all="ignore"):  # what overflows is left to scikit-learn
        mean, scale = columns[:n].mean(axis=0), columns[:n].std(axis=0)
        scale[scale <= np.abs(mean) * np.sqrt(_CONSTANT)] = 1.0
        np.subtract(columns, mean, out=matrix[:, :d])
        matrix[:, :d] /= scale
    if not (np.isfinite(scale).all() and np.isfinite(matrix).all()):
        return None
    steps, last = _parts(template)
    whole = Shared(
        matrix=matrix,
        scale=scale,
        scaled=bool(steps and steps[0].with_std),
        penalty=1.0 / float(last.C),
        start=np.zeros(d + 1) if len(training.target.classes) == _BINARY else None,
    )
    if whole.start is None:
        return whole
    start = _solved(whole, training, np.arange(n), SLOPE_OF_START)
    if start is None:
        return None
    return Shared(matrix, scale, whole.scaled, whole.penalty, start)


def answers(
    whole: Shared, training: Training, rows: NDArray[np.int64], precision: float
) -> Floats | None:
    """Return (N, C) probabilities of the audited records by a reference fitted on some rows.

    Parameters
    ----------
    rows
        (n,) numbers of records; every class is among them.
    precision
        Steps end where no slope of the loss is steeper than this, > 0.

    Returns
    -------
    None where the steps do not lead to the minimum.
    """
    w = _solved(whole, training, rows, precision)
    if w is None:
        return None
    audited = whole.matrix[: training.n_audited]
    if w.ndim > 1:
        return multinomial.chances(audited, w)
    second = expit(audited @ w)
    return np.column_stack([1.0 - second, second])


def _parts(template: Any) -> tuple[list[Any], Any]:  # noqa: ANN401
    steps = [step for _, step in getattr(template, "steps", [])[:-1]]
    return steps, clone.classifier_of(template)


def _columns(template: Any, training: Training) -> Floats | None:  # noqa: ANN401
    """Return the (N + M, d) columns as numbers; None unless all that is said above holds."""
    steps, last = _parts(template)
    plain = not steps or (len(steps) == 1 and _is_scaler(steps[0]))
    if not plain or not last.fit_intercept or last.class_weight is not None:
        return None
    is_binary = len(training.target.classes) == _BINARY
    most = MOST_COLUMNS if is_binary else MOST_COLUMNS_OF_CLASSES
    found = as_array(training.features)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiub":
        return None
    if found.ndim != 2 or found.shape[1] > most:  # noqa: PLR2004
        return None
    return np.asarray(found, dtype=np.float64)


def _is_scaler(step: Any) -> bool:  # noqa: ANN401
    kind = type(step)
    return kind.__name__ == "StandardScaler" and kind.__module__.startswith("sklearn.")


def _solved(
    whole: Shared, training: Training, rows: NDArray[np.int64], precision: float
) -> Floats | None:
    """Return the (d + 1,) or (d + 1, C) minimum on some rows; None if it was not found."""
    inside = whole.matrix[rows]
    r = _spread(whole, inside[:, :-1])
    weights = np.ones(len(rows)) if training.weights is None else training.weights[rows]
    total = weights.sum()
    ridge = np.append(r * r * (whole.penalty / total), 0.0)
    # The slope along a column as the half scales it is that along ours, divided by r.
    finest, labels = np.append(precision * r, precision), training.labels[rows]
    if whole.start is None:
        classes = len(training.target.classes)
        several = multinomial.Problem(inside, labels, classes, weights / total, ridge)
        return multinomial.minimum(several, precision=finest)
    binary = newton.Problem(inside, labels.astype(np.float64), weights / total, ridge)
    return newton.minimum(binary, whole.start, precision=finest)


def _spread(whole: Shared, inside: Floats) -> Floats:
    """Return the (d,) spread of the columns that a reference scales by, as shares of ours."""
    unscaled = 1.0 / whole.scale
    if not whole.scaled:
        return unscaled
    apart = inside - inside.mean(axis=0)
    variance = np.einsum("ij,ij->j", apart, apart) / len(inside)
    constant = variance <= _CONSTANT * (1.0 + inside[0] ** 2)
    return np.where(constant, unscaled, np.sqrt(variance))
