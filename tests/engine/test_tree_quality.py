"""How good an ensemble of the target's own size on one half is, as references of classes tell."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.base import clone as copy_of
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine import AuditPlan, in_memory
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.references import tree_halves, tree_quality
from audits.engine.references.recipes import Training
from audits.engine.references.tree_answers import ensemble_of

PLAN = AuditPlan(target="y")
SEEDS, WHOLE = 6, 4
"""Data sets, and whole ensembles for each."""

ENSEMBLES: dict[str, tuple[int, Callable[[], BaseEstimator]]] = {
    "forest of 20, 10 classes": (10, lambda: RandomForestClassifier(20)),
    "forest of 5, 2 classes": (2, lambda: RandomForestClassifier(5)),
    "forest left to scikit-learn": (
        6,
        lambda: RandomForestClassifier(12, class_weight="balanced"),
    ),
    "extra trees of 10, 6 classes": (6, lambda: ExtraTreesClassifier(10)),
    "pipeline": (6, lambda: make_pipeline(StandardScaler(), RandomForestClassifier(20))),
    "bagging of 7, 5 classes": (5, lambda: BaggingClassifier(n_estimators=7)),
    "one tree of a forest": (4, lambda: RandomForestClassifier(1)),
    "bagging of subspaces": (
        3,
        lambda: BaggingClassifier(GaussianNB(), n_estimators=5, max_features=0.3),
    ),
}


def training_on(model: BaseEstimator, classes: int, *, n: int, seed: int, index: int) -> Training:
    """Return the training of a block, for a model fitted on n of 2n records it is audited with."""
    features, labels = make_classification(
        2 * n, 20, n_informative=8, n_classes=classes, n_clusters_per_class=1,
        flip_y=0.3, class_sep=0.7, random_state=seed,
    )  # fmt: skip
    features = features.astype(np.float32).astype(np.float64)
    sides = [(features[part], labels[part]) for part in (slice(n), slice(n, None))]
    given = in_memory(model.fit(*sides[0]), members=sides[0], nonmembers=sides[1])
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, str(seed))
    return training_of(trainer, whole, PLAN, str(seed), purpose="block", index=index)


def accuracy_of_whole(model: BaseEstimator, training: Training) -> float:
    """Return how often ensembles like the target are right, each fitted on one half."""
    training = replace(training, draw_seed=np.random.SeedSequence(5))
    draw, n, right = training.draw(WHOLE), training.n_audited, []
    for k, inside in enumerate(draw.inside):
        rows = training.rows(draw, k)
        fitted = copy_of(model)
        ensemble_of(fitted).set_params(n_jobs=None, random_state=k)
        fitted.fit(training.features[rows], training.labels[rows])
        told = fitted.predict(training.features[:n][~inside])
        right.append(np.mean(told == training.labels[:n][~inside]))
    return float(np.mean(right))


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_references_are_as_right_as_an_ensemble_of_the_same_size_on_one_half(ensemble: str) -> None:
    """Trees of all halves together are up to 7 points better, those of one half much worse."""
    classes, make = ENSEMBLES[ensemble]
    distances = []
    for seed in range(SEEDS):
        model = make()
        ensemble_of(model).set_params(random_state=seed)
        training = training_on(model, classes, n=500, seed=seed, index=0)
        honest = accuracy_of_whole(model, training)
        distances.append(tree_halves.train(training).accuracy[0] - honest)
    off = np.std(distances, ddof=1) / np.sqrt(SEEDS)
    assert abs(np.mean(distances)) < max(0.01, 3 * off)
    assert abs(np.mean(distances)) < 0.025


@pytest.mark.parametrize("make", [lambda: RandomForestClassifier(9), BaggingClassifier])
def test_accuracy_depends_on_the_seed_and_not_on_threads(
    make: Callable[[], BaseEstimator],
) -> None:
    def trained(*, threads: int, fit: int = 2) -> tuple[float, ...]:
        model = make().set_params(random_state=0)
        training = training_on(model, 5, n=150, seed=0, index=0)
        seed = np.random.SeedSequence(fit)
        return tree_halves.train(replace(training, threads=threads, fit_seed=seed)).accuracy

    one = trained(threads=1)
    assert one == trained(threads=1)
    assert one == trained(threads=2)
    assert one != trained(threads=1, fit=3)


def test_first_block_alone_grows_trees_to_judge_by(monkeypatch: pytest.MonkeyPatch) -> None:
    grown, grow = [], tree_halves._grown

    def counted(*given: Any) -> Any:  # noqa: ANN401
        grown.append(len((found := grow(*given)).trees))
        return found

    monkeypatch.setattr(tree_halves, "_grown", counted)
    few, pairs = tree_halves.sizes(20)
    for index, besides in ((0, 20 - few), (1, 0)):
        grown.clear()
        training = training_on(RandomForestClassifier(20), 3, n=60, seed=0, index=index)
        trained = tree_halves.train(training)
        assert len(trained.accuracy) == (1 if index == 0 else 0)
        assert sum(grown) == 2 * pairs * few + besides


def test_judging_changes_no_answer() -> None:
    training = training_on(RandomForestClassifier(20, random_state=0), 3, n=60, seed=0, index=0)
    fresh = [replace(training, fit_seed=np.random.SeedSequence(2), judges=j) for j in (True, False)]
    judged, other = (tree_halves.train(one) for one in fresh)
    assert np.array_equal(judged.log_p, other.log_p)


@pytest.mark.parametrize(
    ("few", "whole", "besides"),
    [(1, 1, ()), (2, 2, ()), (2, 3, (1,)), (2, 8, (2, 2, 2)), (4, 18, (4, 4, 4, 2))],
)
def test_ensembles_besides_make_a_whole_one(few: int, whole: int, besides: tuple[int, ...]) -> None:
    assert tree_quality.sizes_besides(few, whole) == besides


def test_gain_is_what_the_vote_of_all_trees_has_over_that_of_a_few() -> None:
    truth = np.array([0, 0, 1, 1])
    sure, unsure = np.array([0.9, 0.1]), np.array([0.4, 0.6])
    first = np.stack([sure, unsure, sure[::-1], unsure[::-1]])  # right, wrong, right, wrong
    second = np.stack([sure, sure, sure[::-1], unsure[::-1]])  # right, right, right, wrong
    third = np.stack([unsure, unsure, unsure, unsure])  # one tree: wrong, wrong, right, right
    # Weighed by 2, 2 and 1 the votes of records 0, 1 and 2 are right: 3/4 after 2/4 and 3/4.
    gain = tree_quality.gained([first, second, third], (2, 2, 1), truth)
    assert gain == pytest.approx(0.75 - 0.625)


def test_missed_numbers_are_those_of_a_mean_of_more_trees() -> None:
    missed = tree_quality.missed_numbers(
        np.array([[1.0, 4.0], [3.0, 0.0]]), np.array([2.0, 3.0]), few=2, whole=8
    )
    assert missed.tolist() == [1.0 + 4.0 * (1 / 8 - 1 / 2), 0.0]


def test_missed_classes_are_those_that_are_not_the_most_probable() -> None:
    answers = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    assert tree_quality.missed_classes(answers, np.array([1, 1, 0])).tolist() == [0.0, 1.0, 0.0]
