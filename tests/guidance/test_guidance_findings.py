"""Results become findings, findings call for controls, controls are put in order."""

from typing import Any

import pytest

from audits.guidance.catalogue import by_id
from audits.guidance.facts import FACTS, Facts
from audits.guidance.findings import (
    CONTROLS,
    Finding,
    controls_for,
    findings_of,
    priority,
)
from audits.guidance.reading import family_word, read
from audits.guidance.wording import say, sentences
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
    assert all(say(f"finding.{one.key}", dict(one.params)).endswith(".") for one in found)


def test_overfit_gap_is_said_in_points() -> None:
    (found,) = findings_of(make_document(0, model={"gap": 0.123}), {})
    assert found == Finding("overfit_gap", (("gap", "12"),))
    assert say("finding.overfit_gap", dict(found.params)).startswith(
        "The model is right 12 points more often"
    )


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


def test_read_refuses_a_document_without_a_verdict() -> None:
    document = make_document(0)
    del document["verdict"]
    with pytest.raises(KeyError):
        read(document)
