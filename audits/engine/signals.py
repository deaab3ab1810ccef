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

REFERENCE_FLOOR: Final = 1e-6
"""Floor where answers of models are compared: below it a ratio tells rounding from rounding."""


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


def clipped_margin(log_p: FloatsIn) -> tuple[Floats, Floats]:
    """Return phi and p_y, p_y kept within [1e-6, 1 - 1e-6], where ensembles answer 0 and 1."""
    floor, top = np.log(REFERENCE_FLOOR), np.log1p(-REFERENCE_FLOOR)
    kept = np.clip(np.asarray(log_p, dtype=np.float64), floor, top)
    return margin(kept), np.exp(kept)


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


def reference_means(log_p: FloatsIn, inside: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return each record's mean p_y over references that trained on it, and over the others.

    Parameters
    ----------
    log_p
        (K, N) log-probability of the true class; p_y is floored at 1e-6.
    inside
        (K, N) bool.

    Returns
    -------
    mean_in, mean_out
        (N,) each, in [1e-6, 1]. Where a record has references of one kind only both are the
        mean of those.
    """
    p = np.exp(np.maximum(np.asarray(log_p, dtype=np.float64), np.log(REFERENCE_FLOOR)))
    n_in = inside.sum(axis=0)
    n_out = len(p) - n_in
    mean_in = np.where(inside, p, 0.0).sum(axis=0) / np.maximum(n_in, 1)
    mean_out = np.where(inside, 0.0, p).sum(axis=0) / np.maximum(n_out, 1)
    return np.where(n_in > 0, mean_in, mean_out), np.where(n_out > 0, mean_out, mean_in)


def separation(scores: FloatsIn, inside: NDArray[np.bool_]) -> float:
    """Return the chance that a record inside scores higher than one outside, ties half: an AUC.

    0.5 where one side is empty.
    """
    n_in = int(inside.sum())
    n_out = len(inside) - n_in
    if not n_in or not n_out:
        return 0.5
    _, code, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[code]
    return float((ranks[inside].sum() - n_in * (n_in + 1) / 2) / (n_in * n_out))


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
    (P,) float64.
    """
    _, code, counts = np.unique(units, return_inverse=True, return_counts=True)
    if len(counts) == len(scores) and bool(np.all(np.diff(units) > 0)):
        return np.asarray(scores, dtype=np.float64)
    return np.asarray(np.bincount(code, weights=scores) / counts, dtype=np.float64)
