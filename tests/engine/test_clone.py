"""References cloned from a scikit-learn model: encoders wherever they lie, weights, refusals."""

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.base import clone as unfitted
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit, in_memory
from audits.engine.answers import log_likelihood
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.errors import InputError
from audits.engine.references import clone
from audits.engine.references.recipes import Recipe, Training
from audits.engine.target import wrap
from audits.engine.types import ModelInputs
from tests.engine.cast import problem

PLAN = AuditPlan(most_references=4)
N = 120
RARE = np.array([0, N - 1])
"""Members of one person, the only ones with their colour: one half of every pair lacks it."""


def people() -> tuple[pa.Table, NDArray[Any], NDArray[Any]]:
    """Return colours and shapes, labels and persons; the first half are members."""
    rng = np.random.default_rng(0)
    colours = rng.choice(["blue", "green", "red"], 2 * N)
    colours[RARE] = "gold"
    shapes = rng.choice(["cube", "disc", "ring", "rod"], 2 * N)
    number = rng.permutation(2 * N)  # no two rows are equal: twins would be left out
    table = pa.table(
        {
            "colour": pa.array(colours, pa.large_string()),
            "shape": pa.array(shapes, pa.large_string()),
            "code": pa.array([f"n{i % 15}" for i in number], pa.large_string()),
            "other": pa.array([f"m{i // 15}" for i in number], pa.large_string()),
        }
    )
    persons = np.arange(2 * N)
    persons[RARE[1]] = persons[RARE[0]]
    return table, np.where(colours == "red", 1, rng.integers(2, size=2 * N)), persons


def encoding(last: BaseEstimator | None = None) -> BaseEstimator:
    """Return a pipeline whose encoder refuses unknown colours."""
    columns = [("colour", OneHotEncoder(), ["colour"]), ("shape", OrdinalEncoder(), ["shape"])]
    return make_pipeline(ColumnTransformer(columns), last or LogisticRegression())


def first_two(matrix: NDArray[Any]) -> NDArray[Any]:
    return matrix[:, :2]


def of_arrays(last: BaseEstimator) -> BaseEstimator:
    """Return the same for ensembles that hand arrays on."""
    return make_pipeline(FunctionTransformer(first_two), OneHotEncoder(), last)


def search(model: BaseEstimator) -> BaseEstimator:
    return GridSearchCV(model, {"logisticregression__C": [0.1, 1.0]}, cv=2)


@pytest.mark.parametrize(
    "model",
    [
        CalibratedClassifierCV(encoding(), cv=2),
        CalibratedClassifierCV(encoding(), cv=2, ensemble=False),
        VotingClassifier([("a", encoding()), ("b", encoding(GaussianNB()))], voting="soft"),
        VotingClassifier([("a", "drop"), ("b", search(encoding()))], voting="soft"),
        StackingClassifier([("a", encoding()), ("b", encoding(GaussianNB()))], cv=2),
        BaggingClassifier(of_arrays(DecisionTreeClassifier()), 4, bootstrap=False),
        OneVsRestClassifier(encoding()),
        CalibratedClassifierCV(VotingClassifier([("a", encoding())], voting="soft"), cv=2),
        make_pipeline(
            ColumnTransformer([("away", "drop", ["shape"])], remainder=OneHotEncoder()),
            DecisionTreeClassifier(),
        ),
    ],
    ids=[
        "calibrated", "calibrated once", "voting", "search in voting", "stacking", "bagging",
        "one versus rest", "voting calibrated", "remainder",
    ],
)  # fmt: skip
def test_colour_that_a_half_lacks_is_known_to_references_of(model: BaseEstimator) -> None:
    table, labels, persons = people()
    members, others = table.slice(0, N), table.slice(N)
    model = unfitted(model)
    model.fit(members, labels[:N])
    given = in_memory(
        model,
        members=(members, labels[:N]),
        nonmembers=(others, labels[N:]),
        persons=(persons[:N], persons[N:]),
    )
    document = audit(given, PLAN).document
    assert document["references"]["count"] == 4
    assert "rmia" in document["attacks"]


def training(given: ModelInputs) -> tuple[Recipe, Training]:
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    return trainer.recipe, training_of(trainer, whole, PLAN, "0", purpose="block", index=0)


def halves(model: BaseEstimator, *, weights: NDArray[np.float64] | None = None) -> ModelInputs:
    """Return the model, fitted on the first half of a problem without weights."""
    features, labels = problem(2 * N)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a perceptron that is not through
        model.fit(features[:N], labels[:N])
    return in_memory(
        model,
        members=(features[:N], labels[:N]),
        nonmembers=(features[N:], labels[N:]),
        weights=None if weights is None else (weights[:N], weights[N:]),
    )


def test_naive_bayes_of_categories_knows_those_that_a_half_lacks() -> None:
    codes = np.column_stack([np.arange(40) % 3, np.arange(40)])
    labels = np.arange(40) % 2
    model = CategoricalNB(min_categories=None).fit(codes, labels)
    given = in_memory(
        model, members=(codes[1::2], labels[1::2]), nonmembers=(codes[::2], labels[::2])
    )
    recipe, ready = training(given)
    assert clone.template_of(given.model).min_categories.tolist() == [3, 40]
    assert np.isfinite(recipe.train(ready).log_p).all()


@pytest.mark.parametrize(
    ("last", "key"),
    [
        (DecisionTreeClassifier(), "clone"),
        (RandomForestClassifier(4), "tree_halves"),
        (RandomForestClassifier(4, class_weight="balanced"), "tree_halves"),
        (BaggingClassifier(n_estimators=4), "tree_halves"),
        (LogisticRegression(), "warm_start"),
        (MLPClassifier((4,), max_iter=2), "mlp"),
    ],
    ids=["clone", "trees", "forest", "bagging", "logistic", "perceptron"],
)
def test_reference_that_cannot_be_asked_is_told_in_words(last: BaseEstimator, key: str) -> None:
    """A spline that knows the range of its half alone refuses what lies beyond."""
    features, _ = problem(2 * N)
    knots = np.stack([features.min(axis=0), features.max(axis=0)])
    model = make_pipeline(SplineTransformer(knots=knots, extrapolation="error"), last)
    given = halves(model)
    model[0].set_params(knots="uniform")
    recipe, ready = training(given)
    assert recipe.key == key
    said = r"^model: it cannot be trained again on half of the records \(.*beyond the limits"
    with pytest.raises(InputError, match=said):
        recipe.train(ready)


def test_category_that_some_columns_lack_is_told_in_words() -> None:
    """Members of a random subspace see columns of their own: none can speak for another."""
    table, labels, persons = people()
    encoder = make_pipeline(OneHotEncoder(), DecisionTreeClassifier())
    model = BaggingClassifier(encoder, 4, bootstrap=False, max_features=2, random_state=0)
    model.fit(table.slice(0, N), labels[:N])
    given = in_memory(
        model,
        members=(table.slice(0, N), labels[:N]),
        nonmembers=(table.slice(N), labels[N:]),
        persons=(persons[:N], persons[N:]),
    )
    with pytest.raises(InputError, match=r"trained again on half .* \(Found unknown categories"):
        audit(given, PLAN)


def test_frozen_part_is_refused_as_its_references_would_all_know_the_same_records() -> None:
    features, labels = problem(2 * N)
    inner = DecisionTreeClassifier().fit(features[:N], labels[:N])
    recipe, ready = training(halves(CalibratedClassifierCV(FrozenEstimator(inner), cv=2)))
    with pytest.raises(InputError, match=r"^model: a part of it is frozen"):
        recipe.train(ready)


def test_clone_of_another_fit_keeps_the_categories_of_the_fitted_copy() -> None:
    """What a wrapper was given may have been fitted before, on other records."""
    given = make_pipeline(OneHotEncoder(sparse_output=False), GaussianNB())
    given[0].fit([["a"], ["b"]])
    model = VotingClassifier([("a", given)], voting="soft")
    model.fit(np.array([["c"], ["d"], ["c"], ["d"]]), [0, 1, 0, 1])
    template = clone.template_of(wrap(model))
    assert [found.tolist() for found in template.estimators[0][1][0].categories] == [["c", "d"]]


WEIGHTS = np.where(problem(2 * N)[1] == 1, 0.05, 1.0) * np.linspace(0.5, 1.5, 2 * N)


@pytest.mark.parametrize(
    ("model", "argument"),
    [
        (GaussianNB(), "sample_weight"),
        (CalibratedClassifierCV(GaussianNB(), cv=2), "sample_weight"),
        (VotingClassifier([("a", GaussianNB())], voting="soft"), "sample_weight"),
        (StackingClassifier([("a", GaussianNB())], GaussianNB(), cv=2), "sample_weight"),
        (make_pipeline(StandardScaler(), GaussianNB()), "gaussiannb__sample_weight"),
        (
            make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), GaussianNB())),
            "pipeline__gaussiannb__sample_weight",
        ),
        (
            CalibratedClassifierCV(make_pipeline(StandardScaler(), GaussianNB()), cv=2),
            "sample_weight",
        ),
    ],
    ids=["bare", "calibrated", "voting", "stacking", "pipeline", "nested", "pipeline calibrated"],
)
def test_sample_weights_reach_the_fits_of(model: BaseEstimator, argument: str) -> None:
    """References answer as the model does when it is fitted by hand on their rows and weights.

    A calibrated pipeline weighs the calibration alone, as scikit-learn does for the model too.
    """
    recipe, ready = training(halves(model, weights=WEIGHTS))
    _, plain = training(halves(model))
    assert recipe.key == "clone"
    draw, n = ready.draw(4), ready.n_audited
    expected = []
    for k in range(4):
        rows = ready.rows(draw, k)
        by_hand = unfitted(model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which says so
            by_hand.fit(ready.features[rows], ready.labels[rows], **{argument: WEIGHTS[rows]})
        answers = by_hand.predict_proba(ready.features[:n])
        expected.append(log_likelihood(answers, ready.labels[:n], None))
    found = recipe.train(ready).log_p
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert not np.allclose(found, recipe.train(plain).log_p, atol=0.01)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (KNeighborsClassifier(), "unexpected keyword argument 'sample_weight'"),
        (
            VotingClassifier([("a", make_pipeline(StandardScaler(), GaussianNB()))], voting="soft"),
            "Pipeline.fit does not accept the sample_weight parameter",
        ),
        (OneVsRestClassifier(GaussianNB()), "extra keyword arguments to OneVsRestClassifier.fit"),
    ],
    ids=["neighbours", "voting pipelines", "one versus rest"],
)
def test_model_that_takes_no_sample_weights_is_refused_in_words(
    model: BaseEstimator, reason: str
) -> None:
    recipe, ready = training(halves(model, weights=WEIGHTS))
    with pytest.raises(InputError, match=rf"^model: it cannot be trained again on half .*{reason}"):
        recipe.train(ready)
