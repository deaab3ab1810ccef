"""The small boosted classifier against scikit-learn's own estimator, which it leaves out."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from audits.engine.boosted_trees import MOST_BINS, binned, log_odds


def records(n: int, *, values: int, missing: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return four columns of so many values each and a side that two of them tell."""
    rng = np.random.default_rng(11)
    matrix = rng.integers(values, size=(n, 4)).astype(np.float64)
    positive = rng.random(n) < np.where(
        (matrix[:, 0] > values / 2) ^ (matrix[:, 1] > values / 3), 0.8, 0.3
    )
    matrix[rng.random(matrix.shape) < missing] = np.nan
    return matrix, positive


@pytest.mark.parametrize("values", [2, 40, 200])
def test_answers_are_those_of_the_estimator(values: int) -> None:
    matrix, positive = records(3_000, values=values)
    fit = np.arange(2_000)
    model = HistGradientBoostingClassifier(
        max_iter=10, max_leaf_nodes=8, learning_rate=0.4, early_stopping=False
    ).fit(matrix[fit], positive[fit])
    found = log_odds(binned(matrix), fit, positive)
    assert found == pytest.approx(model.decision_function(matrix), abs=1e-4)


def test_what_is_not_learned_from_changes_nothing() -> None:
    matrix, positive = records(1_000, values=30)
    fit = np.arange(600)
    other = positive.copy()
    other[600:] = ~other[600:]
    given = binned(matrix)
    assert np.array_equal(log_odds(given, fit, positive), log_odds(given, fit, other))


def test_bins_keep_the_order_and_part_the_missing() -> None:
    column = np.random.default_rng(0).normal(size=5_000)
    column[:50] = np.nan
    found = binned(column[:, None])
    codes = found.codes[:, 0]
    order = np.argsort(column[50:])
    assert (np.diff(codes[50:][order].astype(int)) >= 0).all()
    assert set(codes[:50]) == {codes.max()} != set(codes[50:])
    assert int(found.bins[0]) == codes.max() + 1 <= MOST_BINS
    assert np.bincount(codes).max() < 2 * 5_000 / (MOST_BINS - 1) + 50


def test_missing_values_are_learned_from() -> None:
    matrix, _ = records(2_000, values=500, missing=0.3)
    positive = np.isnan(matrix[:, 2])
    found = log_odds(binned(matrix), np.arange(1_000), positive)
    assert found[1_000:][positive[1_000:]].min() > found[1_000:][~positive[1_000:]].max()


def test_columns_without_values_tell_nothing() -> None:
    empty = np.column_stack([np.full(200, np.nan), np.ones(200)])
    found = log_odds(binned(empty), np.arange(100), np.arange(200) % 2 == 0)
    assert np.ptp(found) == 0
