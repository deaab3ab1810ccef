"""Results become findings, findings call for controls, controls are put in order."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from audits.guidance import ranges
from audits.guidance.catalogue import by_id
from audits.guidance.facts import FACTS, Facts
from audits.guidance.findings import (
    BY_ANSWER,
    CONTROLS,
    Finding,
    controls_for,
    findings_of,
    knocked_out,
    priority,
    sentence,
)
from audits.guidance.growth import Earlier
from audits.guidance.ranges import Share, difference_low
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
    assert all("“Churn”" in sentence(one.key, "Churn", dict(one.params)) for one in found)


def test_overfit_gap_is_said_in_points() -> None:
    (found,) = findings_of(make_document(0, model={"gap": 0.123}), {})
    assert found == Finding("overfit_gap", (("gap", "12"), ("share", "0.1230")))
    assert sentence(found.key, "Churn", dict(found.params)).startswith(
        "“Churn” is right 12 points more often"
    )


ACCURACY, AUDITS = 0.8, 500


def gaps(inside: float | None, outside: float | None, members: int, nonmembers: int) -> list[str]:
    """What is found of shares of right answers, alone in an audit of so many."""
    gap = None if inside is None or outside is None else inside - outside
    model = {"member_accuracy": inside, "nonmember_accuracy": outside, "gap": gap}
    document = make_document(0, model=model)
    document["records"] |= {"members": members, "nonmembers": nonmembers}
    return [one.key for one in findings_of(document, {})]


@pytest.mark.parametrize(("members", "nonmembers"), [(100, 100), (1_000, 100), (300, 300)])
def test_equal_answers_seldom_make_a_gap(members: int, nonmembers: int) -> None:
    """A model right equally often on both sides: one in twenty is the error of the limit."""
    random = np.random.default_rng(1998)
    found = 0
    for _ in range(AUDITS):
        inside = random.binomial(members, ACCURACY) / members
        outside = random.binomial(nonmembers, ACCURACY) / nonmembers
        found += "overfit_gap" in gaps(inside, outside, members, nonmembers)
    assert found <= binom.isf(0.01, AUDITS, ranges.ONE_SIDED_ERROR)


@pytest.mark.parametrize(
    ("inside", "outside", "size", "found"),
    [
        (0.95, 0.8, 100, True),
        (0.86, 0.8, 100, False),
        (0.86, 0.8, 1_000, True),
        # Beyond chance, and too small to matter.
        (0.84, 0.8, 100_000, False),
        (1.0, 0.9, 100, True),
        (1.0, 0.0, 1, False),
        (1.0, 0.0, 0, False),
        (None, None, 1_000, False),
    ],
)
def test_gap_is_a_finding_where_it_is_large_and_beyond_chance(
    *, inside: float | None, outside: float | None, size: int, found: bool
) -> None:
    assert gaps(inside, outside, size, size) == (["overfit_gap"] if found else [])


@pytest.mark.parametrize(
    ("first", "second", "low"),
    [
        ((56, 70), (48, 80), 0.0524), ((9, 10), (3, 10), 0.1705), ((6, 7), (2, 7), 0.0582),
        ((10, 10), (0, 20), 0.6791),
    ],
)  # fmt: skip
def test_limit_of_a_difference_is_the_published_one(
    first: tuple[int, int], second: tuple[int, int], low: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newcombe (1998), table II, method 10, which has two-sided limits of 95 %."""
    monkeypatch.setattr(ranges, "ONE_SIDED_ERROR", ranges.SIDE_ERROR)
    shares = [Share(hits / trials, trials) for hits, trials in (first, second)]
    assert difference_low(*shares) == pytest.approx(low, abs=5e-5)


STANDING_OUT = {"attack": "rmia", "flagged": 400, "members": 320.0, "tpr": 0.16}


@pytest.mark.parametrize(
    ("precision", "records", "found"),
    [(0.8, 2_000, True), (0.68, 2_000, False), (0.5, 2_000, False), (0.8, 90, False)],
)
def test_worst_tenth_is_a_finding_where_it_leaks_far_more(
    *, precision: float, records: int, found: bool
) -> None:
    """Twice the odds at the lower limit, and never on too few records."""
    decile = STANDING_OUT | {"precision": precision, "base_rate": 0.5}
    decile["members"] = 400 * precision
    document = make_document(0, records=records, top_decile=decile)
    keys = [one.key for one in findings_of(document, {})]
    assert ("worst_decile" in keys) is found


STRONG = make_document(3, records=20_000, catch=0.2, catch_strict=0.06)
BEFORE = Earlier(document=make_document(1), day="3 May 2026")


@pytest.mark.parametrize(
    ("document", "facts", "key", "said"),
    [
        (STRONG, {}, "leak_L3plus", "of every 1,000 that were, 60 are picked out (57 to 63)"),
        (make_document(3), {}, "leak_L3plus", "names the right one 72 times in 100 (68 to 76)"),
        (make_document(2), {}, "leak_L2", "names the right one 72 times in 100 (68 to 76)"),
        (make_document(None), {}, "invalid_split", "on 2,000 used for training and 2,000 held out"),
        (
            make_document(0, outcome="inconclusive", records=400),
            {},
            "inconclusive",
            "on 400 used for training and 400 held out",
        ),
        (make_document(0, model={"family": "knn"}), {}, "rows_stored", "nearest-neighbour model"),
        (make_document(0), {"outputs": "probs"}, "scores_exposed", "how sure it is of each"),
        (
            make_document(
                0, top_decile=STANDING_OUT | {"precision": 0.8, "base_rate": 0.5}
            ),
            {},
            "worst_decile",
            "of the 400 ranked highest, 80 in 100 were used for training, where chance would"
            " give 50",
        ),
        (
            make_document(
                0, top_decile=STANDING_OUT | {"precision": 0.996, "base_rate": 0.002}
            ),
            {},
            "worst_decile",
            "of the 400 ranked highest, more than 99 in 100 were used for training, where chance"
            " would give fewer than 1.",
        ),
        (make_document(2), {}, "regression", "its test of 3 May 2026: level L1 then, L2 now"),
    ],
)  # fmt: skip
def test_finding_names_the_model_and_its_figure(
    document: dict[str, Any], facts: Facts, key: str, said: str
) -> None:
    found = {one.key: one for one in findings_of(document, facts, earlier=BEFORE)}
    told = sentence(key, "Churn", dict(found[key].params))
    assert told.startswith("“Churn” ")
    assert said in told


def test_a_share_that_was_stored_as_all_is_told_as_nearly_all() -> None:
    stored = {"form": "tenth", "flagged": "800", "in_tenth": "100", "chance": "50"}
    told = sentence("worst_decile", "Churn", stored)
    assert "more than 99 in 100 were used for training, where chance would give 50." in told


def test_every_finding_has_a_producer() -> None:
    """Audits, the review of a vendor, and answers of the checklist: no key is words alone."""
    decile = STANDING_OUT | {"precision": 0.8, "base_rate": 0.5}
    documents = (
        make_document(3, top_decile=decile, model={"family": "knn", "gap": 0.2}),
        make_document(2),
        make_document(None),
        make_document(0, outcome="inconclusive"),
    )
    made = {
        one.key
        for document in documents
        for one in findings_of(document, {"outputs": "probs"}, earlier=BEFORE)
    }
    assert made | {knocked_out(1).key} | set(BY_ANSWER.values()) == CONTROLS.keys()


@pytest.mark.parametrize(
    ("answers", "said"), [(1, "by one answer of its vendor"), (3, "by 3 answers of its vendor")]
)
def test_knock_outs_are_counted(answers: int, said: str) -> None:
    found = knocked_out(answers)
    assert said in sentence(found.key, "Notes", dict(found.params))


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
