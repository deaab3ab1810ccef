"""Trees of a forest, grown one by one without what scikit-learn checks around each of them.

For a small tree the checks of settings and labels take as long as a fifth of the growing, and hold
Python's lock meanwhile. They are the same for all trees of a forest: here they are done once. What
grows is scikit-learn's own builder with the numbers that its `fit` would hand over, so the trees
are the same to the bit. The builder is no public part of scikit-learn: where it is not as expected
the trees are left to `fit`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2, sqrt
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_EVERY_DEPTH = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all trees of a half grow on.

    Attributes
    ----------
    records
        (n, d) float32, finite.
    labels
        (n, 1) float64: numbers, or the place of each class among `classes`.
    classes
        Those of the half in order; none of them for numbers.
    """

    records: NDArray[np.float32]
    labels: Floats
    classes: NDArray[np.int64]


Grow = Callable[[int, Floats | None], Any]
"""From a seed and (n,) weights of the records to scikit-learn's `Tree`."""


def ground_of(forest: Any, half: NDArray[np.float32], labels: NDArray[Any]) -> Ground:  # noqa: ANN401
    """Return what the trees of a half grow on; a forest without classes predicts numbers."""
    classes, own = np.zeros(0, dtype=np.int64), labels
    if hasattr(forest, "predict_proba"):
        classes, own = np.unique(labels, return_inverse=True)
    return Ground(half, np.ascontiguousarray(own, dtype=np.float64)[:, None], classes)


def bootstrap_size(most: float | None, n: int) -> int:
    """Return how many records a forest draws for each tree: as many as there are, some, a share."""
    if most is None:
        return n
    return int(most) if isinstance(most, Integral) else max(1, int(n * most))


def tree_of(forest: Any) -> Any:  # noqa: ANN401 - a scikit-learn forest
    """Return an unfitted tree with the forest's settings."""
    settings = {name: getattr(forest, name) for name in forest.estimator_params}
    return type(forest.estimator)(**settings)


def check(tree: Any) -> None:  # noqa: ANN401 - an unfitted scikit-learn tree
    """Have scikit-learn check the settings of a tree: its builder takes any as they are.

    Raises
    ------
    ValueError, TypeError
        One is out of its range.
    """
    settings = tree.get_params(deep=False) | {"monotonic_cst": None}
    type(tree)(**settings).fit(np.zeros((2, 1)), [0, 1])


def grower(tree: Any, ground: Ground) -> Grow:  # noqa: ANN401 - an unfitted scikit-learn tree
    """Return what grows trees with the settings of this one on this ground."""
    quick = None if tree.monotonic_cst is not None or tree.ccp_alpha else _quick(tree, ground)
    return quick or _by_fit(tree, ground)


def _by_fit(tree: Any, ground: Ground) -> Grow:  # noqa: ANN401
    settings = tree.get_params(deep=False)
    known = ground.labels
    if len(ground.classes):
        known = ground.classes.astype(np.float64)[ground.labels.astype(np.int64)]

    def grow(seed: int, weights: Floats | None) -> Any:  # noqa: ANN401
        one = type(tree)(**settings | {"random_state": seed})
        one.fit(ground.records, known, sample_weight=weights, check_input=False)
        return one.tree_

    return grow


def _quick(tree: Any, ground: Ground) -> Grow | None:  # noqa: ANN401
    """Return the builder around the checks; None where this scikit-learn has another one."""
    try:
        from sklearn.tree import _classes, _tree  # noqa: PLC0415 - heavy, and private

        kinds = _classes.CRITERIA_CLF if len(ground.classes) else _classes.CRITERIA_REG
        criterion, splitter = kinds[tree.criterion], _classes.DENSE_SPLITTERS[tree.splitter]
        tried = Ground(ground.records[:2], ground.labels[:2], ground.classes)
        _built(tree, tried, criterion, splitter, _tree)(0, None)
    except (AttributeError, ImportError, KeyError, TypeError, ValueError):
        return None
    return _built(tree, ground, criterion, splitter, _tree)


def _built(tree: Any, ground: Ground, criterion: Any, splitter: Any, parts: Any) -> Grow:  # noqa: ANN401
    n, columns = ground.records.shape
    n_classes = np.array([max(1, len(ground.classes))], dtype=np.intp)
    leaf = _count(tree.min_samples_leaf, n)
    split = max(_count(tree.min_samples_split, n, least=2), 2 * leaf)
    depth = _EVERY_DEPTH if tree.max_depth is None else tree.max_depth
    features = _features(tree.max_features, columns)

    def grow(seed: int, weights: Floats | None) -> Any:  # noqa: ANN401
        total = n if weights is None else np.sum(weights)
        weight = tree.min_weight_fraction_leaf * total
        judge = criterion(1, n_classes) if len(ground.classes) else criterion(1, n)
        draw = np.random.RandomState(seed)
        splits = splitter(judge, features, leaf, weight, draw, None)
        limits = (splits, split, leaf, weight, depth)
        least = tree.min_impurity_decrease
        if tree.max_leaf_nodes is None:
            builder = parts.DepthFirstTreeBuilder(*limits, least)
        else:
            builder = parts.BestFirstTreeBuilder(*limits, tree.max_leaf_nodes, least)
        grown = parts.Tree(columns, n_classes, 1)
        builder.build(grown, ground.records, ground.labels, weights, None)
        return grown

    return grow


def _count(asked: float, n: int, *, least: int = 1) -> int:
    """Return how many records a setting asks for: a number, or a share of n."""
    return int(asked) if isinstance(asked, Integral) else max(least, ceil(asked * n))


def _features(asked: float | str | None, columns: int) -> int:
    """Return how many columns a split looks at."""
    if asked is None:
        return columns
    if isinstance(asked, str):
        return max(1, int({"sqrt": sqrt, "log2": log2}[asked](columns)))
    if isinstance(asked, Integral):
        return int(asked)
    return max(1, int(asked * columns)) if asked > 0.0 else 0
