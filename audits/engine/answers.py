"""What a model's answers say about the truth: of a class its probability, of a number its error.

Attacks read one signal, log p_y. For a model that predicts a number it is the log-density of the
truth around the answer, up to a constant: -(answer - truth)^2 / (2 scale^2), where 0 is a perfect
answer. It falls with the absolute and the squared error alike, so a ranking by it is a ranking by
either. The scale is that of the target's errors over members and non-members together: it never
looks at who is a member, and it is the same for the target and its references.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.signals import SMALLEST, accuracy, true_log_probability

Floats = NDArray[np.float64]


def error_scale(answers: Floats, truth: Floats) -> float:
    """Return the standard deviation that errors of this mean size would have if normal, > 0."""
    mean = float(np.mean(np.abs(answers - truth)))
    return mean * float(np.sqrt(np.pi / 2)) if mean > 0 else 1.0


def log_likelihood(answers: Floats, truth: NDArray[Any], scale: float | None) -> Floats:
    """Return (N,) log p_y, <= 0.

    Parameters
    ----------
    answers
        (N, C) probabilities, (N,) probabilities of the true class, or (N,) predicted numbers.
    truth
        (N,) index of the true class, or the true number.
    scale
        None for classes, else `error_scale` of the target.
    """
    if scale is None and answers.ndim == 1:
        return np.asarray(np.log(np.clip(answers, SMALLEST, 1.0)), dtype=np.float64)
    if scale is None:
        return true_log_probability(answers, truth)
    standardised = (answers - truth) / scale
    return np.asarray(np.maximum(-0.5 * standardised**2, np.log(SMALLEST)), dtype=np.float64)


def quality(answers: Floats, truth: NDArray[Any], scale: float | None) -> float:
    """Return the share of right classes, or of the numbers' variance that is explained (R^2)."""
    if scale is None:
        return accuracy(answers, truth)
    return explained((answers - truth) ** 2, truth)


def explained(missed: Floats, truth: NDArray[Any]) -> float:
    """Return the share of the numbers' variance (R^2) that squared errors leave explained."""
    spread = float(np.mean((truth - np.mean(truth)) ** 2))
    return 1.0 - float(np.mean(missed)) / spread if spread > 0 else 0.0


def root_mean_square(answers: Floats, truth: Floats) -> float:
    """Return the root of the mean squared error, in the unit of the label."""
    return float(np.sqrt(np.mean((answers - truth) ** 2)))
