"""Exact one-sided bounds on rates and thresholds: the arithmetic under every claim.

All bounds are Clopper-Pearson limits or order-statistic limits, written with the regularised
incomplete beta function: no normal approximation, no bootstrap, O(log n) each. Ranks depend on
sizes alone and are the same for every attack of an audit, so they are remembered.
"""

import math
from functools import lru_cache
from typing import Final

from scipy.special import betainc, betaincinv

_ROUNDING: Final = 1e-9  # 0.001 * 3000 is 3.0000000000000004 in binary


def allowed_false_alarms(alpha: float, n_nonmembers: int) -> int:
    """Return how many of the non-members may be flagged so that the empirical FPR is <= alpha."""
    return min(n_nonmembers, math.floor(alpha * n_nonmembers + _ROUNDING))


def expected_rank(alpha: float, n_nonmembers: int) -> int:
    """Return k = ceil(alpha (n0 + 1)), the rank whose expected tail probability is >= alpha."""
    return max(1, math.ceil(alpha * (n_nonmembers + 1) - _ROUNDING))


def rate_lower(hits: int, trials: int, error: float) -> float:
    """Return the one-sided Clopper-Pearson lower limit of a rate, wrong with chance <= error."""
    return 0.0 if hits <= 0 else float(betaincinv(hits, trials - hits + 1, error))


def rate_upper(hits: int, trials: int, error: float) -> float:
    """Return the one-sided Clopper-Pearson upper limit of a rate, wrong with chance <= error."""
    return 1.0 if hits >= trials else float(betaincinv(hits + 1, trials - hits, 1.0 - error))


def tail_chance(alpha: float, rank: int, n_nonmembers: int) -> float:
    """Return the chance that the FPR above the rank-th largest non-member is <= alpha.

    The true FPR of "strictly above the k-th largest of n0" follows Beta(k, n0 - k + 1) for any
    continuous score. Falls as the rank grows.
    """
    return float(betainc(rank, n_nonmembers - rank + 1, alpha))


@lru_cache(maxsize=1_024)
def safe_rank(alpha: float, n_nonmembers: int, error: float) -> tuple[int, float] | None:
    """Return the largest rank whose FPR is <= alpha except with chance <= error.

    Returns
    -------
    (rank, chance used) or None where even the largest non-member is no safe threshold.
    """
    low, high = 0, n_nonmembers + 1  # invariant: low is safe (or 0), high is not
    while high - low > 1:
        middle = (low + high) // 2
        if 1.0 - tail_chance(alpha, middle, n_nonmembers) <= error:
            low = middle
        else:
            high = middle
    return (low, 1.0 - tail_chance(alpha, low, n_nonmembers)) if low else None


@lru_cache(maxsize=1_024)
def covering_rank(alpha: float, n_nonmembers: int, error: float) -> tuple[int, float] | None:
    """Return the smallest rank whose FPR is > alpha except with chance <= error.

    Returns
    -------
    (rank, chance used) or None where even the smallest non-member does not cover alpha.
    """
    low, high = 0, n_nonmembers + 1  # invariant: low does not cover, high does (or is past the end)
    while high - low > 1:
        middle = (low + high) // 2
        if tail_chance(alpha, middle, n_nonmembers) <= error:
            high = middle
        else:
            low = middle
    return (high, tail_chance(alpha, high, n_nonmembers)) if high <= n_nonmembers else None


def leak_lower(hits: int, rank: int, n_members: int, n_nonmembers: int, error: float) -> float:
    """Return the lower limit of TPR/FPR at the rank-th largest non-member (>= 0).

    `hits` members lie strictly above it. Read from the top, each record above the threshold is a
    member with odds leak * n1 / n0 until the rank-th non-member is met: the limit is the
    negative-binomial Clopper-Pearson limit of those odds.
    """
    if hits <= 0:
        return 0.0
    rest = float(betaincinv(rank, hits, 1.0 - error))  # 1 - share, without the cancellation
    return n_nonmembers / n_members * (1.0 - rest) / rest
