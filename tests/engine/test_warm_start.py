"""References of logistic regressions: the same solutions as fits of their own, sooner."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from audits.engine import AuditPlan
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.references import clone, warm_start
from audits.engine.references.recipes import Training
from audits.engine.target import wrap
from tests.engine.cast import inputs, problem, records

PLAN = AuditPlan(target="y", threads=2)
# A target is read with n_jobs=1; scikit-learn remarks on that in the cold fits of these tests.
pytestmark = pytest.mark.filterwarnings("ignore:'n_jobs' has no effect:FutureWarning")

PRECISE = {"tol": 1e-10, "max_iter": 5_000}


def training_on(model: Any, features: Any, labels: Any, **changes: Any) -> Training:  # noqa: ANN401
    """Return the training of the first block; the first half of the records are members."""
    half = len(labels) // 2
    given = inputs(
        model.fit(features[:half], labels[:half]),
        records(features[:half], labels[:half]),
        records(features[half:], labels[half:]),
    )
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    made = training_of(trainer, whole, PLAN, "0", purpose="block", index=0)
    return replace(made, **changes)


def training(model: Any, *, classes: int = 2, **changes: Any) -> Training:  # noqa: ANN401
    features, labels = problem(400)
    if classes > 2:
        labels = np.digitize(features[:, 0], [-0.5, 0.5])
    return training_on(model, features, labels, **changes)


def cold_log_p(given: Training, rows: Any, seed: int) -> Any:  # noqa: ANN401 - arrays
    """Return what a fit of its own, from nowhere, says about the audited records."""
    template = clone.template_of(given.target)
    fitted = clone.fitted(template, given, rows, np.random.SeedSequence(seed))
    p = clone.aligned(fitted, given.features, given.target.classes)[: given.n_audited]
    return np.log(p[np.arange(given.n_audited), given.labels[: given.n_audited]])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("settings", [{}, {"class_weight": "balanced"}, {"fit_intercept": False}])
def test_references_are_what_cold_fits_of_the_same_halves_are(
    classes: int, settings: dict[str, Any]
) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(**PRECISE, **settings))
    given = training(model, classes=classes)
    found = warm_start.train(given)
    draw = given.draw(warm_start.BLOCK)
    for k in range(0, warm_start.BLOCK, 3):
        expected = cold_log_p(given, given.rows(draw, k), k)
        assert found.log_p[k] == pytest.approx(expected, abs=2e-4)
    assert np.array_equal(found.inside, draw.inside)
    assert found.count == len(found.accuracy) == warm_start.BLOCK


def test_sample_weights_reach_the_classifier_and_not_the_scaler() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(**PRECISE))
    plain = training(model)
    weights = np.random.default_rng(1).uniform(0.1, 5.0, len(plain.labels))
    given = replace(plain, weights=weights)
    found, unweighted = warm_start.train(given), warm_start.train(plain)
    expected = cold_log_p(given, given.rows(given.draw(warm_start.BLOCK), 0), 0)
    assert found.log_p[0] == pytest.approx(expected, abs=2e-4)
    assert np.abs(found.log_p[0] - unweighted.log_p[0]).max() > 0.01


def test_threads_change_no_number() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    one, two = (warm_start.train(training(model, threads=threads)) for threads in (1, 2))
    assert one.log_p.tobytes() == two.log_p.tobytes()


def test_a_class_that_a_half_lacks_gets_no_probability() -> None:
    features, labels = problem(200)
    labels = labels.copy()
    labels[0] = 2  # one record: whatever half lacks it never met the class
    found = warm_start.train(training_on(LogisticRegression(), features, labels))
    rare = found.log_p[:, 0]
    assert (rare[~found.inside[:, 0]] < -700).all()
    assert (rare[found.inside[:, 0]] > -10).all()


def _gap(log_p: Any, inside: Any) -> float:  # noqa: ANN401 - arrays
    """Return by how much surer references are of records they saw than of the others."""
    p = np.exp(log_p)
    return float(p[inside].mean() - p[~inside].mean())


def test_a_shared_start_hides_nothing_at_the_usual_tolerance() -> None:
    """It knows all records; a solver that stopped there would tell none of them apart."""
    rng = np.random.default_rng(5)
    features = rng.normal(size=(300, 150))  # wide: each record pulls hard
    labels = np.digitize(features[:, 0] + rng.normal(size=300), [-0.5, 0.5])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    made = training_on(model, features, labels)
    found = warm_start.train(made)
    cold = [cold_log_p(made, np.flatnonzero(inside), k) for k, inside in enumerate(found.inside)]
    ours, theirs = _gap(found.log_p, found.inside), _gap(np.array(cold), found.inside)
    assert theirs > 0.2
    assert ours == pytest.approx(theirs, rel=0.03)


def test_sparse_columns_of_an_encoder_are_solved_too() -> None:
    rng = np.random.default_rng(6)
    features = rng.integers(0, 6, size=(240, 3)).astype(float)
    labels = (features.sum(axis=1) + rng.normal(size=240) > 7).astype(int)
    model = make_pipeline(OneHotEncoder(), LogisticRegression(**PRECISE))
    made = training_on(model, features, labels)
    found = warm_start.train(made)
    expected = cold_log_p(made, np.flatnonzero(found.inside[0]), 0)
    assert found.log_p[0] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        (LogisticRegression(), True),
        (LogisticRegression(solver="saga", max_iter=5_000), True),
        (LogisticRegression(solver="liblinear"), False),
        (LogisticRegression(C=np.inf), False),
        (LogisticRegression(l1_ratio=1.0, solver="saga", max_iter=5_000), False),
        (LogisticRegression(max_iter=1), False),  # it stopped on the way, references would not
        (RandomForestClassifier(3), False),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_smooth_ridge_penalised_models_that_converged_fit(model: Any, *, fits: bool) -> None:  # noqa: ANN401
    features, labels = problem(100)
    assert warm_start.fits(wrap(model.fit(features, labels))) is fits
    assert warm_start.fits(wrap(make_pipeline(StandardScaler(), model).fit(features, labels))) is (
        fits
    )


def test_the_reference_to_tune_on_is_a_cold_fit_of_its_half() -> None:
    given = training(make_pipeline(StandardScaler(), LogisticRegression(**PRECISE)))
    found, plain = warm_start.calibration(given), clone.calibration(given)
    assert np.array_equal(found.inside, plain.inside)
    assert found.query(given.features) == pytest.approx(plain.query(given.features), abs=1e-5)
