"""RMIA, online: how much likelier the target finds a record than models trained the same way."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack

FLOOR: Final = 1e-6
"""Floor under every probability: below it a ratio says more about rounding than about training."""


@attack(
    key="rmia",
    title="RMIA (reference models)",
    depth=4,
    references=True,
    source="Zarifzadeh et al. 2024, Low-cost high-power membership inference (arXiv:2312.03262)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return log p_y(target) - log mean_k p_y(reference k).

    For one target the paper's pairwise score rises with this ratio, so ranking by the ratio
    gives the same ROC in O(N) and the N x Z comparison matrix is never built. Where a record is
    not IN exactly half of the references the mean is (mean over IN + mean over OUT) / 2.

    Returns
    -------
    (N,) float64, within +-13.8 (the log of the floor).
    """
    if view.reference_log_p is None or view.reference_in is None:
        raise ValueError("RMIA needs reference models")
    floor = np.log(FLOOR)
    p = np.exp(np.maximum(np.asarray(view.reference_log_p, dtype=np.float64), floor))
    inside = view.reference_in
    n_in = inside.sum(axis=0)
    mean_in = np.where(inside, p, 0.0).sum(axis=0) / np.maximum(n_in, 1)
    mean_out = np.where(inside, 0.0, p).sum(axis=0) / np.maximum(len(p) - n_in, 1)
    both = (n_in > 0) & (n_in < len(p))
    mean = np.where(both, (mean_in + mean_out) / 2, mean_in + mean_out)
    return np.asarray(np.maximum(view.log_p, floor) - np.log(mean), dtype=np.float64)
