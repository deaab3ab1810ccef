"""Simulated score sets whose true figures are known: flat, binormal, markers, steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import binom

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True, slots=True)
class Shape:
    """A pair of score distributions.

    Attributes
    ----------
    members, nonmembers
        Draw n scores.
    tpr
        True TPR at an FPR.
    auc
        True area under the curve.
    leak
        True supremum of TPR / FPR; infinite where there is none.
    hull
        True TPR at an FPR of who may flip coins between thresholds: the curve's concave hull.
        Lower bounds speak of it. None where the curve is concave and both are one.
    """

    name: str
    members: Draw
    nonmembers: Draw
    tpr: Callable[[float], float]
    auc: float
    leak: float
    hull: Callable[[float], float] | None = None

    def promised(self, alpha: float) -> float:
        """Return the rate that a lower bound must not exceed."""
        return (self.hull or self.tpr)(alpha)


def flat() -> Shape:
    """Return a model without leakage."""
    return Shape(
        "flat",
        lambda rng, n: rng.random(n),
        lambda rng, n: rng.random(n),
        lambda alpha: alpha,
        0.5,
        1.0,
    )


def binormal(shift: float) -> Shape:
    """Return two normal distributions of variance 1, the members' higher by `shift`."""
    return Shape(
        f"binormal, shift {shift:g}",
        lambda rng, n: rng.normal(shift, 1.0, n),
        lambda rng, n: rng.normal(0.0, 1.0, n),
        lambda alpha: float(ndtr(shift + ndtri(alpha))),
        float(ndtr(shift / np.sqrt(2.0))),
        float("inf"),
    )


def rare_marker(marked: float, false: float) -> Shape:
    """Return scores of which a share is marked: `marked` of members, `false` of non-members.

    Marked scores lie above all others and look alike on both sides, so that the largest leak
    factor is exactly their ratio.
    """

    def drawn(share: float) -> Draw:
        return lambda rng, n: rng.random(n) + (rng.random(n) < share)

    def tpr(alpha: float) -> float:
        if alpha <= false:
            return alpha * marked / false
        return marked + (alpha - false) * (1 - marked) / (1 - false)

    auc = marked * (1 - false) + 0.5 * (marked * false + (1 - marked) * (1 - false))
    return Shape(
        f"rare marker, {marked:.1%} against {false:.1%}",
        drawn(marked),
        drawn(false),
        tpr,
        auc,
        marked / false,
    )


def steps(members: float, nonmembers: float, count: int = 10) -> Shape:
    """Return shares k / count, as of noisy copies that keep their label: many records tie.

    With ties broken at random the ROC runs straight between the corners (j or more against j + 1
    or more); it is concave, because the likelihood ratio rises with k.
    """
    k = np.arange(count, -1, -1)
    share = [
        np.concatenate([[0.0], np.cumsum(binom.pmf(k, count, chance))])
        for chance in (members, nonmembers)
    ]
    auc = float(np.trapezoid(share[0], share[1]))
    return Shape(
        f"steps, {members:g} against {nonmembers:g}",
        lambda rng, n: rng.binomial(count, members, n) / count,
        lambda rng, n: rng.binomial(count, nonmembers, n) / count,
        lambda alpha: float(np.interp(alpha, share[1], share[0])),
        auc,
        (members / nonmembers) ** count,
    )


def hidden_marker(decoys: float, marked: float, false: float) -> Shape:
    """Return scores with a marker below the top: above it lie outsiders alone.

    The share `decoys` of non-members lies highest; below it the share `marked` of members and
    `false` of non-members; below that all others, alike. The curve runs along the bottom first,
    so it is not concave, and a rate at a small FPR is 0 although a coin would catch members.
    """

    def outsiders(rng: np.random.Generator, n: int) -> Floats:
        drawn = rng.random(n)
        return (
            rng.random(n) + 2.0 * (drawn < decoys) + ((drawn >= decoys) & (drawn < decoys + false))
        )

    fpr, tpr = [0.0, decoys, decoys + false, 1.0], [0.0, 0.0, marked, 1.0]
    return Shape(
        f"hidden marker, {marked:.1%} below {decoys:.1%} of the others",
        lambda rng, n: rng.random(n) + (rng.random(n) < marked),
        outsiders,
        lambda alpha: float(np.interp(alpha, fpr, tpr)),
        float(np.trapezoid(tpr, fpr)),
        marked / (decoys + false),
        lambda alpha: float(np.interp(alpha, [0.0, decoys + false, 1.0], [0.0, marked, 1.0])),
    )


SHAPES: Final = (
    flat(), binormal(0.5), binormal(2.0), rare_marker(0.03, 0.005), steps(0.55, 0.5),
    hidden_marker(0.01, 0.2, 0.001),
)  # fmt: skip
