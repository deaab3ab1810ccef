"""Nothing that an attack or a gate reads depends on where members stand in the files."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

from audits.engine import AuditPlan, audit, metrics, self_test
from audits.engine.assembly import assemble
from audits.engine.baseline import baseline_matrix, blind_baseline
from audits.engine.blocks import trainer_for, training_of
from audits.engine.breakdown import Audited, breakdown
from audits.engine.inputs import model_inputs
from audits.engine.references.recipes import recipe_for
from audits.engine.signals import per_person
from audits.engine.target import wrap
from audits.engine.types import Records
from tests.engine.cast import halves, inputs, problem, records

PLAN = AuditPlan(target="y")
WORDS = {
    "every text once": lambda rng, n: [f"w{i}" for i in rng.permutation(n)],
    "postcodes": lambda rng, n: [f"w{i}" for i in rng.integers(0, n, n)],
    "few common, many rare": lambda rng, n: [f"w{min(i, 9_999)}" for i in rng.zipf(1.5, n)],
}


@pytest.mark.parametrize("kind", WORDS)
def test_texts_of_clean_records_do_not_tell_the_sides_apart(kind: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        table = pa.table({"word": pa.array(WORDS[kind](rng, 2_000), pa.large_string())})
        labels, member = rng.integers(2, size=2_000), np.arange(2_000) < 1_000
        check = blind_baseline(table, labels, member, np.arange(2_000), seed=seed, threads=1)
        assert check.passed is not False
        assert check.low is not None
        assert check.low < 0.55
        codes = baseline_matrix(table, labels)[:, 0]
        auc = metrics.auc(codes[member], codes[~member], side_error=0.001)
        assert auc.low < 0.5 < auc.high


def test_codes_of_texts_do_not_depend_on_the_order_of_records() -> None:
    words = [f"w{i}" for i in range(50)] + ["common"] * 9
    order = np.random.default_rng(1).permutation(len(words))
    told = []
    for rows in (np.arange(len(words)), order):
        table = pa.table({"word": pa.array([words[i] for i in rows], pa.large_string())})
        codes = baseline_matrix(table, np.zeros(len(words)))[:, 0]
        told.append({words[row]: code for row, code in zip(rows.tolist(), codes, strict=True)})
    assert told[0] == told[1]
    assert told[0]["common"] == 0


def test_further_records_of_audited_persons_train_no_reference() -> None:
    features, labels = problem(300)
    model = RandomForestClassifier(5, random_state=0).fit(features[:100], labels[:100])
    persons = np.array([f"p{i}" for i in range(300)])
    persons[200:260] = persons[100:160]  # more visits of people who are audited
    given = inputs(
        model,
        records(features[:100], labels[:100], persons[:100]),
        records(features[100:200], labels[100:200], persons[100:200]),
        population=records(features[200:], labels[200:], persons[200:]),
    )
    assert assemble(given).n_population == 40


def test_records_are_met_in_random_order() -> None:
    given = halves(RandomForestClassifier(5, random_state=0), 200)
    whole = assemble(given)
    training = training_of(
        trainer_for(given, whole, PLAN, "0"), whole, PLAN, "0", purpose="block", index=0
    )
    draw = training.draw(4)
    for k in range(4):
        rows = training.rows(draw, k)
        assert sorted(rows.tolist()) == np.flatnonzero(draw.inside[k]).tolist()
        first = whole.is_member[rows[:100]].mean()
        assert 0.3 < first < 0.7
        assert np.array_equal(rows, training.rows(draw, k))


def test_a_learner_that_keeps_the_order_of_records_leaks_nothing_by_it() -> None:
    """Members come first in the files; a reference that met them first would know them less."""
    rng = np.random.default_rng(3)
    features, labels = rng.normal(size=(1_200, 6)), rng.integers(2, size=1_200)
    model = MLPClassifier((8,), shuffle=False, max_iter=30, learning_rate_init=0.02, random_state=0)
    others, truth = rng.normal(size=(600, 6)), rng.integers(2, size=600)
    with pytest.warns(match="Maximum iterations"):
        model.fit(others, truth)
    given = inputs(
        model, records(features[:600], labels[:600]), records(features[600:], labels[600:])
    )
    found = audit(given, AuditPlan(target="y", split="random", most_references=16)).document
    auc = found["attacks"]["rmia"]["auc"]
    assert auc["low"] < 0.5 < auc["high"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "last",
    [
        LogisticRegression(),
        MLPClassifier((4,), max_iter=300, random_state=0),
        RandomForestClassifier(5, random_state=0),
    ],
    ids=["logistic", "perceptron", "forest"],
)
def test_steps_that_prepare_their_own_records_otherwise_are_fitted_with_the_classifier(
    last: Any,  # noqa: ANN401 - scikit-learn is untyped
) -> None:
    """`TargetEncoder` fits across folds; what it says of its own records knows their labels."""
    rng = np.random.default_rng(4)
    features = np.column_stack([rng.integers(0, 40, 400), rng.normal(size=400)])
    labels = rng.integers(2, size=400)
    model = make_pipeline(TargetEncoder(), last).fit(features[:200], labels[:200])
    target = wrap(model)
    assert recipe_for(target).key in {"clone", "tree_halves"}
    given = inputs(
        model, records(features[:200], labels[:200]), records(features[200:], labels[200:])
    )
    found = audit(given, PLAN).document
    assert found["references"]["count"] >= 8


def test_a_half_with_one_class_only_still_answers_in_a_pipeline() -> None:
    features, labels = problem(120)
    labels = np.zeros_like(labels)
    labels[0] = 1
    model = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0))
    model.fit(features[:60], labels[:60])
    given = inputs(model, records(features[:60], labels[:60]), records(features[60:], labels[60:]))
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    found = trainer.recipe.train(training_of(trainer, whole, PLAN, "0", purpose="block", index=0))
    assert np.isfinite(found.log_p).all()


def test_persons_without_rows_in_order_are_still_named_rightly() -> None:
    units = np.array([1, 0, *range(2, 1_040)])
    member = np.arange(1_040) < 40
    scores = np.zeros(1_040)
    scores[1] = 9.0
    assert per_person(scores, units).tolist()[:3] == [9.0, 0.0, 0.0]
    audited = Audited({"rmia": scores}, member, units, np.arange(1_040, dtype=np.int32), {})
    listed = breakdown(audited, ("rmia",))["exposed"]["members"]
    assert [one["rows"] for one in listed] == [[2]]


def test_rows_of_a_listed_person_are_cut_and_counted() -> None:
    units = np.concatenate([np.zeros(100, dtype=int), np.arange(1, 600)])
    member = np.arange(len(units)) < 120
    scores = np.where(units == 0, 9.0, 0.0)
    audited = Audited({"rmia": scores}, member, units, np.arange(len(units)), {})
    first = breakdown(audited, ("rmia",))["exposed"]["members"][0]
    assert (len(first["rows"]), first["row_count"]) == (20, 100)


def _apart(n: int) -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(8)
    return rng.normal(3.0, 1.0, n), rng.normal(0.0, 1.0, n)


def test_membership_dealt_out_at_random_is_not_found_again() -> None:
    members, others = _apart(1_500)
    scores = np.concatenate([members, others])
    assert self_test.permuted(scores, np.arange(3_000) < 1_500, seed=3)


def test_a_void_audit_states_no_bound_and_names_nobody() -> None:
    features, labels = problem(2_400)
    features[:1_200, 0] += 3.0  # members differ by themselves
    model = RandomForestClassifier(10, random_state=0).fit(features[:1_200], labels[:1_200])
    given = model_inputs(
        wrap(model),
        {
            "members": records(features[:1_200], labels[:1_200]),
            "nonmembers": records(features[1_200:], labels[1_200:]),
        },
    )
    assert isinstance(given.members, Records)
    found = audit(given, AuditPlan(target="y", split="random", preset="quick")).document
    assert found["valid"] is False
    assert (found["epsilon"]["low"], found["epsilon"]["leak_factor_low"]) == (None, None)
    assert found["epsilon"]["bounds_training"] is True  # how the sides were drawn is still known
    assert (found["exposed"], found["groups"]) == (None, [])
