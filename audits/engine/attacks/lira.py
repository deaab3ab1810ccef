"""LiRA, online: is the record's answer likelier from models that trained on it or that did not?"""

import numpy as np
from numpy.typing import NDArray

from audits.engine.reference_sums import log_ratio, sides_of
from audits.engine.registry import AttackView, attack
from audits.engine.signals import clipped_margin


@attack(
    key="lira",
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
    phi, _ = clipped_margin(view.log_p)
    return log_ratio(phi, *sides_of(view.reference_log_p, view.reference_in))
