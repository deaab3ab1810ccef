"""How the scores of members and of others lie, as counts in bins: nothing of a single record."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 40
TAIL: Final = 0.005
"""Share of all scores beyond either end, counted in the outermost bins."""

Floats = NDArray[np.float64]


def distribution(members: Floats, nonmembers: Floats) -> dict[str, list[Any]]:
    """Count both sides in common bins of equal width.

    Parameters
    ----------
    members, nonmembers
        Shapes (n1,) and (n0,), real or infinite, no NaN.

    Returns
    -------
    dict
        ``edges`` has one number more than the counts ``members`` and ``nonmembers``. Scores
        beyond the ends, infinite ones among them, are in the outermost bins: the counts add up
        to n1 and n0. Scores that are all equal have a single bin.
    """
    edges = _edges(np.concatenate([members, nonmembers]))
    return {
        "edges": edges.tolist(),
        **{
            name: np.histogram(np.clip(side, edges[0], edges[-1]), edges)[0].tolist()
            for name, side in (("members", members), ("nonmembers", nonmembers))
        },
    }


def _edges(scores: Floats) -> Floats:
    finite = scores[np.isfinite(scores)]
    if not finite.size:
        return np.array([-0.5, 0.5])
    low, high = np.quantile(finite, [TAIL, 1 - TAIL])
    if low == high:
        low, high = finite.min(), finite.max()
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    return np.linspace(low, high, BINS + 1)
