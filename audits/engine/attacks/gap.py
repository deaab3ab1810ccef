"""The gap attack: whoever is answered rightly is called a member."""

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack


@attack(
    key="gap",
    depth=1,
    classes_only=True,
    source="Yeom et al. 2018, Privacy risk in machine learning (arXiv:1709.01604)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return (N,) 1 where the most probable class is the true one, else 0.

    Its AUC is 1/2 + (accuracy on members - accuracy on non-members) / 2.
    """
    if view.probabilities is None:
        raise ValueError("the gap attack needs the probability of every class")
    right = np.argmax(view.probabilities, axis=1) == view.labels
    return np.asarray(right, dtype=np.float64)
