"""What single references say of each record, as sums: leaving some of them out is a subtraction."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from audits.engine.signals import Floats, FloatsIn, clipped_margin

PRIOR_WEIGHT: Final = 10.0
"""Records' worth of belief in the pooled variance: alone, a handful of references cannot tell."""

LEAST_VARIANCE: Final = 1e-6
"""Floor under a variance of phi: references that all say the same still leave some doubt."""


@dataclass(frozen=True, slots=True)
class Side:
    """The references that trained on a record, or those that did not.

    Attributes
    ----------
    count
        (N,) how many there are.
    total, squares
        (N,) sums over them of the margin phi and of its square.
    chance
        (N,) sum over them of p_y, floored at 1e-6.
    whole_pooled
        `pooled` of the table that these records are some of; None where they are all of it.
    """

    count: Floats
    total: Floats
    squares: Floats
    chance: Floats
    whole_pooled: float | None = None

    def of(self, rows: NDArray[np.integer]) -> "Side":
        """Return the side of some records; their variances stay shrunk to that of all."""
        return Side(
            self.count[rows],
            self.total[rows],
            self.squares[rows],
            self.chance[rows],
            self.pooled,
        )

    def without(self, phi: Floats, chance: Floats, belongs: NDArray[np.bool_]) -> "Side":
        """Return the side less one reference, which is of this side where `belongs` says so."""
        return Side(
            self.count - belongs,
            self.total - phi * belongs,
            self.squares - phi**2 * belongs,
            self.chance - chance * belongs,
        )

    @property
    def mean(self) -> Floats:
        """(N,) mean phi, 0 where there is no reference."""
        return np.asarray(self.total / np.maximum(self.count, 1))

    @property
    def deviations(self) -> Floats:
        """(N,) sum of squared deviations from the mean."""
        return np.maximum(self.squares - self.count * self.mean**2, 0.0)

    @property
    def mean_chance(self) -> Floats:
        """(N,) mean p_y, 0 where there is no reference."""
        return np.asarray(self.chance / np.maximum(self.count, 1))

    @property
    def pooled(self) -> float:
        """Mean variance of phi over all records."""
        if self.whole_pooled is not None:
            return self.whole_pooled
        return float(self.deviations.sum() / max(1.0, float(np.maximum(self.count - 1, 0).sum())))

    def log_predictive(self, phi: Floats) -> Floats:
        """Return (N,) the log density of another model's phi under these references.

        The Student-t predictive of the normal-inverse-gamma posterior: each record's variance is
        shrunk to the pooled one with the weight of `PRIOR_WEIGHT` references.
        """
        n = np.maximum(self.count, 1)
        degrees = PRIOR_WEIGHT + n - 1
        shrunk = (PRIOR_WEIGHT * self.pooled + self.deviations) / degrees
        scale = np.sqrt(np.maximum(shrunk, LEAST_VARIANCE) * (1.0 + 1.0 / n))
        z = (phi - self.mean) / scale
        return np.asarray(
            _log_norm(n) - np.log(scale) - (degrees + 1) / 2 * np.log1p(z * z / degrees),
            dtype=np.float64,
        )


def _log_norm(count: Floats) -> Floats:
    """Return (N,) the log of the t density's constant; there are few counts and many records."""
    degrees = PRIOR_WEIGHT + np.arange(count.max(initial=0) + 1) - 1
    told = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
    return np.asarray(told[count.astype(np.intp)])


def sides_of(log_p: FloatsIn, inside: NDArray[np.bool_]) -> tuple[Side, Side]:
    """Return the two sides, IN and OUT.

    Parameters
    ----------
    log_p
        (K, N) log-probability of the true class.
    inside
        (K, N) bool.
    """
    none = np.zeros(inside.shape[1])
    sides = [Side(none, none, none, none)] * 2
    for answers, belongs in zip(log_p, inside, strict=True):
        phi, chance = clipped_margin(answers)
        for i, own in enumerate((belongs, ~belongs)):
            sides[i] = Side(
                sides[i].count + own,
                sides[i].total + phi * own,
                sides[i].squares + phi**2 * own,
                sides[i].chance + chance * own,
            )
    return sides[0], sides[1]


def log_ratio(phi: Floats, inside: Side, outside: Side) -> Floats:
    """Return (N,) log t(phi; IN) - log t(phi; OUT), 0 where a side has no reference."""
    both = (inside.count > 0) & (outside.count > 0)
    return np.where(both, inside.log_predictive(phi) - outside.log_predictive(phi), 0.0)
