"""What an owner reads follows from the verdict, is said once, and needs no key to read it."""

import itertools
import re
from datetime import date, timedelta
from typing import Any

import pytest

from audits.guidance.advice import Asset, steps
from audits.guidance.badges import Badge
from audits.guidance.catalogue import load
from audits.guidance.explain import BANDS, badge_words
from audits.guidance.facts import FactValue
from audits.guidance.matching import matches
from audits.guidance.rating import Exposure, Rating, RatingInput, Reveals, rate
from audits.guidance.strictness import HOUSE, Asked, Policy, Revision, Source
from audits.guidance.why import why
from audits.guidance.wording import say, sentences
from tests.guidance.audit_documents import make_document
from tests.guidance.test_guidance_explain import words


def test_figures_have_their_range_explained_once_and_are_whole() -> None:
    """People are whole: the sentence says as many as the picture marks."""
    told = words(make_document(2, records=10_000, catch=0.05, catch_strict=0.0046))
    assert "picked out 5 of every 1,000 who are (3 to 6)." in told.headline
    assert (told.told_at, told.ranges) == (0.001, say("headline.ranges"))
    assert told.ranges not in (told.headline, *told.meaning, *told.limits)
    pairs = words(make_document(2, records=600))
    assert (pairs.told_at, pairs.ranges) == (None, say("headline.ranges"))
    for level in (None, 0, 1):
        silent = words(make_document(level, records=10_000, catch=0.3))
        assert (silent.told_at, silent.ranges) == (None, "")


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ({"level": 4, "outcome": "severe", "impact": 5}, "Critical: cut off access today"),
        ({"level": 2, "outcome": "noticeable", "impact": 5}, "Critical: cut off access today"),
        ({"level": 2, "outcome": "noticeable", "impact": 4}, "High: act now and be done"),
        (
            {"level": 1, "outcome": "inconclusive", "impact": 5},
            "High: the test settled nothing, but the data is very private and anyone can ask",
        ),
        ({"level": 0, "outcome": "inconclusive", "impact": 5}, "Elevated: the test settled"),
        ({"level": 0, "outcome": "no_sign", "impact": 2}, "Low: you can accept this for now."),
        (
            {"level": 0, "outcome": "no_sign", "impact": 3, "stores_rows": True},
            "Critical, whatever the test found: people outside can get hold of real records",
        ),
    ],
)
def test_badge_is_as_urgent_as_what_it_rests_on(given: dict[str, Any], start: str) -> None:
    """Of models that anyone can ask: nothing urgent is said that the verdict would deny."""
    assert badge_words(rate(RatingInput(exposure="public", grade="B", **given))).startswith(start)


@pytest.mark.parametrize("outcome", ["no_sign", "trace"])
def test_a_new_test_is_asked_for_once(outcome: str) -> None:
    found = words(make_document(0 if outcome == "no_sign" else 1), impact=2)
    said = " ".join((found.headline, *found.meaning, *found.limits))
    assert len(re.findall("again after each retrain|needs a new test", said)) == 1
    assert found.meaning[-1] == "Low: you can accept this for now."


def test_footer_of_a_report_is_said_once_on_its_page() -> None:
    """What could not be tested is of this audit: that it was a sample, the footer says."""
    for outcome in BANDS:
        level = {"no_sign": 0, "trace": 1, "noticeable": 2, "serious": 3, "severe": 4}.get(outcome)
        document = make_document(0 if outcome == "inconclusive" else level, outcome=outcome)
        shown = " ".join(words(document).limits)
        assert say("limits.scope") in shown
        assert re.search("sample|known attacks|attacks known", shown) is None


def test_limits_name_an_unknown_split() -> None:
    known = make_document(0, epsilon={"bounds_training": True})
    assert set(words(make_document(0)).limits) - set(words(known).limits) == {
        say("limits.split_unknown")
    }


STRICT = Revision(
    source=Source.CLIENT, number=1, dated=date(2026, 1, 5), asked=Asked(months=6, unproven=True)
)
POLICIES = (HOUSE, Policy(revisions=(STRICT,)))
OUTCOMES = {0: "no_sign", 1: "trace", 2: "noticeable", 3: "serious", 4: "severe"}


def every_rating() -> list[Rating]:
    """Every way in which a rating comes about, under the house policy and under stricter ones."""
    measured = [
        *((level, outcome) for level, outcome in OUTCOMES.items()),
        (0, "inconclusive"), (1, "inconclusive"), (None, None), (None, "invalid"),
    ]  # fmt: skip
    flags: list[dict[str, Any]] = [
        {},
        {"expired": True},
        {"age": timedelta(days=300)},
        {"grade": "C"},
        {"weights_out": True},
        {"stores_rows": True},
        {"verbatim": True},
    ]
    cases = itertools.product(measured, range(1, 6), Exposure, Reveals, flags)
    found = []
    for (level, outcome), impact, exposure, reveals, more in cases:
        given: dict[str, Any] = {"level": level, "outcome": outcome, "impact": impact}
        given |= {"exposure": exposure.value, "reveals": reveals.value, "grade": "B"} | more
        found += [rate(RatingInput(**given), policy) for policy in POLICIES]
    return found


def test_every_rating_has_one_plain_sentence_of_what_raised_it() -> None:
    """And none of the table is there for a rating that does not come about."""
    said = {why(one) for one in every_rating()}
    assert said == {text for key, text in sentences().items() if key.startswith("why.")}
    keys = re.compile(r"\b[SL][0-5]\b|points?\b|likelihood|matrix|impact", re.IGNORECASE)
    assert [text for text in said if keys.search(text)] == []
    assert {text.count(".") for text in said} == {1}


def test_why_names_what_stands_above_the_least() -> None:
    """In words alone: a leak from a noticeable one on, an open model, private data."""
    for one in every_rating():
        told = {step.key for step in one.trace}
        text = why(one)
        if "rows_in_reach" in told:
            assert text.startswith("People outside can get hold of real records")
        elif one.badge is Badge.LOW:
            assert "raised it" not in text or text.startswith("Nothing raised it")
        elif one.badge in (Badge.UNTESTED, Badge.EXPIRED, Badge.INCONCLUSIVE):
            assert "raised it" not in text
        elif not {"inconclusive_sensitive", "stricter_client_unproven"} & told:
            assert ("get its file" in text) is ("exposure_public" in told)
            assert ("private" in text) is (one.impact >= 4)


URGENT = re.compile(r"\b(?:off line|close it|take back|withdraw)\b", re.IGNORECASE)


def told_of(leak: str | None, **facts: FactValue) -> set[tuple[str, str]]:
    """Control and step of everything that is said of a model, to owners and technicians alike."""
    known: dict[str, FactValue] = {
        "asset": "model", "origin": "in_house", "data.class": "personal", "data.personal": True,
        "training.dp": "none", "S": 3, "model.measured": leak is not None, "finding.leak": leak,
    }  # fmt: skip
    asset = Asset(name="Forecast", facts=known | facts, figures={"caught": "50"})
    return {
        (control.id, one.text)
        for control in load()
        if matches(control.rule, asset.facts)
        for plain in (False, True)
        for one in steps(control, [asset], plain=plain)
    }


@pytest.mark.parametrize("exposure", ["public", "customers", "internal", "named", "locked"])
@pytest.mark.parametrize("outputs", ["label", "probs", "weights"])
@pytest.mark.parametrize("leak", [None, "L0", "L1"])
def test_nothing_urgent_is_advised_where_no_leak_was_found(
    leak: str | None, exposure: str, outputs: str
) -> None:
    for impact in (3, 5):
        of = {"exposure": exposure, "outputs": outputs, "model.family": "forest", "S": impact}
        assert [one for one in told_of(leak, **of) if URGENT.search(one[1])] == []


def test_urgent_advice_follows_the_leak_and_what_lies_in_the_file() -> None:
    def urgent(leak: str | None, **facts: FactValue) -> set[str]:
        return {control for control, text in told_of(leak, **facts) if URGENT.search(text)}

    opened: dict[str, FactValue] = {
        "exposure": "public",
        "outputs": "weights",
        "model.family": "forest",
    }
    assert urgent("L3", **opened) == {"AI-22", "AI-26"}
    assert urgent("L3", **opened | {"exposure": "internal", "outputs": "label"}) == set()
    # Whatever the test found: the rating is critical for data about people, and for no other.
    for leak in (None, "L0", "L3"):
        kept = urgent(leak, **opened | {"model.family": "knn", "outputs": "label"})
        assert "AI-26" in kept
    things: dict[str, FactValue] = {
        "S": 2,
        "data.class": "internal",
        "data.personal": False,
        "model.family": "knn",
    }
    assert urgent("L0", **opened | things | {"outputs": "label"}) == set()


def test_a_file_that_is_given_out_has_one_advice_for_each_state() -> None:
    for leak, own in (
        (None, "Give out no more copies of “Forecast” until it is tested."),
        ("L1", "Note who has the file of “Forecast”, and have each new one tested first."),
        ("L2", "Take back the file of “Forecast”: it gives people away."),
    ):
        told = told_of(leak, outputs="weights", exposure="customers")
        (plain,) = (text for control, text in told if control == "AI-26" and "S3" not in text)
        assert plain == own
