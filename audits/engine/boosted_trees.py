"""A small boosted classifier on columns that are sorted into bins once, whatever it is fitted on.

scikit-learn's own grower of trees, without the estimator around it: that sorts the columns again
for every fold, which takes longer than ten small trees.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

MOST_BINS: Final = 255
_ROUNDS: Final = 10
_LEAVES: Final = 8
_RATE: Final = 0.4
_LEAST_LEAF: Final = 20
_NO_NUMBERS: Final = np.zeros(MOST_BINS)
"""Trees are read by the codes of bins: what numbers lie between those does not matter."""


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """Records whose columns are sorted into bins.

    Attributes
    ----------
    codes
        (N, d) uint8, column by column in memory; what is missing has the last bin of its column.
    bins
        (d,) how many bins each column has, at most `MOST_BINS`.
    """

    codes: NDArray[np.uint8]
    bins: NDArray[np.uint32]


def binned(matrix: Floats) -> Binned:
    """Sort each column into bins: one a value where they are few, else equally full ones.

    Parameters
    ----------
    matrix
        (N, d), NaN where a value is missing.
    """
    codes = np.empty(matrix.shape, dtype=np.uint8, order="F")
    for j, column in enumerate(matrix.T):
        ordered = np.sort(column)
        known = ordered[: np.searchsorted(ordered, np.nan)]  # what is missing is sorted last
        values = known[np.flatnonzero(np.diff(known, prepend=-np.inf))]
        if len(values) >= MOST_BINS:
            places = np.arange(1, MOST_BINS) * len(known) // (MOST_BINS - 1) - 1
            values = np.unique(known[places])
        codes[:, j] = np.searchsorted(values, column, side="left")
    return Binned(codes, codes.max(axis=0).astype(np.uint32) + 1)


def log_odds(given: Binned, fit: NDArray[np.int64], positive: NDArray[np.bool_]) -> Floats:
    """Return (N,) log-odds of being positive, learned from some of the records.

    Parameters
    ----------
    given
        N records.
    fit
        Which of them are learned from, with positive and negative ones among them.
    positive
        (N,) bool; only that of those is looked at.
    """
    from sklearn.ensemble._hist_gradient_boosting.grower import TreeGrower  # noqa: PLC0415 - heavy

    n, d = given.codes.shape
    known, truth = np.asfortranarray(given.codes[fit]), positive[fit].astype(np.float64)
    share = truth.mean()
    odds = np.full(n, np.log(share / (1.0 - share)))
    settings: dict[str, Any] = {
        "max_leaf_nodes": _LEAVES,
        "min_samples_leaf": _LEAST_LEAF,
        "n_bins": MOST_BINS + 1,
        "n_bins_non_missing": given.bins,
        "has_missing_values": np.zeros(d, dtype=np.uint8),
        "is_categorical": np.zeros(d, dtype=np.uint8),
        "monotonic_cst": np.zeros(d, dtype=np.int8),
        "shrinkage": _RATE,
        "n_threads": 1,
    }
    for _ in range(_ROUNDS):
        chance = expit(odds[fit])
        grower = TreeGrower(
            X_binned=known,
            gradients=(chance - truth).astype(np.float32),
            hessians=(chance * (1.0 - chance)).astype(np.float32),
            **settings,
        )
        grower.grow()
        tree = grower.make_predictor([_NO_NUMBERS] * d)
        odds += tree.predict_binned(given.codes, MOST_BINS, 1)
    return odds
