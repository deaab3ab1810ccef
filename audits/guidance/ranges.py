"""The range behind a counted share."""

from typing import NamedTuple

SIDE_ERROR = 0.025  # two-sided 95 %


class Range(NamedTuple):
    low: float
    high: float


def share_range(hits: int, trials: int) -> Range:
    """Return the exact (Clopper-Pearson) 95 % range of a share of which `hits` were counted."""
    from scipy.special import betaincinv  # noqa: PLC0415  # slow to import, few pages need it

    low = betaincinv(hits, trials - hits + 1, SIDE_ERROR) if hits > 0 else 0.0
    high = betaincinv(hits + 1, trials - hits, 1 - SIDE_ERROR) if hits < trials else 1.0
    return Range(float(low), float(high))
