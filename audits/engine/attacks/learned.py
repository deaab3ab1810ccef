"""Learned: what membership looks like is learned from references, whose members are known."""

from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.reference_sums import LEAST_VARIANCE, PRIOR_WEIGHT, Side, log_ratio, sides_of
from audits.engine.registry import AttackView, attack
from audits.engine.side_by_side import workers
from audits.engine.signals import Floats, clipped_margin

MOST_STAND_INS: Final = 16
"""References that play the target; more add little that is new."""

MOST_EXAMPLES: Final = 30_000
"""Records of stand-ins that are learned from, all together; six signals need no more."""

MOST_READINGS: Final = 8
"""Times a record is scored, each time with another pair of references left out."""

_LEAST_PAIRS: Final = 2
_LEAST_LEAF: Final = 100


@attack(
    key="learned",
    depth=4,
    references=True,
    single_references=True,
    source=(
        "Shokri et al. 2017, Membership inference attacks against machine learning models "
        "(arXiv:1610.05820), on signals calibrated to each record as in Shi, Ouyang & Wang 2024, "
        "Learning-based difficulty calibration (arXiv:2401.04929)"
    ),
)
def score(view: AttackView) -> NDArray[np.float64]:
    """Return the log-odds of being a member, from a classifier that never saw the audited side.

    References come in pairs of complementary halves. Each plays the target in turn: what it says
    of a record is set beside what the other pairs say (`_signals`), and whether the record was
    in its half is the answer to learn. The target is then read the same way, with one pair left
    out at a time, so that what is learned and what is read are equally noisy; the readings are
    averaged. Of the audited membership nothing is used: under the null the score depends on it
    no more than the references do.

    With fewer than two pairs there is nobody to learn from and the score is that of LiRA.

    Returns
    -------
    (N,) float64, finite.
    """
    if view.reference_log_p is None or view.reference_in is None:
        raise ValueError("the learned attack needs reference models")
    phi, chance = clipped_margin(view.log_p)
    told = _References(view.reference_log_p, view.reference_in)
    if told.pairs < _LEAST_PAIRS:
        return log_ratio(phi, *told.sides)
    examples, member = told.lessons(np.random.default_rng([0x1EA2, view.seed]))
    telling = np.ptp(examples, axis=0) > 0
    if not telling.any() or member.all() or not member.any():
        return np.zeros(len(phi))
    left_out = range(0, told.pairs, max(1, told.pairs // MOST_READINGS))

    def judge() -> Any:  # noqa: ANN401 - scikit-learn is untyped
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - heavy

        return HistGradientBoostingClassifier(
            max_iter=10, max_leaf_nodes=8, learning_rate=0.4, min_samples_leaf=_LEAST_LEAF,
            early_stopping=False, random_state=view.seed % 2**31,
        ).fit(examples[:, telling], member)  # fmt: skip

    def reading(learned: Any, pair: int) -> NDArray[np.float64]:  # noqa: ANN401 - as above
        found = learned.decision_function(_signals(phi, chance, *told.but(pair))[:, telling])
        return np.asarray(found, dtype=np.float64)

    # Fitted by one thread: sums of gradients in another order would be other numbers.
    with workers(1) as pool:
        learned = pool.submit(judge).result()
    with workers(view.threads) as pool:
        readings = list(pool.map(partial(reading, learned), left_out))
    return np.asarray(np.mean(readings, axis=0), dtype=np.float64)


class _References:
    """References in complementary pairs, 2j and 2j + 1, and the sums over all but some of them."""

    def __init__(self, log_p: NDArray[np.floating], inside: NDArray[np.bool_]) -> None:
        self._log_p, self._inside = log_p, inside
        self.pairs = len(inside) // 2
        self.sides = sides_of(log_p, inside)

    def but(self, pair: int) -> tuple[Side, Side]:
        """Return the sides IN and OUT without one pair.

        A stand-in's complement goes with it: who is in the one is not in the other.
        """
        inside, outside = self.sides
        for k in (2 * pair, 2 * pair + 1):
            phi, chance = clipped_margin(self._log_p[k])
            inside = inside.without(phi, chance, self._inside[k])
            outside = outside.without(phi, chance, ~self._inside[k])
        return inside, outside

    def lessons(self, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
        """Return (E, 6) signals of stand-ins and (E,) whether the record was in their half.

        First one of each pair plays, then the others; of large tables each meets other records.
        """
        in_turn = chain(range(0, 2 * self.pairs, 2), range(1, 2 * self.pairs, 2))
        played = list(in_turn)[:MOST_STAND_INS]
        n = self._inside.shape[1]
        rows = {k: rng.permutation(n)[: MOST_EXAMPLES // len(played)] for k in played}
        examples = {}
        for pair in dict.fromkeys(k // 2 for k in played):
            sides = self.but(pair)
            for k in rows.keys() & {2 * pair, 2 * pair + 1}:
                phi, chance = clipped_margin(self._log_p[k, rows[k]])
                examples[k] = _signals(phi, chance, *(side.of(rows[k]) for side in sides))
        member = [self._inside[k, rows[k]] for k in played]
        return np.concatenate([examples[k] for k in played]), np.concatenate(member)


def _signals(phi: Floats, chance: Floats, inside: Side, outside: Side) -> Floats:
    """Return (N, 6): the ratios of RMIA and LiRA, phi, its two means and its spread."""
    seen = np.where(inside.count > 0, inside.mean_chance, outside.mean_chance)
    unseen = np.where(outside.count > 0, outside.mean_chance, inside.mean_chance)
    degrees = PRIOR_WEIGHT + np.maximum(inside.count + outside.count - 2, 0)
    spread = PRIOR_WEIGHT * outside.pooled + inside.deviations + outside.deviations
    return np.column_stack(
        [
            np.log(chance) - np.log((seen + unseen) / 2),
            log_ratio(phi, inside, outside),
            phi,
            inside.mean,
            outside.mean,
            np.log(np.maximum(spread / degrees, LEAST_VARIANCE)),
        ]
    )
