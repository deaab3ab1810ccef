"""Which members stand out: one p-value per member and the list that keeps errors at a share.

References
----------
Benjamini, Hochberg (1995), JRSS B 57, 289-300; with conformal p-values: Bates et al. (2023).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

FALSE_DISCOVERY_RATE: Final = 0.10

Floats = NDArray[np.float64]


def p_values(member: Floats, nonmember: Floats) -> Floats:
    """Return (1 + #{non-members scoring at least as high}) / (n0 + 1) for each member.

    Parameters
    ----------
    member, nonmember
        Scores of one attack fixed in advance, shapes (n1,) and (n0,), no NaN.

    Returns
    -------
    Shape (n1,), in (0, 1]. Valid for a member that is indistinguishable from the pooled
    non-members, not for each record by itself.
    """
    below = np.searchsorted(np.sort(nonmember), member, side="left")
    return np.asarray((1 + nonmember.size - below) / (nonmember.size + 1), dtype=np.float64)


def exposed_members(p: Floats, *, rate: float = FALSE_DISCOVERY_RATE) -> NDArray[np.int64]:
    """Return the positions of the members that stand out, most exposed first.

    Benjamini-Hochberg step-up: of the names listed, on average at most `rate` are members who
    look like any outsider.
    """
    order = np.argsort(p, kind="stable")
    allowed = rate * np.arange(1, p.size + 1) / p.size
    within = np.flatnonzero(p[order] <= allowed * (1 + 1e-12))
    return order[: within[-1] + 1] if within.size else order[:0]


def smallest_list(n_members: int, n_nonmembers: int, *, rate: float = FALSE_DISCOVERY_RATE) -> int:
    """Return the fewest names a non-empty list can hold: n1 / (rate (n0 + 1)), rounded up.

    Above n1 no list can exist at these sizes.
    """
    return max(1, math.ceil(n_members / (rate * (n_nonmembers + 1)) - 1e-9))
