import json
import re
import time
import warnings
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit, pipeline
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.errors import AuditCancelled, InputError
from audits.engine.pipeline import (
    conclude,
    decide_stop,
    prepare,
    reference_block,
    steps_in_all,
)
from audits.engine.types import Block, ModelInputs, Predictions, Provenance, plan_sha256
from tests.engine.cast import halves, inputs, problem, records

PLAN = AuditPlan(target="y")
NOWHERE = Provenance()


def forest(n_trees: int = 10) -> RandomForestClassifier:
    return RandomForestClassifier(n_trees, random_state=0)


@pytest.fixture(scope="module")
def small() -> ModelInputs:
    return halves(DecisionTreeClassifier(max_depth=6, random_state=0), 120)


def without_times(document: dict[str, object]) -> dict[str, object]:
    copy = json.loads(json.dumps(document))
    copy["timing"]["total_seconds"] = copy["references"]["seconds"] = 0
    return dict(copy)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=6, random_state=0),
        RandomForestClassifier(12, random_state=0),
        LogisticRegression(),
        MLPClassifier((8,), max_iter=5, random_state=0),
        RandomForestRegressor(12, random_state=0),
    ],
    ids=["any", "forest", "logistic", "perceptron", "numbers"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_audit_gives_the_same_document_again_with_any_number_of_threads(
    model: BaseEstimator,
) -> None:
    given = halves(model, 120)
    first = audit(given, PLAN).document
    again = audit(given, AuditPlan(target="y", threads=2)).document
    assert without_times(first) == without_times(again)


def test_audit_with_another_seed_is_another_audit(small: ModelInputs) -> None:
    first, other = (audit(small, AuditPlan(target="y", seed=seed)).document for seed in (0, 1))
    assert first["provenance"]["plan_sha256"] != other["provenance"]["plan_sha256"]
    assert first["attacks"]["loss"]["auc"] == other["attacks"]["loss"]["auc"]
    assert first["attacks"]["rmia"]["auc"] != other["attacks"]["rmia"]["auc"]


def test_overfitted_forest_reaches_a_level_and_says_which_attack_did() -> None:
    document = audit(halves(forest(), 1_200), PLAN).document
    assert document["valid"] is True
    assert document["verdict"]["reached"] in {"L2", "L3", "L4"}
    assert document["best_attack"] == "rmia"
    assert document["model"]["family"] == "random_forest"
    assert document["model"]["gap"] > 0.1
    assert document["references"]["recipe"] == "tree_halves"


def test_model_trained_on_other_records_shows_no_sign() -> None:
    features, labels = problem(6_000)
    model = LogisticRegression().fit(features[:2_000], labels[:2_000])
    strangers = inputs(
        model,
        records(features[2_000:4_000], labels[2_000:4_000]),
        records(features[4_000:], labels[4_000:]),
    )
    verdict = audit(strangers, PLAN).document["verdict"]
    assert (verdict["reached"], verdict["outcome"]) == ("L0", "no_sign")


def test_shifted_column_makes_the_audit_invalid() -> None:
    features, labels = problem(1_200)
    model = LogisticRegression().fit(features[:600], labels[:600])
    features[600:, 3] += 2.0
    shifted = inputs(
        model, records(features[:600], labels[:600]), records(features[600:], labels[600:])
    )
    document = audit(shifted, AuditPlan(target="y", preset="quick")).document
    verdict = document["verdict"]
    assert document["valid"] is False
    assert (verdict["reached"], verdict["ceiling"], verdict["grade"]) == (None, None, None)
    assert verdict["outcome"] == "invalid"
    checks = {check["check"]: check["passed"] for check in document["validity"]}
    assert checks == {
        "schema": True, "classes": True, "sizes": True, "duplicates": True,
        "blind_baseline": False, "reference_accuracy": None, "self_test": None,
    }  # fmt: skip


def test_quick_preset_trains_no_references(small: ModelInputs) -> None:
    document = audit(small, AuditPlan(target="y", preset="quick")).document
    assert sorted(document["attacks"]) == ["entropy", "gap", "label_noise", "loss", "quantile"]
    assert document["references"] == {
        "count": 0, "recipe": None, "agreement": None, "surrogate": None, "trained_by": None,
        "stopped_because": None, "seconds": 0, "growth": [],
    }  # fmt: skip


def predictions() -> Predictions:
    rng = np.random.default_rng(0)
    is_member = rng.random(1_000) < 0.5
    sure = np.clip(rng.beta(3, 2, 1_000) + 0.2 * is_member, 0, 0.99)
    labels = rng.integers(2, size=1_000)
    own = np.stack([sure, 1 - sure], axis=1)
    probabilities = np.where(labels[:, None] == 0, own, own[:, ::-1])
    return Predictions(is_member, labels, probabilities, ("no", "yes"))


def test_predictions_are_audited_by_what_needs_no_records() -> None:
    given = predictions()
    is_member = given.is_member
    document = audit(given, AuditPlan()).document
    assert document["depth"] == 1
    assert sorted(document["attacks"]) == ["entropy", "gap", "loss"]
    assert document["records"] == {
        "unit": "record", "members": int(is_member.sum()), "nonmembers": int((~is_member).sum()),
        "population": 0, "features": None, "classes": 2,
    }  # fmt: skip
    assert document["model"]["family"] is None
    assert document["attacks"]["loss"]["auc"]["low"] > 0.6


def test_stages_with_a_hand_over_between_them_equal_the_audit(small: ModelInputs) -> None:
    whole = audit(small, PLAN).document
    prepared, blocks = prepare(small, PLAN, NOWHERE), list[Block]()
    prepared = type(prepared)(json.loads(json.dumps(prepared.facts)), prepared.arrays)
    decision = decide_stop(PLAN, prepared, blocks)
    while decision.next_blocks:
        blocks += [reference_block(small, PLAN, prepared, i) for i in decision.next_blocks]
        decision = decide_stop(PLAN, prepared, blocks)
    blocks.reverse()
    staged = conclude(
        PLAN, prepared, blocks, NOWHERE, stopped_because=decision.reason, total_seconds=0.0
    ).document
    assert without_times(staged) == without_times(whole)


def test_block_is_fixed_by_plan_hash_and_index(small: ModelInputs) -> None:
    prepared = prepare(small, PLAN, NOWHERE)
    first, again, other = (reference_block(small, PLAN, prepared, i) for i in (0, 0, 1))
    assert first.log_p.dtype == np.float32
    assert first.log_p.shape == (4, len(prepared.arrays["labels"]))
    assert np.array_equal(first.log_p, again.log_p)
    assert first.accuracy == again.accuracy
    assert not np.array_equal(first.log_p, other.log_p)


def test_blocks_of_other_files_are_other_blocks(small: ModelInputs) -> None:
    first, other = (
        prepare(small, PLAN, Provenance({"members": digest * 64})) for digest in ("a", "b")
    )
    mine, theirs = (reference_block(small, PLAN, prepared, 0).inside for prepared in (first, other))
    assert not np.array_equal(mine, theirs)


def test_plan_hash_covers_plan_and_inputs_but_not_threads() -> None:
    base = plan_sha256(PLAN, NOWHERE)
    assert plan_sha256(AuditPlan(target="y", threads=4, time_budget_seconds=9), NOWHERE) == base
    changes: dict[str, Any] = {
        "target": "z", "drop": ("a",), "group": "person", "weight": "w", "split": "random",
        "preset": "deep", "most_references": 8, "seed": 1, "delta": 1e-6, "subgroups": ("a",),
    }  # fmt: skip
    assert {*changes, "threads", "time_budget_seconds"} == {f.name for f in fields(AuditPlan)}
    others = [plan_sha256(replace(PLAN, **{name: to}), NOWHERE) for name, to in changes.items()]
    others.append(plan_sha256(PLAN, Provenance({"model": "c" * 64})))
    assert len({base, *others}) == 12


def test_progress_starts_at_zero_rises_and_ends_complete(small: ModelInputs) -> None:
    seen: list[tuple[int, int, str]] = []
    audit(small, PLAN, on_progress=lambda *step: seen.append(step))
    steps = [step for step, _, _ in seen]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, steps_in_all(PLAN))
    assert list(dict.fromkeys(re.sub(r", block \d+", "", name) for _, _, name in seen)) == [
        "Reading the records",
        "Asking the model",
        "Attacking the model",
        "Weighing the answers",
        "Training reference models",
        "Working out the verdict",
        "Done",
    ]
    assert {total for _, total, _ in seen} == {steps_in_all(PLAN)}


def test_cancel_before_the_first_block_raises(small: ModelInputs) -> None:
    with pytest.raises(AuditCancelled):
        audit(small, PLAN, should_cancel=lambda: True)


def test_cancel_is_heard_while_the_records_are_prepared(small: ModelInputs) -> None:
    """Before an attack, and each time the model is asked; nothing more is trained then."""
    steps: list[str] = []

    def attacking() -> bool:
        return bool(steps) and steps[-1].startswith("Attacking")

    with pytest.raises(AuditCancelled):
        audit(
            small, PLAN,
            on_progress=lambda _step, _total, name: steps.append(name), should_cancel=attacking,
        )  # fmt: skip
    assert steps[-1].startswith("Attacking")


def test_cancel_is_heard_by_an_audit_of_predictions() -> None:
    asked = iter([False, True])
    with pytest.raises(AuditCancelled):
        audit(predictions(), AuditPlan(), should_cancel=lambda: next(asked, True))


@pytest.mark.parametrize(("begun", "count"), [(2, 8), (1, 4)], ids=["a round", "within a round"])
def test_cancel_after_a_block_concludes_from_what_is_there(
    small: ModelInputs, begun: int, count: int
) -> None:
    blocks: list[str] = []

    def progress(_step: int, _total: int, name: str) -> None:
        blocks.extend([name] if name.startswith("Training reference models") else [])

    document = audit(
        small, AuditPlan(target="y", preset="deep"),
        on_progress=progress, should_cancel=lambda: len(blocks) >= begun,
    ).document  # fmt: skip
    assert document["references"]["count"] == count
    assert document["references"]["stopped_because"] == "cancelled"


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        (MLPClassifier((8,), max_iter=5), "mlp"),
        (LogisticRegression(), "warm_start"),
        (RandomForestClassifier(8), "tree_halves"),
        (GaussianNB(), "clone"),
    ],
    ids=["perceptron", "logistic", "forest", "any"],
)
def test_plan_of_four_references_trains_no_more(model: BaseEstimator, recipe: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # five epochs do not converge
        found = audit(halves(model, 120), AuditPlan(target="y", most_references=4))
    references = found.document["references"]
    assert (references["recipe"], references["count"]) == (recipe, 4)
    assert references["stopped_because"] == "cap"


def test_references_larger_than_the_model_are_stated() -> None:
    features, labels = problem(120)
    model = DecisionTreeClassifier(max_depth=3).fit(features[:20], labels[:20])
    given = inputs(model, records(features[:20], labels[:20]), records(features[20:], labels[20:]))
    warnings = prepare(given, PLAN, NOWHERE).facts["warnings"]
    assert warnings[-1] == "References trained on 60 records each, more than the model's 20."


def test_recipe_that_cannot_be_fitted_on_a_half_is_refused() -> None:
    features, labels = problem(40)
    model = CalibratedClassifierCV(GaussianNB(), cv=12).fit(features, labels)
    given = inputs(model, records(features[:20], labels[:20]), records(features[20:], labels[20:]))
    with pytest.raises(InputError, match="cannot be trained again on half of the records"):
        prepare(given, PLAN, NOWHERE)


def test_time_budget_stops_further_blocks(small: ModelInputs) -> None:
    plan = AuditPlan(target="y", preset="deep", time_budget_seconds=0.0)
    references = audit(small, plan).document["references"]
    assert (references["count"], references["stopped_because"]) == (4, "time")


def test_time_budget_counts_one_more_block_like_the_last(small: ModelInputs) -> None:
    block = replace(reference_block(small, PLAN, prepare(small, PLAN, NOWHERE), 0), seconds=60.0)
    now = time.monotonic()
    assert pipeline._needed(now - 30, []) == pytest.approx(30.0, abs=1.0)
    assert pipeline._needed(now - 30, [block]) == pytest.approx(90.0, abs=1.0)


def test_time_budget_that_is_not_used_up_changes_nothing(small: ModelInputs) -> None:
    plenty = replace(PLAN, time_budget_seconds=3600.0)
    assert without_times(audit(small, plenty).document) == without_times(
        audit(small, PLAN).document
    )


def test_population_tops_references_up_to_the_members() -> None:
    features, labels = problem(500)
    model = DecisionTreeClassifier(max_depth=5, random_state=0).fit(features[:200], labels[:200])
    given = inputs(
        model,
        records(features[:200], labels[:200]),
        records(features[200:300], labels[200:300]),
        population=records(features[300:], labels[300:]),
    )
    prepared = prepare(given, PLAN, NOWHERE)
    assert prepared.facts["population"] == 200
    whole = assemble(given)
    trainer = trainer_for(given, whole, PLAN, "0")
    training = training_of(trainer, whole, PLAN, "0", purpose="block", index=0)
    draw = training.draw(4)
    assert [len(training.rows(draw, k)) for k in range(4)] == [200, 200, 200, 200]
    assert all(training.rows(draw, k).max() >= 300 for k in range(4))
    assert audit(given, PLAN).document["records"]["population"] == 200


def test_persons_are_scored_once_and_counted() -> None:
    features, labels = problem(600)
    model = DecisionTreeClassifier(max_depth=5, random_state=0).fit(features[:300], labels[:300])
    persons = np.array([f"p{i // 2}" for i in range(600)])
    given = inputs(
        model,
        records(features[:300], labels[:300], persons[:300]),
        records(features[300:], labels[300:], persons[300:]),
    )
    plan = AuditPlan(target="y", group="person", preset="quick")
    found = audit(given, plan).document["records"]
    assert (found["members"], found["nonmembers"]) == (150, 150)


def test_person_on_both_sides_is_left_out() -> None:
    features, labels = problem(80)
    model = DecisionTreeClassifier(max_depth=2).fit(features, labels)
    persons = np.arange(80)
    persons[40:45] = persons[:5]
    given = inputs(
        model,
        records(features[:40], labels[:40], persons[:40]),
        records(features[40:], labels[40:], persons[40:]),
    )
    document = audit(given, AuditPlan(target="y", group="p", preset="quick")).document
    assert (document["records"]["members"], document["records"]["nonmembers"]) == (35, 35)
    details = {check["check"]: check["detail"] for check in document["validity"]}
    assert "10 records of persons on both sides" in details["duplicates"]


def test_class_missing_from_a_half_gets_no_probability_and_no_crash() -> None:
    features, labels = problem(60)
    labels[0] = labels[40] = 2
    model = DecisionTreeClassifier(random_state=0).fit(features, labels)
    given = inputs(model, records(features[:30], labels[:30]), records(features[30:], labels[30:]))
    prepared = prepare(given, PLAN, NOWHERE)
    block = reference_block(given, PLAN, prepared, 0)
    assert np.isfinite(block.log_p).all()
    inside = block.inside
    rare = np.flatnonzero(prepared.arrays["labels"] == 2)
    unseen = ~inside[:, rare].any(axis=1)
    assert (block.log_p[np.ix_(unseen, rare)] < -700).all()


def test_half_of_one_class_only_still_gives_signals() -> None:
    features, labels = problem(24)
    labels[:] = 0
    labels[0] = labels[12] = 1
    model = LogisticRegression().fit(features, labels)
    given = inputs(model, records(features[:12], labels[:12]), records(features[12:], labels[12:]))
    prepared = prepare(given, PLAN, NOWHERE)
    signals = [reference_block(given, PLAN, prepared, i).log_p for i in range(6)]
    assert np.isfinite(np.concatenate(signals)).all()
