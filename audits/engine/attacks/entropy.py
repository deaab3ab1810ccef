"""Modified entropy with a threshold of its own for every class."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import AttackView, attack
from audits.engine.signals import modified_entropy

SMALL_CLASS: Final = 20
"""Classes with fewer records than this share the centre of all records."""


@attack(
    key="entropy",
    depth=1,
    classes_only=True,
    source="Song & Mittal 2021, Systematic evaluation of privacy risks (arXiv:2003.10595)",
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return minus the modified entropy, counted from the centre of the record's own class.

    One threshold on the centred score is one threshold per class on the raw score. The paper
    learns each from a shadow model; here they move together, so that one score ranks all records.
    The centre is the median of members and non-members together: it never looks at who is a
    member, so it cannot invent a leak.

    Returns
    -------
    (N,) float64; 0 is typical for the class.
    """
    if view.probabilities is None:
        raise ValueError("the modified entropy needs the probability of every class")
    raw = -modified_entropy(view.probabilities, view.labels)
    centre = np.full(len(raw), np.median(raw))
    order = np.argsort(view.labels, kind="stable")
    starts = np.flatnonzero(np.diff(view.labels[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        if len(rows) >= SMALL_CLASS:
            centre[rows] = np.median(raw[rows])
    return np.asarray(raw - centre, dtype=np.float64)
