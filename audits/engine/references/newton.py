"""Newton's method for ridge-penalised logistic regression of two classes and few columns."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 30
_MOST_HALVINGS: Final = 10
_ROUNDING: Final = 1e-12
_KEPT: Final = 0.3
"""While a step leaves no more of the slope than this, the next takes its curvature: most of what a
step costs is that."""

_FINEST: Final = 1e-12
"""No smaller slope is told from rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is minimised over w: mean weighted log-loss + ridge / 2 x squared length of w.

    Attributes
    ----------
    matrix
        (n, d) finite numbers; with an intercept the last column is all ones.
    positive
        (n,) 1.0 for the second class, else 0.0.
    weights
        (n,) that sum to 1.
    ridge
        (d,) >= 0; 0 for the intercept.
    """

    matrix: Floats
    positive: Floats
    weights: Floats
    ridge: Floats

    def curvature(self, single: NDArray[np.float32], chance: Floats) -> Floats:
        """Return the (d, d) second derivatives where the second class has this chance.

        `single` is the matrix in single precision: the slope alone decides where steps end.
        """
        bend = np.sqrt(self.weights * chance * (1.0 - chance)).astype(np.float32)
        bent = single * bend[:, None]
        found = (bent.T @ bent).astype(np.float64)
        found[np.diag_indices_from(found)] += self.ridge
        return np.asarray(found, dtype=np.float64)

    def loss(self, odds: Floats, w: Floats) -> float:
        """Return the value at w, where odds = matrix @ w."""
        each = np.logaddexp(0.0, odds) - self.positive * odds
        return float(self.weights @ each + 0.5 * (self.ridge * w) @ w)


def minimum(problem: Problem, start: Floats, *, precision: float | Floats) -> Floats | None:
    """Return the (d,) minimum, or None where the steps do not lead there.

    It ends where no slope is steeper than `precision`, one for all or (d,) of them. At least one
    step is taken: a start that knows more records than the problem may lie so near that its slope
    is no longer told from 0.
    """
    single, finest = problem.matrix.astype(np.float32), np.maximum(precision, _FINEST)
    w, odds = start, problem.matrix @ start
    loss, before, factor = problem.loss(odds, w), np.inf, None
    for step in range(_MOST_STEPS):
        chance = expit(odds)
        slope = problem.matrix.T @ (problem.weights * (chance - problem.positive))
        slope += problem.ridge * w
        steep = float(np.max(np.abs(slope) / finest))
        if step and steep <= 1.0:
            return w
        if factor is None or steep > before * _KEPT:
            try:
                factor = cho_factor(problem.curvature(single, chance), check_finite=False)
            except LinAlgError:
                return None
        before = steep
        move = cho_solve(factor, slope, check_finite=False)
        found = _descent(problem, w, odds, move, loss)
        if found is None:
            return None
        w, odds, loss = found
    return None


def _descent(
    problem: Problem, w: Floats, odds: Floats, move: Floats, loss: float
) -> tuple[Floats, Floats, float] | None:
    """Return w, odds and loss after the move or a share of it; None if none of them is lower."""
    towards, share = problem.matrix @ move, 1.0
    for _ in range(_MOST_HALVINGS):
        ahead, far = w - share * move, odds - share * towards
        lower = problem.loss(far, ahead)
        if lower <= loss + abs(loss) * _ROUNDING:
            return ahead, far, lower
        share /= 2
    return None
