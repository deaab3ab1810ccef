"""LiRA, online: is the record's answer likelier from models that trained on it or that did not?"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from audits.engine.registry import AttackView, attack
from audits.engine.signals import REFERENCE_FLOOR, margin

PRIOR_WEIGHT: Final = 10.0
"""Records' worth of belief in the pooled variance: alone, a handful of references cannot tell."""

_LEAST_VARIANCE: Final = 1e-6


@attack(
    key="lira",
    title="LiRA (reference models)",
    depth=4,
    references=True,
    single_references=True,
    source=(
        "Carlini et al. 2022, Membership inference attacks from first principles "
        "(arXiv:2112.03570); variances shrunk by the normal-inverse-gamma posterior"
    ),
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return log t(phi; IN) - log t(phi; OUT) of the logit phi of the true class.

    Each side is the Student-t predictive of the references' phi, its variance shrunk to the mean
    variance over all records with the weight of 10 references. The two sides keep variances of
    their own. Where a side has no reference the ratio says nothing and is 0.

    Returns
    -------
    (N,) float64, finite.
    """
    if view.reference_log_p is None or view.reference_in is None:
        raise ValueError("LiRA needs reference models")
    target, references = _phi(view.log_p), _phi(view.reference_log_p)
    inside, outside = view.reference_in, ~view.reference_in
    both = inside.any(axis=0) & outside.any(axis=0)
    ratio = _log_predictive(target, references, inside) - _log_predictive(
        target, references, outside
    )
    return np.where(both, ratio, 0.0)


def _phi(log_p: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the margin with p_y kept within [1e-6, 1 - 1e-6], where ensembles answer 0 and 1."""
    floor, top = np.log(REFERENCE_FLOOR), np.log1p(-REFERENCE_FLOOR)
    return margin(np.clip(np.asarray(log_p, dtype=np.float64), floor, top))


def _log_predictive(
    target: NDArray[np.float64], references: NDArray[np.float64], side: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return (N,) the log density of the target's phi under one side's references."""
    count = side.sum(axis=0)
    n = np.maximum(count, 1)
    mean = np.where(side, references, 0.0).sum(axis=0) / n
    squares = np.where(side, (references - mean) ** 2, 0.0).sum(axis=0)
    pooled = squares.sum() / max(1, int((n - 1).sum()))
    degrees = PRIOR_WEIGHT + n - 1
    variance = np.maximum((PRIOR_WEIGHT * pooled + squares) / degrees, _LEAST_VARIANCE)
    scale = np.sqrt(variance * (1.0 + 1.0 / n))
    z = (target - mean) / scale
    return np.asarray(
        gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
        - np.log(scale) - (degrees + 1) / 2 * np.log1p(z * z / degrees),
        dtype=np.float64,
    )  # fmt: skip
