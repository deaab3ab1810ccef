"""The loss attack: a record the model is surer of is likelier a member."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack


@attack(
    key="loss",
    depth=1,
    source="Yeom et al. 2018, Privacy risk in machine learning (arXiv:1709.01604)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return log p_y, (N,), <= 0: minus the cross-entropy loss of each record."""
    return np.asarray(view.log_p, dtype=np.float64)
