"""The owner's words: the right sentence, the right figures, easy to read, never a promise."""

import itertools
import re
from functools import lru_cache
from typing import Any

import pytest

from audits.guidance.explain import BANDS, OwnerWords, badge_words, explain, headline
from audits.guidance.ranges import share_range
from audits.guidance.rating import Exposure, RatingInput, rate, rate_audit
from audits.guidance.reading import read
from audits.guidance.wording import say, sentences
from tests.guidance.audit_documents import make_document

Document = dict[str, Any]
LEAK = {"leak_factor_low": 11.4}
STRICT = make_document(3, records=10_000, catch=0.1, catch_strict=0.02, epsilon=LEAK)


def words(document: Document, impact: int = 3, *, exposure: str = "internal") -> OwnerWords:
    return explain(document, impact=impact, reveals_membership=False, exposure=exposure)


def test_headline_gives_the_published_sentence_with_both_ranges() -> None:
    assert words(STRICT).headline == (
        "Some people in your data can be picked out with confidence. At a setting that wrongly "
        "accuses between 0.5 and 1.8 of every 1,000 people who are not in your data, the test "
        "picked out 20 of every 1,000 who are (17 to 23). Allowing for both, it is at least about "
        "11 times likelier to flag someone who is in."
    )


def test_headline_uses_the_setting_that_shows_the_level() -> None:
    too_few = make_document(2, records=2_000, catch=0.05, catch_strict=0.02)
    weak_strict = make_document(2, records=10_000, catch=0.05, catch_strict=0.002)
    for document in (too_few, weak_strict):
        assert "picked out 50 of every 1,000" in words(document).headline
    assert "between 6.1 and 15 of every 1,000" in words(too_few).headline
    assert "likelier" not in words(too_few).headline


def test_headline_falls_back_to_pairs_without_a_telling_rate() -> None:
    document = make_document(2, records=600, epsilon={"leak_factor_low": 2.38})
    assert words(document).headline == (
        "Some people in your data can be guessed better than chance. Shown one person who is in "
        "your data and one who is not, the test told them apart 72 times in 100 (68 to 76). A coin "
        "would be right 50 times. At another setting it is at least about 2.3 times "
        "likelier to flag someone who is in."
    )


def test_headline_does_not_credit_the_shown_setting_with_a_larger_leak_factor() -> None:
    document = make_document(4, catch=0.4, epsilon={"leak_factor_low": 73.5})
    found = words(document).headline
    assert "At another setting it is at least about 73 times likelier" in found
    assert "Allowing for both" not in found


def test_trace_claims_nothing_for_the_setting_that_was_not_rated() -> None:
    assert "too little to be of use on its own." in words(make_document(1, records=10_000)).headline
    rough = words(make_document(1, records=9_000)).headline
    assert "too little to be of use at the settings that we could test." in rough


def test_nobody_is_picked_out_by_a_ranking_alone() -> None:
    found = words(make_document(3, records=600))
    assert found.headline.startswith(
        "The people in your data can be told from others far better than chance. Shown one person"
    )
    assert "may guess better than chance" in found.meaning[0]
    assert "picked out" not in found.headline


def test_inconclusive_says_that_signs_were_seen_which_do_not_count() -> None:
    seen = make_document(0, outcome="inconclusive", records=400)
    assert "It did see signs of a leak" not in words(seen).headline
    seen["attacks"]["rmia"]["auc"] |= {"value": 0.797, "low": 0.76, "high": 0.83}
    assert words(seen).headline.endswith(
        " It did see signs of a leak, but could not tell how large."
    )


@pytest.mark.parametrize("leak", [None, 1.2])
def test_headline_leaves_out_a_leak_factor_that_says_nothing(leak: float | None) -> None:
    document = make_document(4, catch=0.4, epsilon={"leak_factor_low": leak})
    assert words(document).headline.endswith("of every 1,000 who are (378 to 422).")


def test_headline_speaks_of_records_where_the_data_is_not_about_people() -> None:
    assert words(STRICT, 2).headline == (
        "Some records in your data can be picked out with confidence. At a setting that wrongly "
        "flags between 0.5 and 1.8 of every 1,000 records that are not in your data, the test "
        "picked out 20 of every 1,000 that are (17 to 23). Allowing for both, it is at least "
        "about 11 times likelier to flag a record that is in."
    )
    assert not any(
        re.search("people|person|someone", text)
        for key, text in sentences().items()
        if key.startswith("headline.records.")
    )


def test_headline_without_any_figure_keeps_the_verdict() -> None:
    document = make_document(4, best_attack=None)
    assert words(document).headline == "Many people in your data can be picked out."


@pytest.mark.parametrize(
    ("document", "start"),
    [
        (make_document(0), "We tried 3 attacks and found no sign"),
        (make_document(0, attacks=("loss",)), "We tried one attack and found no sign"),
        (make_document(0, family=["rmia"]), "We tried one attack and found no sign"),
        (
            make_document(0, outcome="inconclusive", attacks=("loss",), depth=4),
            "A quick audit runs only the weakest tests.",
        ),
        (
            make_document(0, outcome="inconclusive", attacks=("loss",), depth=1),
            "A list of the model's answers lets us run",
        ),
        (make_document(1), "We found a trace"),
        (make_document(None), "This test gives no result, because your two groups"),
    ],
)
def test_headline_of_other_outcomes(document: Document, start: str) -> None:
    assert words(document).headline.startswith(start)


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("blind_baseline", "can be told apart without the model"),
        ("classes", "lacks some of the answers"),
        ("self_test", "found a leak where there can be none"),
        ("sizes", "cannot be compared fairly"),
    ],
)
def test_invalid_result_says_which_gate_failed(gate: str, said: str) -> None:
    failed = {
        "check": gate,
        "passed": False,
        "detail": "",
        "value": None,
        "low": None,
        "high": None,
    }
    assert said in words(make_document(None, validity=[failed])).headline


@pytest.mark.parametrize(
    ("settle", "sides", "attacks", "expected"),
    [
        ({"L3": 1_000, "L2": 2_000}, (400, 400), ("loss", "rmia"),
         "We cannot say this is safe. You have 400 test records. About 1,000 would settle whether "
         "leakage is serious, about 2,000 whether it is noticeable."),
        ({"L3": 1_000, "L2": 2_000}, (5_000, 400), ("loss", "rmia"),
         "We cannot say this is safe. Your smaller group has 400 test records. About 1,000 in each "
         "group would settle whether leakage is serious, about 2,000 whether it is noticeable."),
        ({"L2": 2_000}, (1_200, 1_500), ("loss", "rmia"),
         "We cannot say this is safe. Your smaller group has 1,200 test records. About 2,000 in "
         "each group would settle whether leakage is noticeable."),
        ({"L3": 1_000, "L2": 1_000}, (400, 400), ("loss", "rmia"),
         "We cannot say this is safe. Your smaller group has 400 test records. About 1,000 in each "
         "group would settle whether leakage is serious."),
        ({"L3": None}, (9_000, 9_000), ("loss", "rmia"),
         "The test could not settle whether this model leaks. This is not a pass. More records, or "
         "the model file itself, would help."),
        ({}, (9_000, 9_000), ("loss", "entropy"),
         "A list of the model's answers lets us run only the weakest tests. They found no clear "
         "leak, but they cannot clear a model. Upload the model file to settle it."),
    ],
)  # fmt: skip
def test_inconclusive_says_what_would_settle_it(
    settle: dict[str, int | None],
    sides: tuple[int, int],
    attacks: tuple[str, ...],
    expected: str,
) -> None:
    counts = {"members": sides[0], "nonmembers": sides[1]}
    document = make_document(0, outcome="inconclusive", attacks=attacks, settle=settle, records=400)
    document["records"] |= counts
    assert words(document).headline == expected


def test_inconclusive_without_sizes_in_the_document_still_says_it_is_no_pass() -> None:
    assert "not a pass" in words(make_document(0, outcome="inconclusive")).headline


def test_inconclusive_does_not_keep_a_trace_to_itself() -> None:
    nothing, trace = (
        words(make_document(level, outcome="inconclusive", settle={"L3": 1_000})).headline
        for level in (0, 1)
    )
    assert trace == f"{nothing} It did see signs of a leak, but could not tell how large."


def test_a_void_audit_speaks_of_no_leak_that_may_be_larger() -> None:
    gates = [gate_row("blind_baseline", "failed", 0.7), gate_row("duplicates", "failed", 0.2)]
    told = words(make_document(None, validity=gates), impact=3)
    assert list(told.limits) == [say(key) for key in ALWAYS]
    assert told.meaning[-1].startswith("Untested: the last test was not valid")


def test_meaning_tells_harm_membership_exposure_and_deadline() -> None:
    found = explain(
        make_document(2, catch=0.05), impact=4, reveals_membership=True, exposure="customers"
    )
    assert found.meaning == (
        say("meaning.guessed.sensitive"),
        say("reveals.yes.sensitive"),
        say("exposure.customers"),
        "High: act now and be done within 30 days.",
    )


def test_meaning_warns_of_a_model_that_holds_its_rows() -> None:
    found = words(make_document(0, model={"family": "knn"}), exposure="public").meaning
    assert say("meaning.rows_stored") in found
    assert found[-1] == (
        "Critical, whatever the test found: people outside can get hold of real records. Cut off "
        "access today, check whether anything has got out, and fix this within 7 days."
    )


def test_explain_shows_the_rating_it_is_given() -> None:
    document = make_document(0)
    old = rate_audit(document, impact=3, exposure="internal", expired=True)
    found = explain(
        document, impact=3, reveals_membership=False, exposure="internal", rating=old
    ).meaning
    assert found[-1] == say("badge.expired")


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"level": None, "outcome": None, "impact": 3}, "Untested: nobody has measured"),
        ({"level": None, "outcome": None, "impact": 5}, "Untested: nobody has a valid measure"),
        ({"level": None, "outcome": "invalid", "impact": 3}, "Untested: the last test was not"),
        (
            {"level": 0, "outcome": "inconclusive", "impact": 4},
            "Elevated: the test settled",
        ),
        ({"level": 0, "outcome": "inconclusive", "impact": 3}, "Inconclusive: this is not a pass"),
        (
            {"level": 2, "outcome": "noticeable", "impact": 4},
            "Elevated: act on this within 60",
        ),
        ({"level": 0, "outcome": "no_sign", "impact": 3}, "Low: you can accept this for now"),
    ],
)
def test_badge_words(changes: dict[str, Any], start: str) -> None:
    rating = rate(RatingInput(exposure="internal", grade="B", **changes))
    assert badge_words(rating).startswith(start)


def gate_row(check: str, state: str, value: float | None = None) -> Document:
    passed = {"failed": False, "open": None}[state]
    figures = {"value": value, "low": None, "high": None}
    return {"check": check, "passed": passed, "detail": "", **figures}


ALWAYS = ["limits.scope", "limits.version"]


@pytest.mark.parametrize(
    ("changes", "extra"),
    [
        ({"attacks": ("rmia", "label_noise"), "records": 10_000}, []),
        ({"attacks": ("rmia",), "records": 10_000}, ["no_label_only"]),
        ({"attacks": ("rmia", "label_noise"), "records": 2_000}, ["no_strict"]),
        ({"attacks": ("rmia", "label_noise"), "records": 500}, ["no_rates"]),
        ({"attacks": ("loss", "label_noise"), "records": 10_000,
          "references": {"count": 0, "recipe": None, "stopped_because": None}}, ["no_references"]),
        ({"attacks": ("rmia", "label_noise"), "records": 10_000,
          "references": {"recipe": "surrogate", "stopped_because": "cap"}},
         ["surrogate", "stopped_early"]),
    ],
)  # fmt: skip
def test_limits_name_what_was_not_tested(changes: dict[str, Any], extra: list[str]) -> None:
    for level, always in ((0, ["limits.scope"]), (2, ALWAYS)):
        document = make_document(level, epsilon={"bounds_training": True}, **changes)
        expected = [*(f"limits.{key}" for key in extra), *always]
        assert list(words(document).limits) == [say(key) for key in expected]


@pytest.mark.parametrize(
    ("gate", "key"),
    [
        (gate_row("blind_baseline", "open", 0.57), "baseline_unsettled"),
        (gate_row("blind_baseline", "open"), "baseline_not_run"),
        (gate_row("reference_accuracy", "failed", 0.1), "reference_accuracy"),
        (gate_row("duplicates", "failed", 0.2), "duplicates"),
    ],
)
def test_limits_name_an_open_gate(gate: Document, key: str) -> None:
    document = make_document(0)
    fine = words(document).limits
    others = [other for other in document["validity"] if other["check"] != gate["check"]]
    document["validity"] = [*others, gate]
    assert set(words(document).limits) - set(fine) == {say(f"limits.{key}")}


@pytest.mark.parametrize(
    ("level", "ceiling", "key"),
    [
        (0, "L1", None),
        (0, "L2", "noticeable"),
        (2, "L2", None),
        (2, "L3", "serious"),
        (3, "L4", "severe"),
    ],
)
def test_limits_begin_with_what_could_not_be_ruled_out(
    level: int, ceiling: str, key: str | None
) -> None:
    first = words(make_document(level, verdict={"ceiling": ceiling})).limits[0]
    assert first.startswith("We could not rule out") is (key is not None)
    assert key is None or first == say(f"limits.ceiling_{key}")


def test_share_range_is_exact() -> None:
    assert share_range(0, 10).low == 0.0
    assert share_range(10, 10).high == 1.0
    assert share_range(0, 100).high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert share_range(5, 10).low == pytest.approx(1 - share_range(5, 10).high)


@lru_cache(maxsize=1)
def every_case() -> list[OwnerWords]:
    documents = [
        *(make_document(level, catch=0.3, catch_strict=0.06, records=records, epsilon=LEAK)
          for level in (None, 0, 1, 2, 3, 4) for records in (600, 2_000, 10_000)),
        make_document(0, outcome="inconclusive", settle={"L3": 1_000, "L2": 2_000}, records=400),
        make_document(0, outcome="inconclusive", attacks=("loss",)),
    ]  # fmt: skip
    cases = itertools.product(documents, range(1, 6), (True, False), Exposure)
    return [
        explain(document, impact=impact, reveals_membership=reveals, exposure=exposure.value)
        for document, impact, reveals, exposure in cases
    ]


def test_owner_words_are_easy_to_read() -> None:
    found = every_case()
    texts = {case.headline for case in found} | {" ".join(case.meaning) for case in found}
    texts |= {" ".join(case.limits) for case in found}
    texts |= {case.ranges for case in found if case.ranges}
    texts |= {text for key, text in sentences().items() if key.startswith(("why.", "badge."))}
    hard = {text: round(flesch(text), 1) for text in texts if flesch(text) < 60}
    assert hard == {}


def test_owner_words_are_made_of_whole_sentences_of_the_table() -> None:
    table = [re.sub(r"\\{\w+\\}", r"[0-9.,]+", re.escape(text)) for text in sentences().values()]
    known = re.compile(rf"(?:(?:{'|'.join(table)}) ?)+")
    texts = {t for case in every_case() for t in (case.headline, *case.meaning, *case.limits)}
    assert {text for text in texts if known.fullmatch(text) is None} == set()


def test_every_outcome_has_a_band_and_a_headline() -> None:
    assert set(BANDS) == {
        "no_sign", "trace", "noticeable", "serious", "severe", "inconclusive", "invalid",
    }  # fmt: skip
    assert headline(read(STRICT), impact=3) == words(STRICT).headline


def flesch(text: str) -> float:
    """Flesch reading ease: 60 and more is plain English."""
    spoken = re.findall(r"[A-Za-z']+|[0-9][0-9.,]*[0-9]|[0-9]", text)
    ends = len(re.findall(r"[.?!](?=\s|$)", text))
    return 206.835 - 1.015 * len(spoken) / ends - 84.6 * sum(map(syllables, spoken)) / len(spoken)


def syllables(word: str) -> int:
    if word[0].isdigit():
        return 1
    plain = word.lower().strip("'").removesuffix("'s")
    groups = len(re.findall("[aeiouy]+", plain))
    silent = plain.endswith(("e", "es", "ed")) and not plain.endswith(("le", "les", "ted", "ded"))
    return max(1, groups - silent)
