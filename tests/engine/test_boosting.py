"""References of histogram boosting, grown by LightGBM: the target's trees, settings and all."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from audits.engine import AuditPlan, audit, in_memory
from audits.engine.answers import log_likelihood
from audits.engine.errors import InputError
from audits.engine.pipeline import prepare, reference_block
from audits.engine.references import boosting, clone
from audits.engine.references.recipes import Training, recipe_for
from audits.engine.signals import separation
from audits.engine.target import wrap
from audits.engine.types import Provenance
from tests.engine.test_warm_start import training_on

pytestmark = pytest.mark.skipif(
    not boosting.is_installed(), reason="the system has no libgomp: boosting is cloned"
)

FEW = {"max_iter": 5, "early_stopping": False}
SCALE = 1.5
ANY_LEAF = {"min_samples_leaf": 1, "max_depth": 3}
"""The two count the least records of a leaf in different ways; here none are asked for."""

FEW_APART = 0.2
"""Share of records: a setting that is lost or said otherwise moves all of them."""


def table(seed: int = 0, rows: int = 800, classes: int = 2) -> tuple[Any, Any]:
    """Return records of few values, which both sort into the same bins."""
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 10, size=(rows, 5)).astype(float)
    signal = features[:, 0] - features[:, 1] + 3 * np.sin(features[:, 2]) + rng.normal(size=rows)
    if classes == 0:
        return features, signal
    return features, np.digitize(signal, [-1.0, 3.0][: classes - 1])


def apart(ours: Any, theirs: Any) -> float:  # noqa: ANN401 - arrays
    """Return the share of records about which the two say another probability."""
    return float(np.mean(np.abs(np.exp(ours) - np.exp(theirs)) > 2e-3))


def told(given: Training) -> tuple[Any, Any]:
    """Return what the first reference says, and one that scikit-learn grew on the same half."""
    found = boosting.train(given)
    rows = given.rows(given.draw(len(found.inside)), 0)
    template = clone.template_of(given.target)
    model = clone.fitted(template, given, rows, np.random.SeedSequence(1))
    answers = clone.answers_of(model, given.features, given.target)[: given.n_audited]
    return found.log_p[0], log_likelihood(answers, given.labels[: given.n_audited], given.scale)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"l2_regularization": 4.0, "max_depth": 3},
        {"max_leaf_nodes": None, "max_depth": 4},
        {"min_samples_leaf": 60},
        {"learning_rate": 0.4},
        {"max_bins": 255, "max_leaf_nodes": 6},
    ],
)
def test_numbers_are_predicted_by_the_same_trees(settings: dict[str, Any]) -> None:
    model = HistGradientBoostingRegressor(**FEW, **settings)
    ours, theirs = told(training_on(model, *table(classes=0), scale=SCALE))
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6)  # single precision
    assert np.ptp(theirs) > 1


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    "settings",
    [{}, {"l2_regularization": 4.0}, {"class_weight": {0: 1, 1: 6, 2: 2}}, {"learning_rate": 0.3}],
)
def test_settings_say_to_both_the_same(classes: int, settings: dict[str, Any]) -> None:
    if classes == 2 and "class_weight" in settings:
        settings = {"class_weight": {0: 1, 1: 6}}
    model = HistGradientBoostingClassifier(**FEW, **ANY_LEAF, **settings)
    ours, theirs = told(training_on(model, *table(classes=classes)))
    assert apart(ours, theirs) < FEW_APART


def test_missing_values_go_the_way_that_the_target_sends_them() -> None:
    features, labels = table()
    features[np.random.default_rng(2).random(features.shape) < 0.2] = np.nan
    model = HistGradientBoostingClassifier(**FEW, **ANY_LEAF)
    ours, theirs = told(training_on(model, features, labels))
    assert apart(ours, theirs) < FEW_APART


def test_weights_of_records_and_of_classes_are_multiplied() -> None:
    model = HistGradientBoostingClassifier(**FEW, **ANY_LEAF, class_weight={0: 1, 1: 3})
    plain = training_on(model, *table())
    weights = np.random.default_rng(1).uniform(0.1, 5.0, len(plain.labels))
    given = replace(plain, weights=weights)
    ours, theirs = told(given)
    assert apart(ours, theirs) < FEW_APART
    assert np.abs(np.exp(ours) - np.exp(boosting.train(plain).log_p[0])).max() > 0.05


def test_with_leaves_of_many_records_the_answers_are_still_alike() -> None:
    ours, theirs = told(training_on(HistGradientBoostingClassifier(**FEW), *table(rows=2_000)))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95


def test_references_tell_records_they_saw_as_well_as_scikit_learns_do() -> None:
    rng = np.random.default_rng(4)
    features = rng.normal(size=(600, 8))
    labels = (features[:, 0] + rng.normal(size=600) > 0).astype(int)
    given = training_on(HistGradientBoostingClassifier(early_stopping=False), features, labels)
    found, cold = boosting.train(given), clone.train(given)
    ours = np.mean([separation(p, i) for p, i in zip(found.log_p, found.inside, strict=True)])
    theirs = np.mean([separation(p, i) for p, i in zip(cold.log_p, cold.inside, strict=True)])
    assert theirs > 0.65
    assert ours == pytest.approx(theirs, abs=0.03)


def test_steps_before_it_are_fitted_on_each_half() -> None:
    model = make_pipeline(StandardScaler(), HistGradientBoostingRegressor(**FEW))
    ours, theirs = told(training_on(model, *table(classes=0), scale=SCALE))
    assert ours == pytest.approx(theirs, abs=0.05)


def test_text_that_a_step_makes_numbers_of_is_taken() -> None:
    features, labels = table()
    text = features.astype(int).astype(str).astype(object)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    given = training_on(make_pipeline(encoder, HistGradientBoostingClassifier(**FEW)), text, labels)
    assert recipe_for(given.target).key == "boosting"
    found = boosting.train(given)
    assert separation(found.log_p[0], found.inside[0]) > 0.5


def test_threads_change_no_number() -> None:
    model = HistGradientBoostingClassifier(**FEW, max_features=0.5)
    one, two = (
        boosting.train(replace(training_on(model, *table()), threads=threads)) for threads in (1, 2)
    )
    assert one.log_p.tobytes() == two.log_p.tobytes()
    assert one.count == len(one.accuracy) == boosting.BLOCK


def test_a_class_that_a_half_lacks_gets_no_probability() -> None:
    features, labels = table(rows=200)
    labels = labels.copy()
    labels[0] = 2
    found = boosting.train(training_on(HistGradientBoostingClassifier(**FEW), features, labels))
    rare = found.log_p[:, 0]
    assert (rare[~found.inside[:, 0]] < -700).all()
    assert (rare[found.inside[:, 0]] > -10).all()


def test_the_reference_that_is_asked_about_new_records_saw_one_half() -> None:
    given = training_on(HistGradientBoostingClassifier(**FEW), *table())
    found = boosting.calibration(given)
    answers = found.query(given.features)
    assert answers.shape == (len(given.labels), 2)
    assert answers.sum(axis=1) == pytest.approx(1.0)
    assert 0 < found.inside.sum() < given.n_audited


def fitted(model: Any, *, classes: int = 2, rows: int = 400) -> Any:  # noqa: ANN401
    features, labels = table(rows=rows, classes=classes)
    return wrap(model.fit(features, labels))


@pytest.mark.parametrize(
    "model",
    [
        HistGradientBoostingClassifier(max_iter=5, monotonic_cst=[1, 0, 0, 0, 0]),
        HistGradientBoostingClassifier(max_iter=5, interaction_cst="no_interactions"),
        HistGradientBoostingClassifier(max_iter=5, early_stopping=True),
        HistGradientBoostingClassifier(max_iter=5, categorical_features=[0]),
        HistGradientBoostingRegressor(max_iter=5, loss="absolute_error"),
    ],
)
def test_what_lightgbm_does_otherwise_is_left_to_scikit_learn(model: Any) -> None:  # noqa: ANN401
    classes = 0 if isinstance(model, HistGradientBoostingRegressor) else 2
    assert recipe_for(fitted(model, classes=classes)).key == "clone"
    plain = type(model)(max_iter=5, early_stopping=False)
    assert recipe_for(fitted(plain, classes=classes)).key == "boosting"


def test_many_classes_are_left_to_scikit_learn() -> None:
    features, _ = table()
    labels = np.arange(len(features)) % 4
    model = HistGradientBoostingClassifier(max_iter=5, early_stopping=False)
    assert recipe_for(wrap(model.fit(features, labels))).key == "clone"


def test_without_lightgbm_references_are_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    target = fitted(HistGradientBoostingClassifier(**FEW))
    assert recipe_for(target).key == "boosting"
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    assert recipe_for(target).key == "clone"


def told_apart(found: Any) -> float:  # noqa: ANN401
    """Return how well the references tell what they saw from the rest."""
    return float(np.mean([separation(*one) for one in zip(found.log_p, found.inside, strict=True)]))


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("bins", [2, 4, 8])
def test_few_bins_are_as_many_for_both(bins: int, missing: float) -> None:
    """Positive numbers: LightGBM counts a bin for 0 among its own, and one for what is missing."""
    rng = np.random.default_rng(bins)
    features = rng.uniform(1, 2, size=(1_000, 8))
    labels = ((features[:, :4] > 1.5).sum(axis=1) + rng.normal(size=1_000) > 2).astype(int)
    features[rng.random(features.shape) < missing] = np.nan
    model = HistGradientBoostingClassifier(
        max_iter=30, max_bins=bins, min_samples_leaf=5, early_stopping=False
    )
    given = training_on(model, features, labels)
    ours, theirs = told_apart(boosting.train(given)), told_apart(clone.train(given))
    assert theirs > 0.55
    assert ours == pytest.approx(theirs, abs=0.02)


def test_large_numbers_are_predicted_as_well_as_by_scikit_learn() -> None:
    """LightGBM keeps labels in single precision: of times in seconds two minutes are one."""
    features, labels = table(rows=600, classes=0)
    model = HistGradientBoostingRegressor(**FEW, min_samples_leaf=5)
    ours, theirs = told(training_on(model, features, 1.7e9 + 10 * labels, scale=10 * SCALE))
    assert np.mean(np.abs(ours - theirs) > FEW_APART) < FEW_APART
    assert np.ptp(theirs) > 1


def test_trees_without_a_limit_ask_for_no_more_memory_than_their_records_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, grown = [], boosting._grown

    def kept(*given: Any) -> Any:  # noqa: ANN401 - LightGBM is untyped here
        asked.append(given[3])
        return grown(*given)

    monkeypatch.setattr(boosting, "_grown", kept)
    given = training_on(HistGradientBoostingClassifier(**FEW, max_leaf_nodes=None), *table())
    ours, theirs = told(given)
    trained = boosting.train(given).inside.sum(axis=1)
    assert {one["num_leaves"] for one in asked} == set(trained.tolist())
    assert {one["histogram_pool_size"] for one in asked} == {256}
    assert np.corrcoef(ours, theirs)[0, 1] > 0.9


def test_blocks_of_an_audit_follow_one_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = table()
    target = HistGradientBoostingClassifier(**FEW).fit(features[:400], labels[:400])
    sides = [(features[rows], labels[rows]) for rows in (slice(0, 400), slice(400, 800))]
    inputs = in_memory(target, members=sides[0], nonmembers=sides[1])
    plan = AuditPlan(most_references=4)
    prepared = prepare(inputs, plan, Provenance())
    assert prepared.facts["trained_by"] == "boosting"
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(InputError, match="begun by the recipe 'boosting'"):
        reference_block(inputs, plan, prepared, 0)


def test_references_of_a_substitute_say_what_grew_them() -> None:
    features, labels = table(rows=1_200)
    target = HistGradientBoostingClassifier(max_iter=40).fit(features[:600], labels[:600])
    sides = [(features[rows], labels[rows]) for rows in (slice(0, 600), slice(600, 1_200))]
    inputs = in_memory(target, members=sides[0], nonmembers=sides[1])
    sealed = replace(inputs, model=replace(inputs.model, retrainable=False))
    document = audit(sealed, AuditPlan(most_references=4)).document
    references = document["references"]
    assert (references["recipe"], references["surrogate"]) == ("surrogate", "gradient_boosting")
    assert references["trained_by"] == "boosting"
    assert "lightgbm" in document["provenance"]["libraries"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_bins": "x"}, {"max_bins": 1}, {"max_bins": 20.5}, {"max_bins": float("nan")},
        {"max_bins": None}, {"max_leaf_nodes": -4}, {"max_leaf_nodes": "x"}, {"max_iter": -1},
        {"learning_rate": "0.1"}, {"min_samples_leaf": "20 max_cat_threshold=-1"},
    ],
)  # fmt: skip
def test_settings_out_of_range_are_named_and_reach_no_other_library(wrong: dict[str, Any]) -> None:
    """A file may say anything, and LightGBM reads its settings out of one long text."""
    given = training_on(HistGradientBoostingClassifier(**FEW), *table())
    given.target.estimator.set_params(**wrong)
    for use in (boosting.train, boosting.calibration):
        with pytest.raises(InputError, match=next(iter(wrong))):
            use(given)
