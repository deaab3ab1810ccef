"""Probabilities to the quantities the attacks are written in. Arrays in, arrays out.

Notation of the papers: p_y is the probability of the true class, phi = log p_y - log(1 - p_y)
with the second term summed over the other classes, all in float64 from log-probabilities.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FloatsIn = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

SMALLEST: Final = float(np.finfo(np.float64).tiny)
"""Floor under a probability before its logarithm: log is -708.4, finite in float32 too."""


def true_log_probability(probabilities: FloatsIn, labels: Ints) -> Floats:
    """Return log p_y.

    Parameters
    ----------
    probabilities
        (N, C), rows sum to 1.
    labels
        (N,) index of the true class.

    Returns
    -------
    (N,) float64 in [-708.4, 0].
    """
    p = np.asarray(probabilities, dtype=np.float64)[np.arange(len(labels)), labels]
    return np.asarray(np.log(np.clip(p, SMALLEST, 1.0)), dtype=np.float64)


def margin(log_p: FloatsIn) -> Floats:
    """Return phi = log p_y - log(1 - p_y), the logit of p_y, from log p_y alone.

    Parameters
    ----------
    log_p
        Any shape, <= 0.

    Returns
    -------
    float64 of the same shape, within +-708.4; `log1p` keeps it exact for p_y near 0, `expm1`
    for p_y near 1.
    """
    log_p = np.asarray(log_p, dtype=np.float64)
    rest = np.maximum(-np.expm1(log_p), SMALLEST)
    return np.asarray(log_p - np.log(rest), dtype=np.float64)


def modified_entropy(probabilities: FloatsIn, labels: Ints) -> Floats:
    """Return -(1 - p_y) log p_y - sum over i != y of p_i log(1 - p_i) (Song & Mittal 2021, eq. 8).

    Zero for a right and certain answer; grows for a wrong or unsure one, without bound but for
    the floor under the logarithm.

    Parameters
    ----------
    probabilities
        (N, C), rows sum to 1.
    labels
        (N,) index of the true class.

    Returns
    -------
    (N,) float64 >= 0.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    rows = np.arange(len(labels))
    terms = -p * np.log(np.clip(1.0 - p, SMALLEST, 1.0))
    terms[rows, labels] = 0.0
    p_y = p[rows, labels]
    own = -(1.0 - p_y) * np.log(np.clip(p_y, SMALLEST, 1.0))
    return np.asarray(own + terms.sum(axis=1), dtype=np.float64)


def accuracy(probabilities: FloatsIn, labels: Ints) -> float:
    """Return the share of records whose most probable class is the true one, in [0, 1]."""
    return float(np.mean(np.argmax(probabilities, axis=1) == labels))


def per_person(scores: FloatsIn, units: Ints) -> Floats:
    """Return one score per person, the mean over their records, in order of their code.

    Parameters
    ----------
    scores
        (N,) one per record.
    units
        (N,) code of the person each record belongs to.

    Returns
    -------
    (P,) float64; the scores as they are where every record is its own person.
    """
    _, code, counts = np.unique(units, return_inverse=True, return_counts=True)
    if len(counts) == len(scores):
        return np.asarray(scores, dtype=np.float64)
    return np.asarray(np.bincount(code, weights=scores) / counts, dtype=np.float64)
