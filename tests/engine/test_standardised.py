"""References on one matrix of all records: the answers of a pipeline fitted anew on each half."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from audits.engine.references import standardised
from audits.engine.references.recipes import Training
from audits.engine.references.standardised import answers, shared
from tests.engine.cast import problem
from tests.engine.test_warm_start import PRECISE, training_on

# A target is read with n_jobs=1; scikit-learn remarks on that in fits of these tests.
pytestmark = pytest.mark.filterwarnings("ignore:'n_jobs' has no effect:FutureWarning")

RARE = 5  # the column that most halves hold one value of


def uneven(n: int = 400) -> tuple[Any, Any]:
    """Return records whose columns lie far off, are of unlike spread, rare and constant."""
    features, labels = problem(n)
    rng = np.random.default_rng(3)
    rare = np.zeros(n)
    rare[[4, n - 3]] = 7.0
    more = [1e4 + 30 * rng.normal(size=n), rare, np.full(n, 2.5)]
    return np.column_stack([features[:, : RARE - 1], *more]), labels


def made(model: Any, *, classes: int = 2, **changes: Any) -> Training:  # noqa: ANN401
    features, labels = uneven()
    if classes > 2:
        labels = labels + (features[:, 1] > 0.5)
    return replace(training_on(model, features, labels), **changes)


def own_fit(model: Any, given: Training, rows: Any) -> Any:  # noqa: ANN401
    """Return what a pipeline says that was fitted on these rows alone."""
    name = "logisticregression__sample_weight" if hasattr(model, "steps") else "sample_weight"
    weights = {} if given.weights is None else {name: given.weights[rows]}
    model.fit(given.features[rows], given.labels[rows], **weights)
    return model.predict_proba(given.features[: given.n_audited])


MODELS = {
    "scaled": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.3, **PRECISE)),
    "moved": lambda: make_pipeline(
        StandardScaler(with_std=False),
        LogisticRegression(solver="newton-cholesky", **PRECISE),
    ),
    "divided": lambda: make_pipeline(
        StandardScaler(with_mean=False),
        LogisticRegression(solver="newton-cholesky", **PRECISE),
    ),
    "alone": lambda: LogisticRegression(solver="newton-cholesky", **PRECISE),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", MODELS)
def test_answers_are_those_of_a_fit_of_its_own(name: str, classes: int, *, weighted: bool) -> None:
    model = MODELS[name]()
    weights = np.random.default_rng(1).uniform(0.2, 4.0, 400) if weighted else None
    given = made(model, classes=classes, weights=weights)
    assert len(given.target.classes) == classes
    whole = shared(model, given)
    assert whole is not None
    draw = given.draw(12)
    constant = []
    for k in range(12):
        rows = given.rows(draw, k)
        found = answers(whole, given, rows, 1e-9)
        assert found == pytest.approx(own_fit(model, given, rows), abs=1e-5)
        constant.append(np.ptp(given.features[rows, RARE]) == 0)
    assert any(constant), "no half leaves the rare records out: the case is not tried"
    assert not all(constant), "no half has a rare record: the case is not tried"


def test_table_of_whole_numbers_is_taken_as_numbers() -> None:
    features, labels = problem(400)
    model = make_pipeline(StandardScaler(), LogisticRegression(**PRECISE))
    given = training_on(model, np.rint(features * 10).astype(np.int64), labels)
    whole, rows = shared(model, given), given.rows(given.draw(2), 0)
    assert whole is not None
    assert answers(whole, given, rows, 1e-9) == pytest.approx(own_fit(model, given, rows), abs=1e-5)


def test_start_is_that_of_members_and_nonmembers_alike() -> None:
    """Swapping who is a member only turns the order of the records round.

    Curvature is summed in single precision and steps end at a slope of `SLOPE_OF_START`, so that
    another order moves the start by what rounding moves it, far less than a record would.
    """
    features, labels = uneven()
    model = MODELS["scaled"]()
    turned = np.r_[200:400, 0:200]
    one = shared(model, training_on(model, features, labels))
    other = shared(model, training_on(model, features[turned], labels[turned]))
    assert one is not None
    assert other is not None
    assert one.start == pytest.approx(other.start, abs=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(MinMaxScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), StandardScaler(), LogisticRegression()),
        LogisticRegression(fit_intercept=False, max_iter=1_000, solver="newton-cholesky"),
        LogisticRegression(class_weight="balanced", max_iter=1_000, solver="newton-cholesky"),
    ],
    ids=["another scaler", "two of them", "no intercept", "weights of classes"],
)
def test_what_does_not_hold_there_is_fitted_on_its_own(model: Any) -> None:  # noqa: ANN401
    assert shared(model, made(model)) is None


@pytest.mark.parametrize("classes", [2, 3])
def test_wide_tables_are_fitted_on_their_own(classes: int) -> None:
    features, labels = problem(400)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    most = standardised.MOST_COLUMNS if classes == 2 else standardised.MOST_COLUMNS_OF_CLASSES
    labels = labels + (features[:, 1] > 0.5) if classes > 2 else labels
    wide = np.tile(features, (1, most // features.shape[1] + 1))
    assert shared(model, training_on(model, wide, labels)) is None
    assert shared(model, training_on(model, wide[:, :most], labels)) is not None


@pytest.mark.parametrize("odd", [np.nan, np.inf, 1e200])
def test_numbers_that_cannot_be_scaled_are_left_to_scikit_learn(odd: float) -> None:
    model = MODELS["scaled"]()
    given = made(model)
    features = given.features.copy()
    features[0, 0] = odd
    assert shared(model, replace(given, features=features)) is None
