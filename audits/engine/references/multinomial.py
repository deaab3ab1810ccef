"""Quasi-Newton steps for ridge-penalised logistic regression of three classes or more.

The curvature is nearly that of the columns times that of the classes. In coordinates in which this
product is round, L-BFGS takes about half as many steps as along the columns as they are.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky, solve_triangular

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 300
_FINEST: Final = 1e-7
"""At a smaller slope a step lowers the loss by less than its rounding."""

_ROUNDING: Final = 1e-6
"""What is added to a curvature in single precision, as a share of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is minimised over W: mean weighted log-loss + ridge / 2 x squared length of W's rows.

    Attributes
    ----------
    matrix
        (n, d) finite numbers; with an intercept the last column is all ones.
    labels
        (n,) numbers of classes, from 0 to C - 1; each is there.
    classes
        C >= 3.
    weights
        (n,) >= 0 that sum to 1.
    ridge
        (d,) >= 0; 0 for the intercept.
    """

    matrix: Floats
    labels: NDArray[np.int64]
    classes: int
    weights: Floats
    ridge: Floats

    def loss_and_slope(self, w: Floats) -> tuple[float, Floats]:
        """Return the value at the (d, C) weights `w`, and the (d, C) derivatives there."""
        odds = self.matrix @ w
        odds -= odds.max(axis=1, keepdims=True)
        own = odds[np.arange(len(odds)), self.labels]
        np.exp(odds, out=odds)
        total = odds.sum(axis=1, keepdims=True)
        shrunk = self.ridge[:, None] * w
        loss = float(self.weights @ (np.log(total[:, 0]) - own) + 0.5 * np.vdot(shrunk, w))
        odds *= self.weights[:, None] / total
        odds[np.arange(len(odds)), self.labels] -= self.weights
        slope = self.matrix.T @ odds
        slope += shrunk
        return loss, slope


def chances(matrix: Floats, w: Floats) -> Floats:
    """Return the (n, C) probabilities that (d, C) weights give to the rows of a matrix."""
    odds = matrix @ w
    odds -= odds.max(axis=1, keepdims=True)
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


def minimum(problem: Problem, *, precision: float | Floats) -> Floats | None:
    """Return the (d, C) minimum, or None where the steps do not lead there.

    They begin at equal odds and end where no slope is steeper than `precision`, one for all or (d,)
    of them, by row of the weights. A start that knows more records than the problem would save few
    steps: what is left to go is the part in which records differ.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - heavy

    try:
        columns, classes = _rounding(problem)
    except LinAlgError:
        return None
    finest = np.broadcast_to(np.maximum(precision, _FINEST), len(problem.ridge))[:, None]
    latest: list[tuple[Floats, Floats]] = []

    def value(flat: Floats) -> tuple[float, Floats]:
        w = columns @ flat.reshape(-1, problem.classes) @ classes.T
        loss, slope = problem.loss_and_slope(w)
        latest[:] = [(w, slope)]
        return loss, (columns.T @ slope @ classes).ravel()

    def is_there() -> bool:
        return bool((np.abs(latest[0][1]) <= finest).all())

    def after_a_step(_flat: Any) -> None:  # noqa: ANN401 - scipy's own
        if is_there():
            raise StopIteration

    minimize(
        value,
        np.zeros(len(problem.ridge) * problem.classes),
        jac=True,
        method="L-BFGS-B",
        callback=after_a_step,
        options={"maxiter": _MOST_STEPS, "gtol": 0.0, "ftol": 0.0},
    )
    return latest[0][0] if is_there() else None


def _rounding(problem: Problem) -> tuple[Floats, Floats]:
    """Return (d, d) and (C, C) matrices that lead from round coordinates to the weights."""
    counted = np.bincount(problem.labels, problem.weights, minlength=problem.classes)
    share = counted.astype(np.float64)
    bend = np.diag(share) - np.outer(share, share)
    typical = bend.trace() / problem.classes
    bend += typical / problem.classes  # moving all classes alike bends nothing
    single = (problem.matrix * np.sqrt(problem.weights)[:, None]).astype(np.float32)
    spread = (single.T @ single).astype(np.float64)
    spread[np.diag_indices_from(spread)] *= 1.0 + _ROUNDING
    spread[np.diag_indices_from(spread)] += problem.ridge / typical
    return _half_inverse(spread), _half_inverse(bend)


def _half_inverse(symmetric: Floats) -> Floats:
    """Return T with T T' the inverse of a positive definite matrix."""
    lower = cholesky(symmetric, lower=True, check_finite=False)
    eye = np.eye(len(symmetric))
    found = solve_triangular(lower, eye, lower=True, trans="T", check_finite=False)
    return np.asarray(found, dtype=np.float64)
