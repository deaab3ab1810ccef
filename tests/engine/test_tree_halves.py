import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from audits.engine.references import clone, tree_answers, tree_halves
from audits.engine.references.boosting import is_installed
from audits.engine.references.recipes import Trained, Training, recipe_for
from audits.engine.signals import SMALLEST
from audits.engine.target import Features, last_step, wrap
from tests.engine.cast import problem


def training_of(
    model: BaseEstimator,
    features: Features,
    labels: NDArray[Any],
    *,
    units: NDArray[Any] | None = None,
    weights: NDArray[np.float64] | None = None,
    population: int = 0,
) -> Training:
    """Return the training on records of which the first half are members."""
    n = len(labels) - population
    members = np.arange(n) < n // 2
    target = wrap(model)
    codes = np.searchsorted(target.classes, labels)
    return Training(
        target=target,
        features=features,
        labels=codes,
        weights=weights,
        strata=2 * codes[:n] + members,
        units=np.arange(n) if units is None else units,
        size=n // 2,
        draw_seed=np.random.SeedSequence(1),
        fit_seed=np.random.SeedSequence(2),
        threads=1,
        most=64,
    )


def memory(trees: int) -> RandomForestClassifier:
    """Return a forest whose trees know every record of their half by heart."""
    return RandomForestClassifier(trees, bootstrap=False, max_features=None, random_state=0)


def trained_again(training: Training, *, seed: int = 2, threads: int = 1) -> Trained:
    """Train with seeds of which nothing has been drawn yet."""
    fresh = np.random.SeedSequence(1), np.random.SeedSequence(seed)
    return tree_halves.train(
        replace(training, draw_seed=fresh[0], fit_seed=fresh[1], threads=threads)
    )


FOREST = RandomForestClassifier(8, random_state=0)


def test_records_known_by_heart_are_certain_inside_and_impossible_outside() -> None:
    features, labels = np.arange(6.0)[:, None], np.arange(6)
    trained = tree_halves.train(training_of(memory(4).fit(features, labels), features, labels))
    # Each record is the only one of its class: no tree that missed it has ever heard of it.
    assert trained.log_p[0].tolist() == [0.0] * 6
    assert trained.log_p[1].tolist() == [np.float32(math.log(SMALLEST))] * 6
    assert trained.inside.tolist() == [[True] * 6, [False] * 6]
    assert trained.accuracy == (0.0,)
    assert trained.count == 4


def test_mean_outside_is_the_share_of_trees_that_guess_right() -> None:
    # Records 0 and 2 are neighbours of one class, 1 and 3 of the other: whoever is outside a half
    # is guessed right if the half holds the neighbour, and wrong if both are outside.
    features, labels = np.array([[0.0], [10.0], [1.0], [11.0]]), np.array([0, 1, 0, 1])
    model = memory(4).fit(features, labels)
    one_stratum = np.zeros(4, dtype=np.int64)
    training = replace(training_of(model, features, labels), strata=one_stratum)
    trained = tree_halves.train(training)
    inside = training.draw(2 * tree_halves.sizes(4)[1]).inside
    parted = float(np.mean(inside[:, 0] != inside[:, 2]))
    assert 0 < parted < 1
    assert trained.log_p[0].tolist() == [0.0] * 4
    assert trained.log_p[1].tolist() == [np.float32(math.log(parted))] * 4


def test_records_of_a_person_are_in_the_same_halves() -> None:
    features, persons = np.arange(12.0)[:, None], np.repeat(np.arange(6), 2)
    model = memory(4).fit(features, persons)
    trained = tree_halves.train(training_of(model, features, persons, units=persons))
    # The other record of the person, of the same class and next to it, would give it away.
    assert trained.log_p[1].tolist() == [np.float32(math.log(SMALLEST))] * 12


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(8, class_weight="balanced", max_samples=0.6, oob_score=True),
        RandomForestClassifier(8, monotonic_cst=[1, 0, 0, 0, -1, 0, 0, 0], warm_start=True),
        ExtraTreesClassifier(8, class_weight={0: 1.0, 1: 3.0}),
        BaggingClassifier(n_estimators=8, max_features=0.5),
        BaggingClassifier(LogisticRegression(), n_estimators=8),
        make_pipeline(StandardScaler(), RandomForestClassifier(8)),
        Pipeline([("inner", make_pipeline(SelectKBest(k=3), "passthrough", FOREST))]),
    ],
    ids=lambda model: f"{type(model).__name__} {type(last_step(model)).__name__}",
)
def test_means_are_those_of_small_ensembles_with_the_same_settings(model: BaseEstimator) -> None:
    features, labels = problem(80)
    features = features.astype(np.float32).astype(np.float64)
    weights = np.linspace(0.5, 2.0, 80)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # out-of-bag figures of few trees; warm starts
        model.fit(features, labels)
    training = training_of(model, features, labels, weights=weights, population=20)
    few, pairs = tree_halves.sizes(8)
    template = clone.template_of(training.target)
    tree_answers.ensemble_of(template).set_params(n_estimators=few, oob_score=False)
    draw, own = training.draw(2 * pairs), labels[:60]
    seeds = training.fit_seed.spawn(2 * pairs + 3)

    def small(k: int, seed: np.random.SeedSequence) -> NDArray[np.float64]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ensemble = clone.fitted(template, training, training.rows(draw, k), seed)
        answers: NDArray[np.float64] = ensemble.predict_proba(features[:60])
        return answers

    sums, right = np.zeros((2, 60)), np.zeros(60)
    for k, inside in enumerate(draw.inside):
        p = small(k, seeds[k])
        sums += np.where([inside, ~inside], p[np.arange(60), own], 0.0)
        right += np.where(inside, 0.0, p.argmax(axis=1) == own)
    trained = trained_again(training)
    expected = np.log(np.maximum(sums / pairs, SMALLEST))
    assert np.allclose(trained.log_p, expected, rtol=1e-6, atol=1e-7)
    # The first half alone is asked with eight trees: four times two.
    outside = ~draw.inside[0]
    four = [small(0, seed)[outside] for seed in (seeds[0], *seeds[2 * pairs :])]
    each = np.mean([p.argmax(axis=1) == own[outside] for p in four])
    gain = np.mean(np.sum(four, axis=0).argmax(axis=1) == own[outside]) - each
    assert trained.accuracy == pytest.approx((np.mean(right / pairs) + gain,))


def test_numbers_depend_on_the_seeds_and_not_on_threads() -> None:
    features, labels = problem(200)
    training = training_of(FOREST.fit(features[:100], labels[:100]), features, labels)
    first, more = trained_again(training), trained_again(training, threads=3)
    other = trained_again(training, seed=3)
    assert np.array_equal(first.log_p, more.log_p)
    assert first.accuracy == more.accuracy
    assert not np.array_equal(first.log_p, other.log_p)


def test_half_that_holds_a_single_class_answers_with_it() -> None:
    features, labels = np.arange(4.0)[:, None], np.array([0, 0, 0, 1])
    trained = tree_halves.train(training_of(memory(4).fit(features, labels), features, labels))
    assert trained.log_p[0].tolist() == [0.0] * 4
    assert trained.log_p[1, 3] == np.float32(math.log(SMALLEST))


def test_tables_with_text_are_encoded_in_each_half() -> None:
    words = np.array(["red", "blue", "green", "black"])[np.arange(40) % 4]
    table = pa.table({"colour": pa.array(words, pa.large_string())})
    labels = (words == "red").astype(int)
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(encoder, memory(4)).fit(table, labels)
    trained = tree_halves.train(training_of(model, table, labels))
    assert trained.log_p.tolist() == np.zeros((2, 40)).tolist()
    assert trained.accuracy == (1.0,)


def test_tables_of_numbers_need_no_pipeline() -> None:
    features, labels = problem(60)
    features = features.astype(np.float32).astype(np.float64)
    table = pa.table({f"c{j}": column for j, column in enumerate(features.T)})
    model = RandomForestClassifier(8, random_state=0).fit(table, labels)
    from_table = tree_halves.train(training_of(model, table, labels))
    from_array = tree_halves.train(training_of(FOREST.fit(features, labels), features, labels))
    assert wrap(model).feature_names == tuple(table.column_names)
    assert np.array_equal(from_table.log_p, from_array.log_p)


def test_blocks_of_records_are_asked_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = problem(50)
    training = training_of(FOREST.fit(features, labels), features, labels)
    whole = trained_again(training)
    monkeypatch.setattr(tree_answers, "CHUNK_ROWS", 7)
    assert np.array_equal(trained_again(training).log_p, whole.log_p)


@pytest.mark.parametrize(
    ("trees", "few", "pairs"), [(1, 2, 1), (4, 2, 4), (40, 4, 20), (100, 7, 29), (500, 32, 31)]
)
def test_block_costs_four_ensembles(trees: int, few: int, pairs: int) -> None:
    assert tree_halves.sizes(trees) == (few, pairs)
    assert abs(2 * few * pairs - 4 * trees) <= few
    assert tree_halves.sizes(trees, votes=True) == ((few, pairs) if trees > 1 else (1, 2))


def fitted(model: BaseEstimator) -> BaseEstimator:
    return model.fit(*problem(40))


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (FOREST, "tree_halves"),
        (ExtraTreesClassifier(4), "tree_halves"),
        (BaggingClassifier(DecisionTreeClassifier(), 4), "tree_halves"),
        (make_pipeline(StandardScaler(), RandomForestClassifier(4)), "tree_halves"),
        (GridSearchCV(RandomForestClassifier(4), {"max_depth": [2]}, cv=2), "tree_halves"),
        (CalibratedClassifierCV(RandomForestClassifier(4), cv=2), "clone"),
        (make_pipeline(CalibratedClassifierCV(RandomForestClassifier(4), cv=2)), "clone"),
        (HistGradientBoostingClassifier(max_iter=2), "boosting" if is_installed() else "clone"),
    ],
)
def test_averaging_ensembles_are_trained_tree_by_tree(model: BaseEstimator, key: str) -> None:
    assert recipe_for(wrap(fitted(model))).key == key


def test_calibration_is_one_small_forest_on_one_half() -> None:
    features, labels = problem(60)
    training = training_of(FOREST.fit(features, labels), features, labels)
    found = tree_halves.calibration(training)
    assert found.inside.tolist() == training.draw(2).inside[0].tolist()
    template = clone.template_of(training.target).set_params(n_estimators=2)
    rows = training.rows(training.draw(2), 0)
    small = clone.fitted(template, training, rows, training.fit_seed)
    assert np.array_equal(found.query(features), small.predict_proba(features))
