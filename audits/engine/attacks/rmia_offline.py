"""RMIA, offline: the same ratio, from references that never saw the record."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack
from audits.engine.signals import REFERENCE_FLOOR, reference_means

_MIN_RECORDS: Final = 20


@attack(
    key="rmia_offline",
    depth=4,
    references=True,
    source="Zarifzadeh et al. 2024, Low-cost high-power membership inference (arXiv:2312.03262)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return log p_y(target) - log(((1 + a) mean_out + (1 - a)) / 2).

    The mean over references that trained on the record is not used; the paper puts
    a mean_out + (1 - a) in its place. `a` is `offline_a`: fitted on a reference, whose members
    are known, never on the membership that is audited.

    Returns
    -------
    (N,) float64, within +-14.5.
    """
    if view.reference_log_p is None or view.reference_in is None:
        raise ValueError("offline RMIA needs reference models")
    _, mean_out = reference_means(view.reference_log_p, view.reference_in)
    a = offline_a(view.reference_log_p, view.reference_in)
    log_p = np.maximum(view.log_p, np.log(REFERENCE_FLOOR))
    expected = ((1.0 + a) * mean_out + (1.0 - a)) / 2.0
    return np.asarray(log_p - np.log(np.maximum(expected, REFERENCE_FLOOR)), dtype=np.float64)


def offline_a(log_p: NDArray[np.floating], inside: NDArray[np.bool_]) -> float:
    """Return the a for which the first reference's own members fit p = a mean_out + (1 - a) best.

    Parameters
    ----------
    log_p, inside
        (K, N) as in `AttackView`; the other references give mean_out.

    Returns
    -------
    float
        In [0, 1], by least squares; 1 where there is too little to fit it on.
    """
    own = inside[0] & (~inside[1:]).any(axis=0)
    if own.sum() < _MIN_RECORDS:
        return 1.0
    _, out = reference_means(log_p[1:, own], inside[1:, own])
    rest, own_rest = 1.0 - out, 1.0 - np.exp(np.asarray(log_p[0, own], dtype=np.float64))
    spread = float(rest @ rest)
    return float(np.clip(rest @ own_rest / spread, 0.0, 1.0)) if spread > 0 else 1.0
