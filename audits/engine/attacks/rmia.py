"""RMIA, online: how much likelier the target finds a record than models trained the same way."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack
from audits.engine.signals import REFERENCE_FLOOR, reference_means


@attack(
    key="rmia",
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
    mean_in, mean_out = reference_means(view.reference_log_p, view.reference_in)
    log_p = np.maximum(view.log_p, np.log(REFERENCE_FLOOR))
    return np.asarray(log_p - np.log((mean_in + mean_out) / 2), dtype=np.float64)
