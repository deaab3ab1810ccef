"""Averaging ensembles that predict a number: the mean of the trees' numbers, and its error."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from audits.engine import AuditPlan, audit, in_memory
from audits.engine.answers import log_likelihood
from audits.engine.references import clone, tree_halves
from audits.engine.references.recipes import Training, recipe_for
from audits.engine.target import wrap
from audits.engine.types import ModelInputs

SCALE = 0.5
FOREST = RandomForestRegressor(8, random_state=0)


def numbers(n: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)).astype(np.float32).astype(np.float64)
    return features, features[:, 0] + 0.5 * features[:, 1] ** 2 + rng.normal(0, 0.7, n)


def training_of(
    model: BaseEstimator,
    features: NDArray[np.float64],
    labels: NDArray[np.float64],
    *,
    weights: NDArray[np.float64] | None = None,
) -> Training:
    n = len(labels)
    return Training(
        target=wrap(model),
        features=features,
        labels=labels,
        weights=weights,
        strata=np.zeros(n, dtype=np.int64),
        units=np.arange(n),
        size=n // 2,
        draw_seed=np.random.SeedSequence(1),
        fit_seed=np.random.SeedSequence(2),
        threads=1,
        most=64,
        scale=SCALE,
    )


def fresh(training: Training) -> Training:
    """Return the training with seeds of which nothing has been drawn yet."""
    seeds = np.random.SeedSequence(1), np.random.SeedSequence(2)
    return replace(training, draw_seed=seeds[0], fit_seed=seeds[1])


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (FOREST, "tree_halves"),
        (ExtraTreesRegressor(4), "tree_halves"),
        (BaggingRegressor(DecisionTreeRegressor(), 4), "tree_halves"),
        (make_pipeline(StandardScaler(), RandomForestRegressor(4)), "tree_halves"),
        (GridSearchCV(RandomForestRegressor(4), {"max_depth": [2]}, cv=2), "tree_halves"),
        (VotingRegressor([("a", RandomForestRegressor(4))]), "clone"),
        (GradientBoostingRegressor(n_estimators=2), "clone"),
        (LinearRegression(), "clone"),
    ],
)
def test_averaging_ensembles_are_trained_tree_by_tree(model: BaseEstimator, key: str) -> None:
    assert recipe_for(wrap(model.fit(*numbers(40)))).key == key


def test_mean_outside_is_that_of_the_numbers_of_trees_that_missed_the_record() -> None:
    # Records 0 and 2 are neighbours with the number 0, 1 and 3 with the number 1: whoever is
    # outside a half is told right if the half holds the neighbour, and 1 off if both are outside.
    features, labels = np.array([[0.0], [10.0], [1.0], [11.0]]), np.array([0.0, 1.0, 0.0, 1.0])
    memory = RandomForestRegressor(4, bootstrap=False, random_state=0).fit(features, labels)
    training = training_of(memory, features, labels)
    trained = tree_halves.train(training)
    inside = training.draw(2 * tree_halves.sizes(4)[1]).inside
    together = float(np.mean(inside[:, 0] == inside[:, 2]))
    assert 0 < together < 1
    assert trained.log_p[0].tolist() == [0.0] * 4
    assert trained.log_p[1] == pytest.approx([-0.5 * (together / SCALE) ** 2] * 4)
    assert trained.inside.tolist() == [[True] * 4, [False] * 4]
    assert trained.count == 4


def trees_of(model: BaseEstimator, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """(trees, N): what each member of a fitted ensemble says by itself."""
    if hasattr(model, "steps"):
        return trees_of(model[-1], model[:-1].transform(features))
    columns = getattr(model, "estimators_features_", [slice(None)] * len(model.estimators_))
    members = zip(model.estimators_, columns, strict=True)
    return np.stack([one.predict(features[:, seen]) for one, seen in members])


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(8, max_samples=0.6, oob_score=True),
        RandomForestRegressor(8, monotonic_cst=[1, 0, 0, 0, 0, -1], criterion="absolute_error"),
        ExtraTreesRegressor(8),
        BaggingRegressor(n_estimators=8, max_features=0.5),
        BaggingRegressor(LinearRegression(), n_estimators=8),
        make_pipeline(StandardScaler(), RandomForestRegressor(8)),
    ],
    ids=["shares", "monotonic", "extra trees", "bagging", "lines", "pipeline"],
)
def test_means_are_those_of_small_ensembles_with_the_same_settings(model: BaseEstimator) -> None:
    features, labels = numbers(60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # out-of-bag figures of few trees
        model.fit(features, labels)
    training = training_of(model, features, labels, weights=np.linspace(0.5, 2.0, 60))
    few, pairs = tree_halves.sizes(8)
    template = clone.template_of(training.target)
    clone.classifier_of(template).set_params(n_estimators=few)
    if "oob_score" in clone.classifier_of(template).get_params():
        clone.classifier_of(template).set_params(oob_score=False)
    draw, seeds = training.draw(2 * pairs), training.fit_seed.spawn(2 * pairs)
    sums, missed = np.zeros((2, 60)), np.zeros(60)
    for k, inside in enumerate(draw.inside):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # weights without a bootstrap
            small = clone.fitted(template, training, training.rows(draw, k), seeds[k])
        sums += np.where([inside, ~inside], small.predict(features), 0.0)
        each = trees_of(small, features)
        eight = (each.mean(axis=0) - labels) ** 2 + each.var(axis=0, ddof=1) * (1 / 8 - 1 / few)
        missed += np.where(inside, 0.0, eight)
    trained = tree_halves.train(fresh(training))
    expected = log_likelihood(sums / pairs, labels, SCALE)
    assert np.allclose(trained.log_p, expected, rtol=1e-5, atol=1e-6)
    explained = 1.0 - np.mean(missed / pairs) / np.var(labels)
    assert trained.accuracy == pytest.approx((explained,))


def fitted_forest(model: BaseEstimator, n: int) -> Training:
    features, labels = numbers(n)
    return training_of(model.fit(features, labels), features, labels)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(40, max_depth=5),
        make_pipeline(StandardScaler(), RandomForestRegressor(40, min_samples_leaf=5)),
        ExtraTreesRegressor(40, bootstrap=True, max_samples=0.5),
    ],
    ids=["forest", "pipeline", "extra trees"],
)
def test_trees_grown_one_by_one_answer_as_those_a_forest_grows(
    model: BaseEstimator, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = fitted_forest(model, 400)
    direct = tree_halves.train(fresh(training))
    monkeypatch.setattr(tree_halves, "_grows_plain_trees", lambda *_: False)
    forest = tree_halves.train(fresh(training))
    for ours, theirs in zip(np.exp(direct.log_p), np.exp(forest.log_p), strict=True):
        assert ours.mean() == pytest.approx(theirs.mean(), abs=0.015)
        assert np.corrcoef(ours, theirs)[0, 1] > 0.9
    assert direct.accuracy == pytest.approx(forest.accuracy, abs=0.03)
    assert not np.array_equal(direct.log_p, forest.log_p)


def test_numbers_do_not_depend_on_threads() -> None:
    training = fitted_forest(FOREST, 100)
    one = tree_halves.train(fresh(training))
    more = tree_halves.train(replace(fresh(training), threads=3))
    assert np.array_equal(one.log_p, more.log_p)
    assert one.accuracy == more.accuracy


def halves(model: BaseEstimator, n: int, *, seen: bool = True, seed: int = 0) -> ModelInputs:
    """Return a model that was trained on its members, or on as many records of no side."""
    features, labels = numbers(3 * n, seed)
    start = 0 if seen else 2 * n
    model.fit(features[start : start + n], labels[start : start + n])
    sides = [(features[part], labels[part]) for part in (slice(n), slice(n, 2 * n))]
    return in_memory(model, members=sides[0], nonmembers=sides[1])


def test_overfitted_forest_leaks_and_one_that_saw_nobody_does_not() -> None:
    plan = AuditPlan(split="random", most_references=8)
    found = {
        seen: audit(halves(RandomForestRegressor(10, random_state=0), 600, seen=seen), plan)
        for seen in (True, False)
    }
    leaky, clean = found[True].document, found[False].document
    for document in (leaky, clean):
        assert document["references"]["recipe"] == "tree_halves"
        assert document["family"] == ["rmia", "quantile"]
    assert leaky["attacks"]["rmia"]["auc"]["low"] > 0.75
    assert leaky["attacks"]["rmia"]["auc"]["low"] > leaky["attacks"]["loss"]["auc"]["high"]
    auc = clean["attacks"]["rmia"]["auc"]
    assert auc["low"] < 0.5 < auc["high"]


ENSEMBLES = {
    "forest of 3": lambda seed: RandomForestRegressor(3, random_state=seed),
    "forest of 5": lambda seed: RandomForestRegressor(5, random_state=seed),
    "forest of 40": lambda seed: RandomForestRegressor(40, random_state=seed),
    "bagging of 5": lambda seed: BaggingRegressor(n_estimators=5, random_state=seed),
    "bagging of pipelines": lambda seed: BaggingRegressor(
        make_pipeline(StandardScaler(), DecisionTreeRegressor()), n_estimators=5, random_state=seed
    ),
}


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_references_explain_what_an_ensemble_of_the_same_size_explains(ensemble: str) -> None:
    """Trees of many halves together explain 4 points more than those of one half, and too few less.

    How much one model explains hangs on chance, so the distance is a mean over models and data.
    """
    distances = []
    for seed in range(24):
        inputs = halves(ENSEMBLES[ensemble](seed), 300, seed=seed)
        document = audit(inputs, AuditPlan(most_references=4)).document
        gates = {check["check"]: check["value"] for check in document["validity"]}
        distances.append(gates["reference_accuracy"])
    off = np.std(distances, ddof=1) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 3 * off
    assert off < 0.01
