"""Forests whose trees are grown one by one: the same means, without what a forest does around."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

from audits.engine import AuditPlan, in_memory
from audits.engine.answers import log_likelihood
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.references import growing, tree_halves
from audits.engine.references.recipes import Trained, Training
from tests.engine.cast import halves, inputs, problem, records

PLAN = AuditPlan(target="y", threads=2)


def _both_ways(
    model: BaseEstimator, monkeypatch: pytest.MonkeyPatch, n: int = 400
) -> tuple[Trained, Trained]:
    """Return a block with its trees grown one by one, and with the forest growing them."""
    given = halves(model, n)
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    told = []
    for _ in range(2):
        training = training_of(trainer, whole, PLAN, "0", purpose="block", index=0)
        told.append(tree_halves.train(training))
        monkeypatch.setattr(tree_halves, "_grows_plain_trees", lambda *_: False)
    return told[0], told[1]


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(40, max_features=None, max_depth=5),
        make_pipeline(StandardScaler(), RandomForestClassifier(40, min_samples_leaf=5)),
        RandomForestClassifier(40, max_samples=0.5),
        RandomForestClassifier(40, max_samples=120),
        ExtraTreesClassifier(40, bootstrap=True),
        ExtraTreesClassifier(40),
    ],
    ids=["all columns", "pipeline", "half of the records", "120 records", "extra trees", "whole"],
)
def test_trees_grown_one_by_one_answer_as_those_a_forest_grows(
    model: BaseEstimator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two forests of other seeds agree as well: .95 where the record was not seen."""
    direct, forest = _both_ways(model, monkeypatch)
    for ours, theirs in zip(np.exp(direct.log_p), np.exp(forest.log_p), strict=True):
        assert ours.mean() == pytest.approx(theirs.mean(), abs=0.015)
        assert ours.std() == pytest.approx(theirs.std(), abs=0.015)
    assert np.corrcoef(np.exp(direct.log_p[1]), np.exp(forest.log_p[1]))[0, 1] > 0.9
    assert np.array_equal(direct.inside, forest.inside)
    assert direct.accuracy == pytest.approx(forest.accuracy, abs=0.03)


@pytest.mark.parametrize(
    "settings", [{"class_weight": "balanced"}, {"class_weight": "balanced_subsample"}]
)
def test_weights_of_classes_are_left_to_the_forest(settings: dict[str, Any]) -> None:
    given = halves(RandomForestClassifier(8, **settings), 200)
    whole = assemble(given)
    training = training_of(
        trainer_for(given, whole, PLAN, "0"), whole, PLAN, "0", purpose="block", index=0
    )
    assert not tree_halves._grows_plain_trees(given.model.estimator, training)
    weighted = replace(training, weights=np.ones(len(training.labels)))
    plain = halves(RandomForestClassifier(8), 200).model.estimator
    assert not tree_halves._grows_plain_trees(plain, weighted)
    assert tree_halves._grows_plain_trees(plain, training)


def test_records_with_missing_values_are_left_to_the_forest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features, labels = problem(400)
    features[::9, 0] = np.nan
    model = RandomForestClassifier(8, random_state=0).fit(features[:200], labels[:200])
    given = inputs(
        model, records(features[:200], labels[:200]), records(features[200:], labels[200:])
    )
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    monkeypatch.setattr(tree_halves, "_grown", None)  # it would be called
    found = trainer.recipe.train(training_of(trainer, whole, PLAN, "0", purpose="block", index=0))
    assert np.isfinite(found.log_p).all()


def _recounted(training: Training) -> NDArray[np.float64]:
    """Return (2, N) what a block has to say, counted tree by tree and record by record."""
    forest, pairs = tree_halves._template(training.target)
    draw, seeds = training.draw(2 * pairs), training.fit_seed.spawn(2 * pairs)
    matrix, n = np.asarray(training.features, dtype=np.float32), training.n_audited
    shared = np.bincount(training.units)[training.units] > 1
    told: list[tuple[list[float], list[float]]] = [([], []) for _ in range(n)]
    chance = np.zeros(n)
    for k in range(2 * pairs):
        rows, inside = training.rows(draw, k), draw.inside[k]
        grown = tree_halves._grown(forest, matrix, training.labels, rows, seeds[k])
        drawn = growing.bootstrap_size(forest.max_samples, len(rows))
        missed = (1 - 1 / len(rows)) ** drawn if forest.bootstrap else 0.0
        chance += np.where(inside, np.where(shared, 1.0, 1.0 - missed), 0.0) / pairs
        for tree, sample in zip(grown.trees, grown.samples, strict=True):
            p = _own_answers(tree, grown.known, matrix[:n], training)
            for i in range(n):
                met = i in sample or (shared[i] and inside[i])
                told[i][0 if met else 1].append(p[i])
    outside = np.array([np.mean(other) for _, other in told])
    inside = np.array([np.mean(met or other) for met, other in told])
    return np.stack([chance * inside + (1 - chance) * outside, outside])


def _own_answers(
    tree: Any,  # noqa: ANN401 - scikit-learn is untyped
    classes: NDArray[np.int64],
    matrix: NDArray[np.float32],
    training: Training,
) -> list[float]:
    answers = tree.predict(matrix)
    if training.target.predicts_numbers:
        return [float(value) for (value,) in answers]
    place = {int(known): j for j, known in enumerate(classes)}
    own = training.labels[: len(matrix)].tolist()
    return [float(p[place[y]]) if y in place else 0.0 for p, y in zip(answers, own, strict=True)]


N = 30
TWICE = (np.array([0, 0, *range(2, N)]), np.arange(N, 2 * N))
"""Two records of the first person."""


def _training(
    model: BaseEstimator,
    *,
    population: int = 0,
    persons: tuple[NDArray[Any], NDArray[Any]] | None = None,
    rare: bool = False,
) -> Training:
    """Return the training of a block; `rare` puts one record of a third class on each side."""
    features, labels = problem(2 * N + population)
    if rare:
        labels[[0, N]] = 2
    if model.__sklearn_tags__().estimator_type == "regressor":
        labels = features[:, 0] + labels
    parts = [(features[at], labels[at]) for at in (slice(N), slice(N, 2 * N), slice(2 * N, None))]
    given = in_memory(
        model.fit(*parts[0]), members=parts[0], nonmembers=parts[1], persons=persons,
        population=parts[2] if population else None,
    )  # fmt: skip
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    return training_of(trainer, whole, PLAN, "0", purpose="block", index=0, scale=1.3)


@pytest.mark.parametrize(
    ("model", "of"),
    [
        (RandomForestClassifier(8, max_depth=2), {}),
        (RandomForestClassifier(8), {"population": 60}),
        (RandomForestClassifier(8), {"persons": TWICE}),
        (RandomForestClassifier(8), {"rare": True}),
        (RandomForestClassifier(8, max_samples=0.5), {}),
        (RandomForestClassifier(8, max_samples=1), {}),
        (ExtraTreesClassifier(8), {}),
        (ExtraTreesClassifier(8, bootstrap=True), {"population": 20}),
        (RandomForestRegressor(8), {}),
        (ExtraTreesRegressor(8), {"population": 20}),
    ],
    ids=[
        "shallow", "population", "persons", "rare class", "some of them", "one of them",
        "extra trees", "extra trees on samples", "numbers", "numbers of extra trees",
    ],
)  # fmt: skip
def test_trees_that_did_not_draw_a_record_count_with_those_of_the_other_half(
    model: BaseEstimator, of: dict[str, Any]
) -> None:
    expected = _recounted(_training(model, **of))
    training = _training(model, **of)
    found = tree_halves.train(training).log_p
    if training.target.predicts_numbers:
        truth = training.labels[: training.n_audited]
        assert np.allclose(found, log_likelihood(expected, truth, 1.3), rtol=1e-4, atol=1e-5)
    else:
        assert np.allclose(np.exp(found), expected, rtol=1e-4, atol=1e-7)


def test_steadier_than_the_halves_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same trees: two blocks agree more closely about the records that nobody would guess."""

    def spread(*, halves_alone: bool) -> float:
        if halves_alone:
            everyone = np.ones(400, dtype=bool)
            monkeypatch.setattr(tree_halves, "_whole_half", lambda *_: everyone)
        given = halves(RandomForestClassifier(40), 200)
        whole = assemble(given)
        trainer = trainer_for(given, whole, PLAN, "0")
        told = [
            tree_halves.train(training_of(trainer, whole, PLAN, "0", purpose="block", index=i))
            for i in range(2)
        ]
        first, second = (np.exp(block.log_p).sum(axis=0) for block in told)
        hard = np.exp(told[0].log_p[1]) < 0.5
        assert hard.sum() > 20
        return float(np.mean((first - second)[hard] ** 2))

    steady = spread(halves_alone=False)
    assert steady < 0.9 * spread(halves_alone=True)


def test_records_of_one_person_count_as_met_by_their_whole_half() -> None:
    """A tree that drew another record of the same person has met the person."""
    model = RandomForestClassifier(8)
    training = _training(model)
    units = np.arange(training.n_audited)
    units[1] = units[0]
    told = tree_halves._whole_half(training.target.estimator, replace(training, units=units))
    assert np.flatnonzero(told).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ([StandardScaler()], 0),
        ([StandardScaler(), SelectKBest(k=3)], 60),
        ([make_pipeline(TargetEncoder())], 60),
    ],
)
def test_steps_that_learn_from_labels_have_met_the_whole_half(
    steps: list[BaseEstimator], count: int
) -> None:
    training = _training(make_pipeline(*steps, RandomForestClassifier(8)))
    template, _ = tree_halves._template(training.target)
    assert tree_halves._whole_half(template, training).sum() == count


@pytest.mark.parametrize(
    ("settings", "chance"),
    [
        ({}, 1 - 0.99**100),
        ({"max_samples": 0.5}, 1 - 0.99**50),
        ({"max_samples": 1}, 0.01),
        ({"bootstrap": False}, 1.0),
    ],
)
def test_chance_of_meeting_is_that_of_being_drawn_once(
    settings: dict[str, Any], chance: float
) -> None:
    forest = RandomForestClassifier(8, **settings)
    assert tree_halves._chance_of_meeting(forest, 100) == pytest.approx(chance)
