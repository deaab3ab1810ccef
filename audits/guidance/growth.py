"""Whether a model gives away more than at the test before: the rule for regular re-tests."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from audits.guidance.reading import Document, level_number

ALPHA = 0.01  # of all catch rates together
DOUBLED = 2.0
_SETTLES_NOTHING = frozenset({"invalid", "inconclusive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The result before, of the same model on the same data, and its day as it is printed."""

    document: Document
    day: str


class Sizes(NamedTuple):
    """What an audit counted on each side."""

    members: int
    nonmembers: int


def comparable(before: Document, after: Document) -> bool:
    """Say whether both were tested alike: a stronger set of attacks begins anew."""
    then, now = (_suite(document) for document in (before, after))
    return then == now and before["verdict"]["outcome"] != "invalid"


def _suite(document: Document) -> tuple[object, ...]:
    policy = document.get("provenance", {}).get("rating_policy")
    return policy, tuple(document.get("family", sorted(document["attacks"])))


def level_rose(before: Document, after: Document) -> bool:
    """Say whether the level that was reached rose, where both results settle something."""
    verdicts = before["verdict"], after["verdict"]
    if any(verdict["outcome"] in _SETTLES_NOTHING for verdict in verdicts):
        return False
    then, now = (level_number(verdict["reached"]) for verdict in verdicts)
    return then is not None and now is not None and now > then


def grew(before: Document, after: Document) -> bool:
    """Say whether the level rose, or the figures lie clearly above those of the test before.

    Clearly: a lower limit above the former upper one, or a catch rate that has at least doubled
    with p < 0.01 over all catch rates (Holm). Limits and p allow for the members that were drawn
    and for the threshold, which the non-members set. The figures are those of the strongest attack
    now: the later audit chose it, which favours growth, and no p is corrected for that.
    """
    if not comparable(before, after) or after["verdict"]["outcome"] == "invalid":
        return False
    if level_rose(before, after):
        return True
    name = after["best_attack"]
    if name is None or name not in before["attacks"]:
        return False
    then, now = before["attacks"][name], after["attacks"][name]
    rates = [key for key in now["tpr"] if _rated(then["tpr"].get(key), now["tpr"][key])]
    pairs = [(then["tpr"][key], now["tpr"][key]) for key in rates]
    ranked = [*pairs, (then["auc"], now["auc"])] if _rated(then["auc"], now["auc"]) else pairs
    apart = any(new["low"] > old["high"] for old, new in ranked)
    shares = {float(key): (then["tpr"][key]["value"], now["tpr"][key]["value"]) for key in rates}
    return apart or _doubled(shares, (_sizes(before), _sizes(after)))


def shrank(before: Document, after: Document) -> bool:
    """Say whether the figures lie clearly below those of the test before: limits do not overlap.

    A level that fell by itself is no improvement: fewer records may have lowered it.
    """
    if not comparable(before, after) or after["verdict"]["outcome"] == "invalid":
        return False
    name = after["best_attack"] or before["best_attack"]
    if name is None or name not in before["attacks"] or name not in after["attacks"]:
        return False
    then, now = before["attacks"][name], after["attacks"][name]
    pairs = [(then["tpr"].get(key), now["tpr"][key]) for key in now["tpr"]]
    pairs.append((then["auc"], now["auc"]))
    return any(new["high"] < old["low"] for old, new in pairs if _rated(old, new))


def _rated(*figures: Mapping[str, Any] | None) -> bool:
    return all(one and one.get("rated") and one["value"] is not None for one in figures)


def _sizes(document: Document) -> Sizes:
    return Sizes(document["records"]["members"], document["records"]["nonmembers"])


def _doubled(rates: Mapping[float, tuple[float, float]], sizes: tuple[Sizes, Sizes]) -> bool:
    """Say whether one of the catch rates, by false-alarm rate, has at least doubled (Holm)."""
    tested = sorted((_p_value(pair, alpha, sizes), pair) for alpha, pair in rates.items())
    for place, (p, (old, new)) in enumerate(tested):
        if p >= ALPHA / (len(tested) - place):
            return False
        if new >= DOUBLED * old:
            return True
    return False


def _p_value(shares: tuple[float, float], alpha: float, sizes: tuple[Sizes, Sizes]) -> float:
    """Return the one-sided p of the second catch rate at alpha being no larger than the first.

    The threshold of a catch rate was set by non-members, so its variance has two terms,
    TPR (1 - TPR) / n1 + ROC'(alpha)^2 alpha (1 - alpha) / n0. The slope is not known. Of a concave
    curve it is at most that of the chord, TPR / alpha, and so the second term is at most
    TPR^2 (1 - alpha) / (alpha n0): p is too large rather than too small. Both audits have the
    variance of the one rate that an unchanged model would have, each at its own sizes. That rate
    is the plain mean: weighted by members, the error of an audit of many members and few
    non-members would shrink with the rate that it happened to miss.
    """
    rate = sum(shares) / len(shares)
    drawn = sum(rate * (1 - rate) / size.members for size in sizes)
    threshold = sum(rate**2 * (1 - alpha) / (alpha * size.nonmembers) for size in sizes)
    error = math.sqrt(drawn + threshold)
    if error == 0:
        return 1.0
    return math.erfc((shares[1] - shares[0]) / error / math.sqrt(2)) / 2
