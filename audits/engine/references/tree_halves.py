"""Averaging ensembles: every few trees get a half of their own, none a whole forest.

What a forest says of a record is a mean over trees, so its mean over references that saw the
record is a mean over trees that saw it, whichever forest they belong to. K forests of T trees
share K halves; the same K T trees on many more halves give a much steadier mean. "Saw" means that
the record was in the trees' half, in or out of their bootstrap samples. Only the two means are
kept, so this feeds attacks on means, not those on the spread between references.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.references import clone
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.registry import Calibration
from audits.engine.side_by_side import workers
from audits.engine.signals import SMALLEST
from audits.engine.target import Features, Target, last_step, take

BLOCK: Final = 4
"""Whole forests' worth of trees in a block."""

_ENSEMBLES: Final = frozenset(
    {"RandomForestClassifier", "ExtraTreesClassifier", "BaggingClassifier"}
)
_FORESTS: Final = frozenset({"RandomForestClassifier", "ExtraTreesClassifier"})
_MOST_TREES_A_HALF: Final = 10
_LEAST_TREES_A_HALF: Final = 2
_MOST_PAIRS: Final = 32
_MOST_JUDGED: Final = 20_000


def fits(target: Target) -> bool:
    """Say whether the target is an averaging ensemble, bare or at the end of a pipeline."""
    whole = target.estimator
    return type(last_step(whole)).__name__ in _ENSEMBLES and (
        hasattr(whole, "steps") or last_step(whole) is whole
    )


def sizes(trees: int) -> tuple[int, int]:
    """Return (trees of a half, pairs of halves) for a block of `BLOCK` ensembles of T trees."""
    few = max(_LEAST_TREES_A_HALF, min(_MOST_TREES_A_HALF, trees // 4))
    few = max(few, math.ceil(BLOCK * trees / (2 * _MOST_PAIRS)))
    return few, max(1, round(BLOCK * trees / (2 * few)))


def train(training: Training) -> Trained:
    """Train the trees of a block and average what they say about the audited records.

    Returns
    -------
    Trained
        Two rows: the log of the mean p_y over trees whose half held the record (`inside` all
        true) and over the others (all false). A class missing from a half has p_y 0 there.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records.
    """
    n, target = training.n_audited, training.target
    template = clone.template_of(target)
    few, pairs = sizes(int(last_step(template).n_estimators))
    _shrink(template, few)
    draw, own = training.draw(2 * pairs), training.labels[:n]
    seeds = training.fit_seed.spawn(2 * pairs)
    bare = type(template).__name__ in _FORESTS
    ready = training.replaced(_single(training.features) if bare else training.features)
    audited = take(ready.features, np.arange(n))
    judged = np.sort(np.random.default_rng(training.draw_seed).permutation(n)[:_MOST_JUDGED])

    def one(k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        model = clone.fitted(template, ready, training.rows(draw, k), seeds[k])
        answers = clone.aligned(model, audited, target.classes)
        return answers[np.arange(n), own], answers[judged]

    sums = np.zeros((2, n))
    unseen = np.zeros((len(judged), len(target.classes)))
    with workers(training.threads) as pool:
        for k, (p, answers) in enumerate(pool.map(one, range(2 * pairs))):
            inside = draw.inside[k]
            sums[0] += np.where(inside, p, 0.0)
            sums[1] += np.where(inside, 0.0, p)
            unseen += np.where(inside[judged, None], 0.0, answers)
    log_p = np.log(np.clip(sums / pairs, SMALLEST, 1.0)).astype(np.float32)
    right = float(np.mean(np.argmax(unseen, axis=1) == own[judged]))
    whole = np.stack([np.ones(n, dtype=bool), np.zeros(n, dtype=bool)])
    return Trained(log_p, whole, (right,), BLOCK)


def calibration(training: Training) -> Calibration:
    """Return one small ensemble, fitted on one half, that can be asked about new records."""
    template = clone.template_of(training.target)
    few, _ = sizes(int(last_step(template).n_estimators))
    _shrink(template, few)
    return clone.calibrated(template, training)


def _shrink(template: Any, trees: int) -> None:  # noqa: ANN401 - any of the ensembles
    settings: dict[str, Any] = {"n_estimators": trees}
    if "oob_score" in last_step(template).get_params(deep=False):
        settings["oob_score"] = False  # a figure for its owner, not part of what it answers
    last_step(template).set_params(**settings)


def _single(features: Features) -> Features:
    """Return an array of numbers in single precision once: trees convert it anyway, each time."""
    if isinstance(features, np.ndarray) and features.dtype == np.float64:
        return features.astype(np.float32)
    return features


RECIPE = Recipe(
    key="tree_halves",
    block=BLOCK,
    single=False,
    fits=fits,
    train=train,
    calibration=calibration,
)
