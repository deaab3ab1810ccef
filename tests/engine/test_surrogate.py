import warnings
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit
from audits.engine.assembly import assemble
from audits.engine.references import surrogate
from audits.engine.references.boosting import is_installed
from audits.engine.references.surrogate import substitute
from audits.engine.types import ModelInputs, Records
from tests.engine.cast import halves, inputs, problem, records

PLAN = AuditPlan(target="y")
ONE_BLOCK = AuditPlan(target="y", time_budget_seconds=0)


def sealed(given: ModelInputs) -> ModelInputs:
    """Return the inputs with a model that can be asked and not trained."""
    return replace(given, model=replace(given.model, retrainable=False))


def substitute_of(given: ModelInputs, **more: object) -> surrogate.Surrogate:
    seed = np.random.SeedSequence(5)
    return substitute(given.model, assemble(given), seed=seed, threads=1, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def linear() -> ModelInputs:
    return sealed(halves(LogisticRegression(), 200))


def test_recipe_that_agrees_best_is_chosen(linear: ModelInputs) -> None:
    chosen = substitute_of(linear)
    assert chosen.name in {"logistic_regression", "mlp"}
    assert chosen.agreement > 0.9


@pytest.fixture
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one candidate, so that every held-out record judges it."""
    key = "logistic_regression"
    monkeypatch.setattr(surrogate, "_CANDIDATES", {key: surrogate._CANDIDATES[key]})


@pytest.mark.usefixtures("no_choice")
def test_agreement_is_the_share_of_held_out_records_answered_alike(linear: ModelInputs) -> None:
    chosen, whole = substitute_of(linear), assemble(linear)
    rows = np.random.default_rng(np.random.SeedSequence(5)).permutation(
        np.flatnonzero(~whole.is_member)
    )
    asked = linear.model.probabilities(whole.features[rows], subject="nonmembers").argmax(axis=1)
    alike = []
    for part in range(3):
        test = np.arange(len(rows)) % 3 == part
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as wherever references are fitted
            model = clone(chosen.target.estimator).fit(chosen.features[rows[~test]], asked[~test])
        alike += (model.predict(chosen.features[rows[test]]) == asked[test]).tolist()
    assert len(alike) == 200
    assert chosen.agreement == np.mean(alike)


@pytest.mark.usefixtures("no_choice")
def test_many_records_are_judged_once(linear: ModelInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surrogate, "FEW_RECORDS", 200)
    chosen, whole = substitute_of(linear), assemble(linear)
    rng = np.random.default_rng(np.random.SeedSequence(5))
    test = rng.permutation(np.flatnonzero(~whole.is_member))[::3]
    asked = linear.model.probabilities(whole.features[test], subject="nonmembers").argmax(axis=1)
    said = chosen.target.probabilities(chosen.features[test], subject="model").argmax(axis=1)
    assert chosen.agreement == np.mean(asked == said)


def test_agreement_is_not_flattered_by_the_choice() -> None:
    """Coins that fall right half of the time: the best of many seems better, and is not."""
    by_hand = {"a": np.array([1, 0, 1, 0, 0, 0], bool), "b": np.array([0, 1, 0, 1, 0, 0], bool)}
    assert surrogate._unflattered(by_hand) == 0.0  # each is right where it was not chosen
    rng = np.random.default_rng(0)
    seen, best = [], []
    for _ in range(400):
        coins = {str(k): rng.random(100) < 0.5 for k in range(20)}
        seen.append(surrogate._unflattered(coins))
        best.append(max(one.mean() for one in coins.values()))
    assert np.mean(best) > 0.58
    assert np.mean(seen) == pytest.approx(0.5, abs=4 * 0.05 / np.sqrt(400))


def test_one_that_was_chosen_before_is_the_same(linear: ModelInputs) -> None:
    chosen = substitute_of(linear)
    again = substitute_of(linear, name=chosen.name)
    known = [one.target.estimator.predict_proba(one.features) for one in (chosen, again)]
    assert again.name == chosen.name
    assert np.array_equal(*known)


def test_choice_does_not_depend_on_threads(linear: ModelInputs) -> None:
    seed = np.random.SeedSequence(5)
    more = substitute(linear.model, assemble(linear), seed=seed, threads=3)
    one = substitute_of(linear)
    assert (one.name, one.agreement) == (more.name, more.agreement)


def test_audit_of_a_model_that_cannot_be_trained_says_so() -> None:
    model = RandomForestClassifier(15, random_state=0)
    document = audit(sealed(halves(model, 150)), PLAN).document
    references = document["references"]
    assert references["recipe"] == "surrogate"
    assert references["surrogate"] in surrogate._CANDIDATES
    assert 0.6 < references["agreement"] <= 1
    assert references["count"] >= 4
    assert document["attacks"]["rmia"]["auc"]["value"] > 0.6
    again = audit(sealed(halves(model, 150)), replace(PLAN, threads=2)).document
    assert again["attacks"] == document["attacks"]
    assert again["references"]["agreement"] == references["agreement"]


def test_text_and_missing_values_are_no_obstacle() -> None:
    rng = np.random.default_rng(0)
    n = 240
    numbers = rng.normal(size=n)
    numbers[::120] = np.nan
    words = np.where(rng.random(n) < 0.5, "red", "blue")
    table = pa.table({"x": numbers, "colour": pa.array(words, pa.large_string())})
    labels = (words == "red").astype(int)
    given = halves(DecisionTreeClassifier(), 10)
    sides = [
        Records(table.slice(start, 120), pa.chunked_array([pa.array(labels[start : start + 120])]))
        for start in (0, 120)
    ]
    seen = replace(
        given.model, estimator=_ByColour(), feature_names=("x", "colour"), retrainable=False
    )
    chosen = substitute_of(ModelInputs(seen, sides[0], sides[1]))
    assert chosen.agreement == 1.0
    # The two records without a number are each other's twin or differ in colour.
    assert chosen.features.shape[1] == 2
    assert np.isnan(chosen.features[0, 0])


class _ByColour:
    """Knows the answer by the colour alone."""

    def predict_proba(self, features: pa.Table) -> np.ndarray:
        red = np.asarray([word == "red" for word in features.column("colour").to_pylist()])
        return np.column_stack([~red, red]).astype(float)


def test_model_that_always_answers_the_same_still_gets_references() -> None:
    features, labels = problem(120)
    model = DecisionTreeClassifier(max_depth=1, random_state=0).fit(features[:60], [0] * 59 + [1])
    model.tree_.value[:] = [[[1.0, 0.0]]]
    given = inputs(model, records(features[:60], labels[:60]), records(features[60:], labels[60:]))
    chosen = substitute_of(sealed(given))
    assert chosen.agreement == 1.0
    assert audit(sealed(given), ONE_BLOCK).document["references"]["count"] == (
        8 if is_installed() else 4
    )


def test_class_the_model_never_answers_keeps_its_place() -> None:
    features, labels = problem(300)
    labels = np.where(features[:, 0] > 2.0, 2, labels)
    model = RandomForestClassifier(10, max_depth=2, random_state=0).fit(
        features[:150], labels[:150]
    )
    given = inputs(
        model, records(features[:150], labels[:150]), records(features[150:], labels[150:])
    )
    said = given.model.probabilities(assemble(given).features, subject="model").argmax(axis=1)
    assert sorted(set(said.tolist())) == [0, 1]
    chosen = substitute_of(sealed(given))
    assert chosen.target.classes.tolist() == [0, 1, 2]
    assert audit(sealed(given), ONE_BLOCK).document["references"]["recipe"] == "surrogate"


@pytest.mark.parametrize(("nonmembers", "agreement"), [(1, 0.0), (2, None)])
def test_fewest_nonmembers_are_enough(nonmembers: int, agreement: float | None) -> None:
    features, labels = problem(40)
    model = LogisticRegression().fit(features[:30], labels[:30])
    end = 30 + nonmembers
    given = inputs(
        model, records(features[:30], labels[:30]), records(features[30:end], labels[30:end])
    )
    said = model.predict(features[30:end])
    expected = float(said[0] == said[-1]) if agreement is None else agreement
    assert substitute_of(given).agreement == expected


def test_infinite_numbers_are_as_good_as_very_large_ones() -> None:
    given = surrogate._matrix(np.array([[np.inf, -np.inf, np.nan, 1e300, 2.0]]))
    assert given[0, :2].tolist() == [1e30, -1e30]
    assert np.isnan(given[0, 2])
    assert given[0, 3:].tolist() == [1e30, 2.0]
