"""Forests whose trees are grown one by one: the same means, without what a forest does around."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine import AuditPlan
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.references import tree_halves
from audits.engine.references.recipes import Trained
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
