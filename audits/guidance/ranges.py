"""The range behind a counted share, and behind how far two of them lie apart."""

import math
from statistics import NormalDist
from typing import NamedTuple

SIDE_ERROR = 0.025  # two-sided 95 %
ONE_SIDED_ERROR = 0.05


class Range(NamedTuple):
    low: float
    high: float


class Share(NamedTuple):
    """A share and of how many it is one, at least 1."""

    value: float
    trials: int


def share_range(hits: int, trials: int) -> Range:
    """Return the exact (Clopper-Pearson) 95 % range of a share of which `hits` were counted."""
    from scipy.special import betaincinv  # noqa: PLC0415  # slow to import, few pages need it

    low = betaincinv(hits, trials - hits + 1, SIDE_ERROR) if hits > 0 else 0.0
    high = betaincinv(hits + 1, trials - hits, 1 - SIDE_ERROR) if hits < trials else 1.0
    return Range(float(low), float(high))


def difference_low(first: Share, second: Share) -> float:
    """Return the one-sided 95 % lower limit of the first share minus the second.

    The hybrid score interval of Newcombe (1998), Statistics in Medicine 17:873, method 10: the
    distances of each share to its Wilson limit, added as errors are. It holds its level at the
    small sizes where the error of a difference taken at its own shares is too small.
    """
    below = first.value - _wilson(first).low
    above = _wilson(second).high - second.value
    return first.value - second.value - math.hypot(below, above)


def _wilson(share: Share) -> Range:
    """Return the score limits of a share, each with the error of a one-sided claim."""
    value, trials = share
    z = NormalDist().inv_cdf(1 - ONE_SIDED_ERROR)
    centre = value + z**2 / (2 * trials)
    half = z * math.sqrt(value * (1 - value) / trials + (z / (2 * trials)) ** 2)
    return Range((centre - half) / (1 + z**2 / trials), (centre + half) / (1 + z**2 / trials))
