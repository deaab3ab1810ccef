"""Quantile regression: is the answer surer than for outsiders who look like this record?"""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack
from audits.engine.side_by_side import workers
from audits.engine.signals import clipped_margin
from audits.engine.splits import fold_numbers

FOLDS: Final = 4
LEAST_TO_FIT: Final = 40
"""Non-members a regressor is fitted on; below this every record is compared with their mean."""

MOST_TO_FIT: Final = 50_000
"""Non-members a regressor is fitted on; more would only make it slower."""

_TREES: Final = 10
_SHARE_OF_TREE: Final = 0.45
_LEAST_LEAF: Final = 6
_LARGEST: Final = float(np.finfo(np.float32).max)
_LEAST_SHARE: Final = 0.1
"""Least predicted deviation, in deviations of all margins: no record gets a score for free."""


@attack(
    key="quantile",
    depth=2,
    fits_nonmembers=True,
    source=(
        "Bertran et al. 2023, Scalable membership inference via quantile regression "
        "(arXiv:2307.03694)"
    ),
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return (s - mu(x)) / sd(x) of the margin s, mu and sd fitted on non-members of other folds.

    Every record, member or not, gets a fold; records of a person share it. Fold f is scored by
    the one regressor fitted on the non-members outside f, so a member and a non-member of a fold
    meet the same regressor and neither was in it. (Fitting on the scored rows invents a leak,
    scoring members by the mean of the folds hides one.)

    Returns
    -------
    (N,) float64.
    """
    if view.matrix is None or view.is_nonmember is None:
        raise ValueError("quantile regression needs the records and the non-members")
    matrix = _single(view.matrix)
    signal, _ = clipped_margin(view.log_p)
    units = np.arange(len(signal)) if view.units is None else view.units
    folds = fold_numbers(~view.is_nonmember, units, FOLDS, seed=[0x9A7E, view.seed])
    outside = [np.flatnonzero(view.is_nonmember & (folds != fold)) for fold in range(FOLDS)]
    own = [np.flatnonzero(folds == fold) for fold in range(FOLDS)]
    rng = np.random.default_rng([0x9A7F, view.seed])
    outside = [np.sort(rng.permutation(rows)[:MOST_TO_FIT]) for rows in outside]
    scores = np.zeros(len(signal))
    with workers(min(view.threads, FOLDS)) as pool:
        found = pool.map(partial(_standardised, matrix, signal, seed=view.seed), outside, own)
        for rows, values in zip(own, found, strict=True):
            scores[rows] = values
    return scores


def _standardised(
    matrix: NDArray[np.float32],
    signal: NDArray[np.float64],
    fit: NDArray[np.int64],
    own: NDArray[np.int64],
    *,
    seed: int,
) -> NDArray[np.float64]:
    """Return the scores of records `own`; one forest predicts the margin and its square.

    Each tree sees a share of the records, without repetition: a bootstrap sample costs more and
    tells no more. Trees are grown one by one, because a forest spends as long on its own checks.
    """
    if len(fit) < LEAST_TO_FIT or np.ptp(signal[fit]) == 0:
        return signal[own] - (signal[fit].mean() if len(fit) else 0.0)
    from sklearn import config_context  # noqa: PLC0415 - heavy
    from sklearn.tree import DecisionTreeRegressor  # noqa: PLC0415 - heavy

    scaled = (signal - float(signal[fit].mean())) / float(signal[fit].std())
    rng, ahead, sums = np.random.default_rng([0x7EE5, seed]), matrix[own], np.zeros((2, len(own)))
    for _ in range(_TREES):
        rows = rng.permutation(fit)[: max(LEAST_TO_FIT // 2, int(_SHARE_OF_TREE * len(fit)))]
        some, known = matrix[rows], scaled[rows]
        model = DecisionTreeRegressor(
            min_samples_leaf=_LEAST_LEAF, max_features=0.3, random_state=int(rng.integers(2**31))
        )
        with config_context(skip_parameter_validation=True):
            tree = model.fit(some, known, check_input=False).tree_
        leaves, met = tree.apply(some), tree.apply(ahead)
        counts = np.bincount(leaves)
        sums += [np.bincount(leaves, known**power)[met] / counts[met] for power in (1, 2)]
    mean, square = sums / _TREES
    deviation = np.sqrt(np.maximum(square - mean**2, _LEAST_SHARE**2))
    return np.asarray((scaled[own] - mean) / deviation, dtype=np.float64)


def _single(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return single-precision numbers; what is missing is smaller than all else."""
    return np.nan_to_num(matrix, nan=-_LARGEST, posinf=_LARGEST, neginf=-_LARGEST).astype(
        np.float32
    )
