"""Two tools' scores of the same records: each figure with its error, and the error of the gap.

Every tool's figures come from here and so from `audits.engine.metrics`.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import metrics
from audits.engine.bounds import allowed_false_alarms

RESAMPLES: Final = 200
SEED: Final = 0
LEVELS: Final = {"tpr_at_1pct": 0.01, "tpr_at_0_5pct": 0.005, "tpr_at_0_1pct": 0.001}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one tool.

    Attributes
    ----------
    members, nonmembers
        (n1,) and (n0,), in the order of the records; higher = more likely a member.
    """

    members: Floats
    nonmembers: Floats

    def figures(self) -> dict[str, float]:
        """Return AUC and TPR at each level, each with its standard error as NAME_error."""
        ranked = metrics.rank(self.members, self.nonmembers, seed=SEED)
        told = {"auc": metrics.auc(self.members, self.nonmembers).value}
        told["auc_error"] = _error_of_means(*_placements(self))
        resampled = _resampled_tpr(self)
        for name, alpha in LEVELS.items():
            told[name] = metrics.tpr_at_fpr(ranked, alpha)
            told[f"{name}_error"] = float(resampled[name].std(ddof=1))
        return told


def gaps(ours: Scores, theirs: Scores) -> dict[str, tuple[float, float]]:
    """Return for AUC and each TPR level the gap ours minus theirs and its standard error.

    The records are the same, so the errors are those of paired samples: DeLong's covariance for
    the AUC, a bootstrap over records for the rates (threshold and rate move together).
    """
    us, them = ours.figures(), theirs.figures()
    mine, other = _placements(ours), _placements(theirs)
    told = {
        "auc": (us["auc"] - them["auc"], _error_of_means(mine[0] - other[0], mine[1] - other[1]))
    }
    resampled = _resampled_tpr(ours), _resampled_tpr(theirs)
    for name in LEVELS:
        difference = resampled[0][name] - resampled[1][name]
        told[name] = (us[name] - them[name], float(difference.std(ddof=1)))
    return told


def _placements(scores: Scores) -> tuple[Floats, Floats]:
    """Return the share of non-members below each member, and of members above each non-member."""
    members, nonmembers = np.sort(scores.members), np.sort(scores.nonmembers)
    return (
        metrics._placements(scores.members, nonmembers),
        1 - metrics._placements(scores.nonmembers, members),
    )


def _error_of_means(of_members: Floats, of_nonmembers: Floats) -> float:
    return math.sqrt(
        of_members.var(ddof=1) / of_members.size + of_nonmembers.var(ddof=1) / of_nonmembers.size
    )


def _resampled_tpr(scores: Scores) -> dict[str, Floats]:
    """Return (RESAMPLES,) rates per level; the same records are drawn for every tool."""
    n1, n0 = scores.members.size, scores.nonmembers.size
    rng = np.random.default_rng(SEED)
    counts = np.hstack(
        [
            rng.multinomial(n1, np.full(n1, 1 / n1), RESAMPLES),
            rng.multinomial(n0, np.full(n0, 1 / n0), RESAMPLES),
        ]
    )
    descending = _descending(scores)
    is_member = descending < n1
    drawn = counts[:, descending]
    caught = np.cumsum(drawn * is_member, axis=1)
    alarms = np.cumsum(drawn * ~is_member, axis=1)
    return {
        name: _caught_before(caught, alarms, allowed_false_alarms(alpha, n0)) / n1
        for name, alpha in LEVELS.items()
    }


def _caught_before(caught: NDArray[Any], alarms: NDArray[Any], allowed: int) -> Floats:
    """Return for each row the catch at the last record with at most so many false alarms."""
    last = (alarms <= allowed).sum(axis=1) - 1
    found = np.take_along_axis(caught, np.maximum(last, 0)[:, None], axis=1)[:, 0]
    return np.where(last >= 0, found, 0).astype(np.float64)


def _descending(scores: Scores) -> NDArray[Any]:
    """Return the records from the highest score down, ties in an order blind to membership."""
    together = np.concatenate([scores.members, scores.nonmembers])
    return np.lexsort((np.random.default_rng(SEED).random(together.size), together))[::-1]
