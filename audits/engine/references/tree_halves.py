"""Averaging ensembles: every few trees get a half of their own, none a whole forest.

What a forest says of a record is a mean over trees, so its mean over references that saw the
record is a mean over trees that saw it, whichever forest they belong to. K forests of T trees
share K halves; the same K T trees on many more halves give a much steadier mean. "Saw" means that
the record was in the trees' half, in or out of their bootstrap samples. Only the two means are
kept, so this feeds attacks on means, not those on the spread between references. The mean is one
of p_y; of ensembles that predict a number it is one of their numbers, whose error is then read.
"""

import math
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.answers import log_likelihood, quality
from audits.engine.arrow_bridge import as_array
from audits.engine.references import clone
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.registry import Calibration
from audits.engine.side_by_side import workers
from audits.engine.signals import SMALLEST
from audits.engine.target import CHUNK_ROWS, Features, Target, take

if TYPE_CHECKING:
    from numpy.random import SeedSequence

BLOCK: Final = 4
"""Whole forests' worth of trees in a block."""

_FORESTS: Final = frozenset(
    {
        "RandomForestClassifier", "ExtraTreesClassifier",
        "RandomForestRegressor", "ExtraTreesRegressor",
    }
)  # fmt: skip
_ENSEMBLES: Final = _FORESTS | {"BaggingClassifier", "BaggingRegressor"}
_TREES: Final = frozenset(
    {
        "NoneType",
        "DecisionTreeClassifier", "ExtraTreeClassifier",
        "DecisionTreeRegressor", "ExtraTreeRegressor",
    }
)  # fmt: skip
_MOST_TREES_A_HALF: Final = 10
_LEAST_TREES_A_HALF: Final = 2
_MOST_PAIRS: Final = 32
_MOST_JUDGED: Final = 2_000
_MOST_JUDGED_ANSWERS: Final = 2_000_000

Floats = NDArray[np.float64]


def fits(target: Target) -> bool:
    """Say whether the target is an averaging ensemble, bare or at the end of a pipeline."""
    ensemble = _ensemble(getattr(target.estimator, "best_estimator_", target.estimator))
    kind = type(ensemble)
    return kind.__name__ in _ENSEMBLES and kind.__module__.startswith("sklearn.ensemble.")


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
        true) and over the others (all false), or the log-density of the truth around the mean
        of their numbers. A class missing from a half has p_y 0 there. The accuracy is that of
        a mean over the others, so of an ensemble that saw no record.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records.
    """
    n, target = training.n_audited, training.target
    template, pairs = _template(target)
    # A number is the one column of an answer, read for every record.
    columns = max(1, len(target.classes))
    own = np.zeros(n, dtype=np.int64) if target.predicts_numbers else training.labels[:n]
    draw = training.draw(2 * pairs)
    seeds = training.fit_seed.spawn(2 * pairs)
    ready = training.replaced(_ready(template, training.features))
    audited = take(ready.features, np.arange(n))
    most = min(_MOST_JUDGED, max(1, _MOST_JUDGED_ANSWERS // columns))
    judged = np.sort(np.random.default_rng(training.draw_seed).permutation(n)[:most])
    # The mean of more trees explains more of a number: as many are judged as the target has.
    asked = math.ceil(pairs / 2) if target.predicts_numbers else pairs
    plain = not ready.target.category_mask and _grows_plain_trees(template, training)

    def one(k: int) -> tuple[Floats, Floats]:
        rows, outside = training.rows(draw, k), judged[~draw.inside[k, judged]]
        matrix = _matrix(template, ready, rows, seeds[k]) if plain else None
        if matrix is None:
            model = clone.fitted(template, ready, rows, seeds[k])
            return _asked(model, audited, own, outside, target)
        trees = _grown(_ensemble(template), matrix[rows], training.labels[rows], seeds[k])
        leaves = np.stack([tree.apply(matrix[:n], check_input=False) for tree in trees])
        known = np.asarray(getattr(trees[0], "classes_", [0])).astype(np.int64)
        return _means(trees, leaves, known, own, outside, columns)

    sums, unseen = np.zeros((2, n)), np.zeros((len(judged), columns))
    with workers(training.threads) as pool:
        for k, (p, answers) in enumerate(pool.map(one, range(2 * pairs))):
            inside = draw.inside[k]
            sums[0] += np.where(inside, p, 0.0)
            sums[1] += np.where(inside, 0.0, p)
            if k < 2 * asked:
                unseen[~inside[judged]] += answers
    if target.predicts_numbers:
        truth = training.labels[:n]
        log_p = log_likelihood(sums / pairs, truth, training.scale)
        right = quality(unseen[:, 0] / asked, truth[judged], training.scale)
    else:
        log_p = np.log(np.clip(sums / pairs, SMALLEST, 1.0))
        right = quality(unseen, own[judged], None)
    whole = np.stack([np.ones(n, dtype=bool), np.zeros(n, dtype=bool)])
    return Trained(log_p.astype(np.float32), whole, (right,), BLOCK)


def calibration(training: Training) -> Calibration:
    """Return one small ensemble, fitted on one half, that can be asked about new records."""
    return clone.calibrated(_template(training.target)[0], training)


def _ensemble(estimator: Any) -> Any:  # noqa: ANN401 - any scikit-learn estimator
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    return estimator


def _template(target: Target) -> tuple[Any, int]:
    """Return the unfitted small ensemble of a half, and how many pairs of halves there are."""
    template = clone.template_of(target)
    ensemble = _ensemble(template)
    few, pairs = sizes(int(ensemble.n_estimators))
    # Out-of-bag accuracy is a figure for the owner, not part of what the ensemble answers.
    ensemble.set_params(n_estimators=few, oob_score=False)
    return template, pairs


def _ready(template: Any, features: Features) -> Features:  # noqa: ANN401
    """Return features as single-precision numbers where trees would convert them anyway."""
    kind, base = type(template).__name__, getattr(template, "estimator", None)
    if kind not in _FORESTS and not (kind in _ENSEMBLES and type(base).__name__ in _TREES):
        return features
    matrix = as_array(features)
    return features if matrix.dtype == object else matrix.astype(np.float32)


def _asked(
    model: Any,  # noqa: ANN401
    audited: Features,
    own: NDArray[Any],
    outside: NDArray[np.int64],
    target: Target,
) -> tuple[Floats, Floats]:
    """Return the column `own` (N,) of all answers, and all columns of those at `outside`."""
    forest = _ensemble(model)
    if type(forest).__name__ not in _FORESTS:
        answers = clone.answers_of(model, audited, target).reshape(len(own), -1)
        return answers[np.arange(len(own)), own], answers[outside]
    columns, known = max(1, len(target.classes)), np.zeros(1, dtype=np.int64)
    if not target.predicts_numbers:
        known = np.searchsorted(target.classes, forest.classes_)
    with clone.explained():
        leaves = _leaves(model, audited)
    return _means(forest.estimators_, leaves, known, own, outside, columns)


def _means(
    trees: list[Any],
    leaves: NDArray[np.integer[Any]],
    known: NDArray[np.int64],
    own: NDArray[Any],
    outside: NDArray[np.int64],
    columns: int,
) -> tuple[Floats, Floats]:
    """Return the same from the leaves, (trees, N), that records fall into.

    `known` are the classes that the trees have met, by their place among all.
    """
    column = np.full(columns, -1)
    column[known] = np.arange(len(known))
    own_column = column[own]
    p, answers = np.zeros(len(own)), np.zeros((len(outside), len(known)))
    for tree, leaf in zip(trees, leaves, strict=True):
        shares = tree.tree_.value[:, 0, :]
        p += shares[leaf, own_column]
        answers += shares[leaf[outside]]
    p[own_column < 0] = 0.0
    aligned = np.zeros((len(outside), columns))
    aligned[:, known] = answers / len(leaves)
    return p / len(leaves), aligned


def _grows_plain_trees(template: Any, training: Training) -> bool:  # noqa: ANN401
    """Say whether the ensemble is a forest of trees that can be grown one by one.

    Weights of records or classes also go into how a forest draws its samples: that is left to it.
    """
    forest = _ensemble(template)
    if type(forest).__name__ not in _FORESTS or training.weights is not None:
        return False
    alone = template is forest or (hasattr(template, "steps") and template.steps[-1][1] is forest)
    weighs_classes = getattr(forest, "class_weight", None) is not None
    return bool(alone and not weighs_classes and not clone.fits_across(template))


def _matrix(
    template: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> NDArray[np.float32] | None:
    """Return all records as the trees take them, prepared as some rows ask; None if they cannot."""
    steps = clone.fitted_steps(template, training, rows, seed)
    with clone.explained():
        found = training.features if steps is None else steps.transform(training.features)
    matrix = as_array(found) if steps is None else found
    if not isinstance(matrix, np.ndarray) or matrix.dtype == object:
        return None
    matrix = np.ascontiguousarray(matrix, dtype=np.float32)
    return matrix if np.isfinite(matrix).all() else None


def _grown(
    forest: Any,  # noqa: ANN401
    matrix: NDArray[np.float32],
    labels: NDArray[Any],
    seed: "SeedSequence",
) -> list[Any]:
    """Return the forest's trees, each on a bootstrap sample where it draws one.

    What a forest does around them costs as much again, and holds Python's lock meanwhile.
    """
    rng, n = np.random.default_rng(seed), len(labels)
    settings = {name: getattr(forest, name) for name in forest.estimator_params}
    drawn = _bootstrap_size(forest.max_samples, n)
    known = np.ascontiguousarray(labels, dtype=np.float64)[:, None]
    trees = []
    for number in rng.integers(2**31, size=forest.n_estimators).tolist():
        weights = None
        if forest.bootstrap:
            weights = np.bincount(rng.integers(n, size=drawn), minlength=n).astype(np.float64)
        tree = type(forest.estimator)(**settings | {"random_state": number})
        trees.append(tree.fit(matrix, known, sample_weight=weights, check_input=False))
    return trees


def _bootstrap_size(most: float | None, n: int) -> int:
    """Return how many records a forest draws for each tree: as many as there are, some, a share."""
    if most is None:
        return n
    return int(most) if isinstance(most, Integral) else max(1, int(n * most))


def _leaves(model: Any, audited: Features) -> NDArray[np.int32]:  # noqa: ANN401
    """Return (trees, N) the leaf each record falls into: one check of the records, not one a tree.

    Asking for probabilities costs up to three times as much where there are many classes.
    """
    parts = []
    for start in range(0, len(audited), CHUNK_ROWS):
        step, part = model, take(audited, np.arange(start, min(len(audited), start + CHUNK_ROWS)))
        while hasattr(step, "steps"):
            for _, before in step.steps[:-1]:
                part = part if before in {None, "passthrough"} else before.transform(part)
            step = step.steps[-1][1]
        parts.append(step.apply(part).astype(np.int32))
    return np.ascontiguousarray(np.concatenate(parts).T)


RECIPE = Recipe(
    key="tree_halves",
    block=BLOCK,
    single=False,
    fits=fits,
    train=train,
    calibration=calibration,
)
