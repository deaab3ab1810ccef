"""Trees grown without scikit-learn's checks around each: the same trees, to the bit."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
    _tree,
)

from audits.engine.errors import InputError
from audits.engine.references import growing, tree_halves
from audits.engine.references.growing import Ground, grower
from tests.engine.cast import problem
from tests.engine.test_warm_start import training_on

COLUMNS = 6
SETTINGS: list[dict[str, Any]] = [
    {},
    {"max_features": "sqrt"},
    {"max_features": "log2", "max_leaf_nodes": 9},
    {"max_features": 0.4, "min_samples_leaf": 0.03, "min_samples_split": 0.2},
    {"max_features": 2, "min_samples_leaf": 4, "max_depth": 5},
    {"min_weight_fraction_leaf": 0.02, "min_impurity_decrease": 0.0002},
    {"min_samples_split": 30},
]


def ground(classes: int) -> Ground:
    rng = np.random.default_rng(classes)
    records = rng.normal(size=(200, COLUMNS)).astype(np.float32)
    signal = records[:, 0] + records[:, 1] * records[:, 2] + rng.normal(size=200)
    if classes == 0:
        return Ground(records, signal[:, None], np.zeros(0, dtype=np.int64))
    own = np.digitize(signal, np.linspace(-1, 1, classes - 1)).astype(np.float64)
    # The classes of a half need not be the first ones.
    return Ground(records, own[:, None], np.arange(classes) * 2 + 1)


def state(tree: Any) -> list[bytes]:  # noqa: ANN401 - scikit-learn is untyped
    found = tree.__getstate__()
    return [found["nodes"].tobytes(), found["values"].tobytes()]


def both(tree: Any, on: Ground, weights: Any) -> tuple[Any, Any]:  # noqa: ANN401 - arrays
    quick, plain = growing._quick(tree, on), growing._by_fit(tree, on)
    assert quick is not None
    return quick(5, weights), plain(5, weights)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_trees_are_those_that_fit_grows(
    settings: dict[str, Any], classes: int, *, extra: bool, weighted: bool
) -> None:
    of_numbers = ExtraTreeRegressor if extra else DecisionTreeRegressor
    of_classes = ExtraTreeClassifier if extra else DecisionTreeClassifier
    tree, on = (of_classes if classes else of_numbers)(**settings), ground(classes)
    weights = np.random.default_rng(1).integers(0, 4, 200).astype(float) if weighted else None
    ours, theirs = both(tree, on, weights)
    assert ours.node_count >= 3
    assert state(ours) == state(theirs)


@pytest.mark.parametrize(
    ("classes", "criterion"),
    [(2, "entropy"), (3, "log_loss"), (0, "absolute_error")],
)
def test_each_measure_of_a_split_is_its_own(classes: int, criterion: str) -> None:
    kind = DecisionTreeClassifier if classes else DecisionTreeRegressor
    ours, theirs = both(kind(criterion=criterion, max_depth=4), ground(classes), None)
    assert state(ours) == state(theirs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_features": -3}, {"max_features": "most"}, {"min_samples_leaf": 0},
        {"min_samples_leaf": float("nan")}, {"max_depth": -1}, {"max_leaf_nodes": 1},
        {"criterion": "none"}, {"min_weight_fraction_leaf": 0.9},
    ],
)  # fmt: skip
def test_settings_out_of_range_are_named_before_anything_grows(wrong: dict[str, Any]) -> None:
    model = RandomForestClassifier(8, random_state=0)
    features, labels = problem(200)
    given = training_on(model, features, labels)
    # As a file may say it, whatever the trees beside it were grown with.
    given.target.estimator.set_params(**wrong)
    with pytest.raises(InputError, match=next(iter(wrong))):
        tree_halves.train(given)


def test_what_is_pruned_or_has_a_direction_is_left_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    on, tree = ground(2), DecisionTreeClassifier(ccp_alpha=0.02)
    assert state(grower(tree, on)(5, None)) == state(growing._by_fit(tree, on)(5, None))
    monkeypatch.setattr(growing, "_quick", None)  # it would be called
    grower(DecisionTreeClassifier(monotonic_cst=[1] + [0] * (COLUMNS - 1)), on)(5, None)


def test_another_builder_than_the_known_one_is_left_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    on, tree = ground(2), DecisionTreeClassifier()
    expected = state(grower(tree, on)(5, None))

    def builder(_splits: object) -> None:
        """What no number of limits can be handed to."""

    monkeypatch.setattr(_tree, "DepthFirstTreeBuilder", builder)
    assert growing._quick(tree, on) is None
    assert state(grower(tree, on)(5, None)) == expected
