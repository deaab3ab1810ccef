"""ROC, AUC and TPR at low FPR of one attack, each with exact one-sided bounds.

Members score higher than non-members where an attack works. Everything is O(n log n) in time,
O(n) in memory and a function of the scores and one seed alone.

References
----------
DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44, 837-845; Sun, Xu (2014), IEEE SPL 21.
Clopper, Pearson (1934), Biometrika 26, 404-413. Carlini et al. (2022), arXiv:2112.03570.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri, stdtrit

from audits.engine.bounds import (
    allowed_false_alarms,
    covering_rank,
    expected_rank,
    leak_lower,
    rate_lower,
    rate_upper,
    safe_rank,
)
from audits.engine.policy import (
    BETA,
    FPR_LEVELS,
    LOW_FPR_TRIGGERS,
    POWER,
    PRINTED_SIDE_ERROR,
    Trigger,
    rated_triggers,
    reach_error,
)

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_NEAR_THE_END: Final = 0.05
_TIE_STREAM: Final = 0x71E5  # keeps tie breaking apart from every other use of the plan seed


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its limits, low <= value <= high."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """Return the three numbers under the names of the result document."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, eq=False)
class RankedScores:
    """The scores of one attack reduced to their order, ties broken blindly.

    Attributes
    ----------
    members_above
        Shape (n0 + 1,), int64, non-decreasing. Entry j counts the members ranked strictly above
        the (j+1)-th largest non-member, so it is the best number of hits with j false alarms;
        the last entry is n1. Every statistic but the AUC is a function of this array.
    n_members
        n1 >= 1. n0 follows from the array.
    """

    members_above: Counts
    n_members: int

    @property
    def n_nonmembers(self) -> int:
        """n0 >= 1."""
        return len(self.members_above) - 1


@dataclass(frozen=True, slots=True)
class TprEstimate:
    """TPR at one FPR with its printed two-sided 95 % limits; None where not reportable.

    `low` is 0 where n0 is too small for any lower limit: the interval is then [0, high].
    """

    value: float | None
    low: float | None
    high: float | None
    reportable: bool
    rated: bool

    def as_json(self) -> dict[str, float | bool | None]:
        """Return the fields under the names of the result document."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "reportable": self.reportable,
            "rated": self.rated,
        }


@dataclass(frozen=True, slots=True)
class AttackStatistics:
    """Everything the verdict and the document need to know about one attack.

    Attributes
    ----------
    auc, tpr
        Printed figures: two-sided 95 % intervals of this attack alone, uncorrected.
    family_size
        Number of attacks over which the error of `reach` was split.
    reach
        Rated trigger -> lower bound at BETA / (family_size x rated triggers): for "reached".
    rule_out
        Rated trigger -> upper bound at the full BETA: for "ruled out".
    """

    n_members: int
    n_nonmembers: int
    family_size: int
    auc: Interval
    tpr: Mapping[str, TprEstimate]
    reach: Mapping[Trigger, float]
    rule_out: Mapping[Trigger, float]

    def as_json(self) -> dict[str, Any]:
        """Return the attack's entry of the result document."""
        guard = POWER["auc"].flags(self.n_members, self.n_nonmembers)
        return {
            "auc": {**self.auc.as_json(), **guard},
            "tpr": {key: estimate.as_json() for key, estimate in self.tpr.items()},
        }


def _checked(scores: ArrayLike, side: str) -> Floats:
    array = np.asarray(scores, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{side} scores must be a non-empty vector, got shape {array.shape}")
    if np.isnan(array).any():
        raise ValueError(f"{side} scores contain NaN")
    return array


def rank(member: ArrayLike, nonmember: ArrayLike, *, seed: int) -> RankedScores:
    """Order the records by score; records with equal scores in an order blind to membership.

    Parameters
    ----------
    member, nonmember
        Shapes (n1,) and (n0,), any real or infinite numbers, no NaN. Higher = more likely a
        member.
    seed
        The plan seed. Record i (members first) draws the i-th number of one stream, so a record
        keeps its draw in every attack of an audit.

    Raises
    ------
    ValueError
        A side is empty, not a vector, or holds NaN.
    """
    members, nonmembers = _checked(member, "member"), _checked(nonmember, "nonmember")
    scores = np.concatenate([members, nonmembers])
    draws = np.random.default_rng([_TIE_STREAM, seed]).integers(
        0, 2**63, size=scores.size, dtype=np.int64
    )
    descending = np.lexsort((draws, scores))[::-1]
    is_member = descending < members.size
    seen = np.cumsum(is_member, dtype=np.int64)
    return RankedScores(np.append(seen[~is_member], members.size), int(members.size))


def auc(
    member: ArrayLike,
    nonmember: ArrayLike,
    *,
    side_error: float = PRINTED_SIDE_ERROR,
    error_inflation: float = 1.0,
) -> Interval:
    """Return the area under the ROC curve with DeLong limits on the logit scale.

    Where DeLong's error is 0 (perfect separation, all scores equal) the limits are Wilson's at
    min(n0, n1) trials, whose variance a(1-a)/min(n0, n1) bounds that of any Mann-Whitney
    statistic; at AUC 1 this is the lower limit 1 / (1 + z^2 / min(n0, n1)). Nearer to 0 or 1 than
    0.05 few records say how large the error is: limits are Student's, with half as many degrees of
    freedom as a count has whose relative error is that of what is missing to the end.

    Parameters
    ----------
    member, nonmember
        Shapes (n1,) and (n0,), no NaN. Ties count half.
    side_error
        Chance of a miss per side, in (0, 0.5).
    error_inflation
        Factor >= 1 on the standard error, for scores that depend on each other (folds).

    Returns
    -------
    Interval
        All in [0, 1]. With a single record on one side the limits are 0 and 1.

    Raises
    ------
    ValueError
        A side is empty, not a vector, or holds NaN.
    """
    return delong(member, nonmember).interval(side_error, error_inflation=error_inflation)


@dataclass(frozen=True, slots=True)
class DeLong:
    """An AUC with its standard error, from which any interval is read.

    Attributes
    ----------
    value, error
        The AUC and DeLong's error, 0 for a side of one record.
    smaller
        Records of the smaller side.
    """

    value: float
    error: float
    smaller: int

    def interval(self, side_error: float, *, error_inflation: float = 1.0) -> Interval:
        """Return the limits; arguments as for `auc`."""
        value, error = self.value, error_inflation * self.error
        if self.smaller == 1:
            return Interval(value, 0.0, 1.0)
        z = -float(ndtri(side_error))
        if error == 0.0 or value in {0.0, 1.0}:
            return _wilson(value, self.smaller, z * error_inflation)
        rest = min(value, 1.0 - value)
        if rest < _NEAR_THE_END:
            z = -float(stdtrit(max(1.0, (rest / error) ** 2 / 2.0), side_error))
        centre, half = logit(value), z * error / (value * (1.0 - value))
        low, high = float(expit(centre - half)), float(expit(centre + half))
        return Interval(value, min(value, low), max(value, high))  # not by a rounding error


def delong(member: ArrayLike, nonmember: ArrayLike) -> DeLong:
    """Return the AUC and its error in O(n log n); arguments and errors as for `auc`."""
    members = np.sort(_checked(member, "member"))
    nonmembers = np.sort(_checked(nonmember, "nonmember"))
    beaten = _placements(members, nonmembers)
    value = float(np.clip(beaten.mean(), 0.0, 1.0))
    smaller = min(members.size, nonmembers.size)
    if smaller == 1:
        return DeLong(value, 0.0, smaller)
    outranked = _placements(nonmembers, members)
    error = math.sqrt(beaten.var(ddof=1) / members.size + outranked.var(ddof=1) / nonmembers.size)
    return DeLong(value, error, smaller)


def _placements(scores: Floats, others: Floats) -> Floats:
    """Return for each score the share of the sorted others below it, ties counted half."""
    below = np.searchsorted(others, scores, side="left")
    not_above = np.searchsorted(others, scores, side="right")
    return np.asarray((below + not_above) / (2.0 * others.size), dtype=np.float64)


def _wilson(value: float, trials: int, z: float) -> Interval:
    shrink = 1.0 + z * z / trials
    centre = (value + z * z / (2 * trials)) / shrink
    half = z / shrink * math.sqrt(value * (1 - value) / trials + (z / (2 * trials)) ** 2)
    return Interval(value, min(value, max(0.0, centre - half)), max(value, min(1.0, centre + half)))


def tpr_at_fpr(ranked: RankedScores, alpha: float) -> float:
    """Return the largest TPR of the empirical ROC at FPR <= alpha, no interpolation."""
    allowed = allowed_false_alarms(alpha, ranked.n_nonmembers)
    return int(ranked.members_above[allowed]) / ranked.n_members


def tpr_lower(ranked: RankedScores, alpha: float, error: float) -> float:
    """Return a lower limit of the TPR at FPR <= alpha, too high with chance <= error.

    The larger of two limits at error / 2 each. Two-step: a threshold whose true FPR is <= alpha
    but for error / 4, then the rate above it with what is left. Leak factor: the ratio TPR / FPR
    at the threshold of rank ceil(alpha (n0 + 1)), times alpha; where that threshold's own FPR is
    larger, an attacker gets there by using it at random. The limit is therefore one on the
    concave ROC, and on the plain one wherever that is concave near alpha.

    Returns
    -------
    float
        In [0, 1]; 0 where n0 cannot resolve alpha or no member lies above the threshold.
    """
    n1, n0 = ranked.n_members, ranked.n_nonmembers
    k = expected_rank(alpha, n0)
    by_leak = alpha * leak_lower(int(ranked.members_above[k - 1]), k, n1, n0, error / 2)
    safe = safe_rank(alpha, n0, error / 4)
    if safe is None:
        return min(1.0, by_leak)
    k, used = safe
    by_steps = rate_lower(int(ranked.members_above[k - 1]), n1, error / 2 - used)
    return min(1.0, max(by_leak, by_steps))


def tpr_upper(ranked: RankedScores, alpha: float, error: float) -> float:
    """Return an upper limit of the TPR at FPR <= alpha, too low with chance <= error.

    The threshold's true FPR exceeds alpha but for error / 2; the rate of the members at or above
    it takes what is left. 1 where n0 is too small for such a threshold.
    """
    n1, n0 = ranked.n_members, ranked.n_nonmembers
    covering = covering_rank(alpha, n0, error / 2)
    if covering is None:
        return 1.0
    k, used = covering
    return rate_upper(int(ranked.members_above[k - 1]), n1, error - used)


def roc_curve(ranked: RankedScores, *, max_points: int = 400) -> tuple[Floats, Floats]:
    """Return (fpr, tpr) of the empirical ROC, at most max_points vertices, all of them exact.

    The first half of the points are consecutive false alarms 0, 1, 2, ...; the rest are spaced
    evenly in the logarithm, so that a log-log picture loses nothing where it matters. Ends at
    (1, 1).
    """
    n0 = ranked.n_nonmembers
    alarms = np.arange(n0 + 1)
    if n0 + 1 > max_points:
        first = max_points // 2
        spaced = np.geomspace(first, n0, max_points - first).round().astype(np.int64)
        alarms = np.unique(np.concatenate([np.arange(first), spaced]))
    return alarms / n0, ranked.members_above[alarms] / ranked.n_members


def summarise(
    member: ArrayLike, nonmember: ArrayLike, *, seed: int, family_size: int
) -> AttackStatistics:
    """Compute everything verdict and document need to know about one attack.

    Parameters
    ----------
    member, nonmember
        Scores, shapes (n1,) and (n0,), no NaN, higher = more likely a member.
    seed
        The plan seed (blind tie breaking).
    family_size
        Number of attacks of the family that ran: ``len(family_of(depth, ran))``, >= 1. The same
        for every attack of one audit.

    Raises
    ------
    ValueError
        Scores as in `rank`, or family_size < 1.
    """
    return summarise_ranked(
        rank(member, nonmember, seed=seed), member, nonmember, family_size=family_size
    )


def summarise_ranked(
    ranked: RankedScores, member: ArrayLike, nonmember: ArrayLike, *, family_size: int
) -> AttackStatistics:
    """Do the same for scores that are ranked already."""
    if family_size < 1:
        raise ValueError(f"family_size must be >= 1, got {family_size}")
    n1, n0 = ranked.n_members, ranked.n_nonmembers
    triggers, error = rated_triggers(n1, n0), reach_error(family_size, n1, n0)
    rates = [t for t in LOW_FPR_TRIGGERS if t in triggers]
    reach = {t: tpr_lower(ranked, FPR_LEVELS[t], error) for t in rates}
    rule_out = {t: tpr_upper(ranked, FPR_LEVELS[t], BETA) for t in rates}
    area = delong(member, nonmember)
    if "auc" in triggers:
        reach["auc"] = area.interval(error).low
        rule_out["auc"] = area.interval(BETA).high
    return AttackStatistics(
        n_members=n1,
        n_nonmembers=n0,
        family_size=family_size,
        auc=area.interval(PRINTED_SIDE_ERROR),
        tpr={key: _tpr_estimate(ranked, key) for key in FPR_LEVELS},
        reach=reach,
        rule_out=rule_out,
    )


def _tpr_estimate(ranked: RankedScores, key: str) -> TprEstimate:
    sizes = ranked.n_members, ranked.n_nonmembers
    if not POWER[key].reportable(*sizes):
        return TprEstimate(None, None, None, reportable=False, rated=False)
    alpha = FPR_LEVELS[key]
    return TprEstimate(
        value=tpr_at_fpr(ranked, alpha),
        low=tpr_lower(ranked, alpha, PRINTED_SIDE_ERROR),
        high=tpr_upper(ranked, alpha, PRINTED_SIDE_ERROR),
        reportable=True,
        rated=POWER[key].rated(*sizes),
    )
