"""Forests whose trees are grown one by one: the same means, without what a forest does around."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

from audits.engine import AuditPlan
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.references import tree_halves
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


def _recounted(training: Training) -> list[list[float]]:
    """Return what a block has to say, tree by tree and record by record."""
    template, pairs = tree_halves._template(training.target)
    draw, seeds = training.draw(2 * pairs), training.fit_seed.spawn(2 * pairs)
    matrix, n = np.asarray(training.features, dtype=np.float32), training.n_audited
    met: list[list[float]] = [[] for _ in range(n)]
    other: list[list[float]] = [[] for _ in range(n)]
    for k in range(2 * pairs):
        rows = training.rows(draw, k)
        trees, samples = tree_halves._grown(template, matrix, training.labels, rows, seeds[k])
        for tree, sample in zip(trees, samples, strict=True):
            assert len(set(sample) - set(rows)) == 0
            p = tree.predict_proba(matrix[:n])
            for i in range(n):
                (met if i in sample else other)[i].append(float(p[i, training.labels[i]]))
    chance = 1 - (1 - 1 / len(rows)) ** len(rows)
    outside = [float(np.mean(p)) for p in other]
    inside = [
        chance * float(np.mean(p)) + (1 - chance) * q for p, q in zip(met, outside, strict=True)
    ]
    return [inside, outside]


def _training(model: BaseEstimator) -> Training:
    given = halves(model, 30)
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    return training_of(trainer, whole, PLAN, "0", purpose="block", index=0)


def test_trees_that_did_not_draw_a_record_count_with_those_of_the_other_half() -> None:
    model = RandomForestClassifier(8, max_depth=2)
    expected = _recounted(_training(model))
    trained = tree_halves.train(_training(model))
    assert np.allclose(np.exp(trained.log_p), expected, rtol=1e-5)


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
