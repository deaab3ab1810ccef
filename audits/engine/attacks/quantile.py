"""Quantile regression: is the answer surer than for outsiders who look like this record?"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack
from audits.engine.signals import REFERENCE_FLOOR, margin
from audits.engine.splits import fold_numbers

FOLDS: Final = 4
LEAST_TO_FIT: Final = 40
"""Non-members a regressor is fitted on; below this every record is compared with their mean."""

_LEAST_SHARE: Final = 0.1
"""A predicted deviation is at least this share of the mean one: no record gets a score for free."""


@attack(
    key="quantile",
    title="Quantile regression",
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
    matrix = view.matrix
    floor, top = np.log(REFERENCE_FLOOR), np.log1p(-REFERENCE_FLOOR)
    signal = margin(np.clip(view.log_p, floor, top))
    units = np.arange(len(signal)) if view.units is None else view.units
    folds = fold_numbers(~view.is_nonmember, units, FOLDS, seed=[0x9A7E, view.seed])
    scores = np.zeros(len(signal))

    def one(fold: int) -> None:
        own = folds == fold
        fit = np.flatnonzero(view.is_nonmember & ~own)
        scores[own] = _standardised(matrix, signal, fit, np.flatnonzero(own), view.seed)

    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - heavy

    def limit_thread() -> None:
        threadpool_limits(1, user_api="openmp")  # counted per thread

    with ThreadPoolExecutor(min(view.threads, FOLDS), initializer=limit_thread) as pool:
        list(pool.map(one, range(FOLDS)))
    return scores


def _standardised(
    matrix: NDArray[np.float64],
    signal: NDArray[np.float64],
    fit: NDArray[np.int64],
    own: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    if len(fit) < LEAST_TO_FIT or np.ptp(signal[fit]) == 0:
        return signal[own] - (signal[fit].mean() if len(fit) else 0.0)
    centre = _regressor(seed).fit(matrix[fit], signal[fit])
    away = np.abs(signal[fit] - centre.predict(matrix[fit]))
    spread = _regressor(seed).fit(matrix[fit], away)
    least = max(_LEAST_SHARE * float(away.mean()), REFERENCE_FLOOR)
    deviation = np.maximum(spread.predict(matrix[own]), least)
    return np.asarray((signal[own] - centre.predict(matrix[own])) / deviation, dtype=np.float64)


def _regressor(seed: int) -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - heavy

    return HistGradientBoostingRegressor(
        max_iter=15, learning_rate=0.2, max_leaf_nodes=8, early_stopping=False,
        random_state=seed % 2**31,
    )  # fmt: skip
