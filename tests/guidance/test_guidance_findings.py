"""Results become findings, findings call for controls, controls are put in order."""

from typing import Any

import pytest

from audits.guidance.catalogue import by_id
from audits.guidance.facts import FACTS, Facts
from audits.guidance.findings import (
    CONTROLS,
    Finding,
    actions,
    controls_for,
    facts_from,
    findings_of,
    priority,
    sentence,
    top_actions,
)
from audits.guidance.matching import matches
from audits.guidance.reading import family_word, read
from audits.guidance.wording import sentences
from tests.guidance.audit_documents import make_document

MODEL: Facts = {
    "asset": "model", "org": "smb", "data.personal": True, "data.class": "health", "S": 5,
    "origin": "in_house", "training.dp": "none", "exposure": "public", "outputs": ("label",),
}  # fmt: skip

# the published list of first controls
FIRST_CONTROLS = {
    "leak_L3plus": ("AI-25", "AI-26", "AI-22", "AI-20"),
    "leak_L2": ("AI-20", "AI-09", "AI-07"),
    "overfit_gap": ("AI-20", "AI-19"),
    "worst_decile": ("AI-09", "AI-28"),
    "rows_stored": ("AI-21", "AI-26"),
    "inconclusive": ("AI-19", "AI-12"),
    "invalid_split": ("AI-19", "AI-12"),
    "scores_exposed": ("AI-24",),
    "regression": ("AI-29", "AI-31", "AI-12"),
    "no_logs": ("AI-30",),
    "cross_client": ("AI-15", "AI-16", "AI-31"),
    "vendor_knockout": ("AI-33", "AI-34", "AI-36"),
}


@pytest.mark.parametrize(("key", "controls"), FIRST_CONTROLS.items(), ids=list(FIRST_CONTROLS))
def test_finding_leads_to_existing_controls(key: str, controls: tuple[str, ...]) -> None:
    assert controls_for(key) == controls
    assert set(controls) <= by_id().keys()


def test_every_finding_has_controls_and_a_sentence() -> None:
    said = {key.removeprefix("finding.") for key in sentences() if key.startswith("finding.")}
    assert CONTROLS.keys() == FIRST_CONTROLS.keys() == said


@pytest.mark.parametrize(
    ("level", "parts", "facts", "expected"),
    [
        (0, {}, {}, []),
        (1, {}, {}, []),
        (2, {}, {}, ["leak_L2"]),
        (3, {}, {}, ["leak_L3plus"]),
        (4, {}, {}, ["leak_L3plus"]),
        (0, {"model": {"gap": 0.05}}, {}, []),
        (0, {"model": {"gap": 0.051}}, {}, ["overfit_gap"]),
        (0, {"model": {"gap": None}}, {}, []),
        (0, {"model": {"family": "svm"}}, {}, ["rows_stored"]),
        (0, {"model": {"family": "KNeighborsClassifier"}}, {}, ["rows_stored"]),
        (0, {"model": {"family": None}}, {"model.family": "gp"}, ["rows_stored"]),
        (0, {"model": {"family": "other", "stores_rows": True}}, {}, ["rows_stored"]),
        (0, {"outcome": "inconclusive"}, {}, ["inconclusive"]),
        (None, {}, {}, ["invalid_split"]),
        (0, {}, {"outputs": ("label", "probs")}, ["scores_exposed"]),
        (0, {}, {"outputs": ("label", "weights")}, []),
        (3, {"model": {"gap": 0.2, "family": "knn"}}, {"outputs": "logits"},
         ["leak_L3plus", "rows_stored", "overfit_gap", "scores_exposed"]),
    ],
)  # fmt: skip
def test_findings_of_a_result(
    level: int | None,
    parts: dict[str, Any],
    facts: Facts,
    expected: list[str],
) -> None:
    found = findings_of(make_document(level, **parts), facts)
    assert [finding.key for finding in found] == expected
    assert all(sentence(finding).endswith(".") for finding in found)


def test_overfit_gap_is_said_in_points() -> None:
    (found,) = findings_of(make_document(0, model={"gap": 0.123}), {})
    assert found == Finding("overfit_gap", (("gap", "12"),))
    assert sentence(found).startswith("The model is right 12 points more often")


def test_facts_from_adds_what_the_audit_found() -> None:
    facts = facts_from(make_document(2, model={"gap": 0.2}), MODEL)
    assert {name: facts[name] for name in facts.keys() - MODEL.keys()} == {
        "finding.exists": True, "finding.leak": 2, "finding.overfit_gap": 0.2,
        "model.family": "forest", "tree.min_leaf": None,
    }  # fmt: skip
    assert matches("finding.leak>=L2 and finding.overfit_gap>0.05 and finding.exists", facts)


def test_facts_from_keeps_the_family_a_person_gave() -> None:
    facts = facts_from(make_document(None), {**MODEL, "model.family": "svm"})
    assert facts["model.family"] == "svm"
    assert not matches("finding.leak>=L0", facts)


@pytest.mark.parametrize(("setting", "leaf"), [(1.0, 1.0), (20.0, 20.0), (0.01, 20.0), (1e-9, 1.0)])
def test_facts_from_tells_the_smallest_leaf_in_records(setting: float, leaf: float) -> None:
    facts = facts_from(make_document(0, model={"min_samples_leaf": setting}), MODEL)
    assert facts["tree.min_leaf"] == leaf
    small = "tree.min_leaf<5"
    assert matches(small, facts) is (leaf < 5)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("random_forest", "forest"), ("gradient_boosting", "boosting"), ("knn", "knn"),
        ("logistic_regression", "linear"), ("decision_tree", "tree"), ("mlp", "mlp"),
        ("naive_bayes", "naive_bayes"), ("svm", "svm"), ("other", "other"), (None, None),
        ("", None), ("LinearSVC", "linear"), ("NuSVC", "svm"),
        ("HistGradientBoostingClassifier", "boosting"),
        ("ExtraTreesClassifier", "forest"), ("GaussianProcessClassifier", "gp"),
        ("LabelSpreading", "case_based"), ("GaussianNB", "naive_bayes"), ("Mystery", "other"),
    ],
)  # fmt: skip
def test_family_word_is_one_the_rules_know(name: str | None, word: str | None) -> None:
    assert family_word(name) == word
    assert word is None or word in FACTS["model.family"].values


def test_priority_is_weight_times_impact_and_half_more_when_triggered() -> None:
    assert priority(4, 3, finding_triggered=False) == 12
    assert priority(4, 3, finding_triggered=True) == 18


def test_actions_after_a_serious_leak_start_with_the_controls_it_calls_for() -> None:
    document = make_document(3)
    findings = findings_of(document, MODEL)
    facts = facts_from(document, MODEL)
    top = top_actions(facts, findings, impact=5)
    assert [action.control.id for action in top] == ["AI-25", "AI-26", "AI-22"]
    assert [action.priority for action in top] == [37.5, 37.5, 37.5]
    assert {action.findings for action in top} == {("leak_L3plus",)}
    rest = top_actions(facts, findings, impact=5, done=("AI-25", "AI-22"), limit=2)
    assert [action.control.id for action in rest] == ["AI-26", "AI-20"]


def test_actions_without_findings_follow_weight_then_effort() -> None:
    facts = facts_from(make_document(0), MODEL)
    found = actions(facts, (), impact=3)
    assert [action.priority for action in found] == sorted(
        (action.priority for action in found), reverse=True
    )
    assert found[0].control.weight == 5
    assert found[0].control.effort == "S"
    assert all(action.findings == () for action in found)
    assert len({action.control.id for action in found}) == len(found)


def test_finding_calls_for_controls_whose_rule_would_not_apply() -> None:
    facts = {**MODEL, "exposure": "locked"}
    document = make_document(2)
    found = actions(facts_from(document, facts), findings_of(document, facts), impact=4)
    called = {action.control.id for action in found if action.findings}
    assert called == {"AI-20", "AI-09", "AI-07"}


def test_read_refuses_a_document_without_a_verdict() -> None:
    document = make_document(0)
    del document["verdict"]
    with pytest.raises(KeyError):
        read(document)
