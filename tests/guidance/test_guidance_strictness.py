"""A policy above the house's makes a rating graver or sooner, and never the other way."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.guidance.badges import DEADLINE_DAYS, SEVERITY, Badge
from audits.guidance.rating import Exposure, Rating, RatingInput, Reveals, Step, rate
from audits.guidance.strictness import (
    HOUSE,
    HOUSE_DAYS,
    LEAST_DAYS,
    MONTHS,
    RAISABLE,
    TIMED,
    Asked,
    Policy,
    Revision,
    Source,
    TooLax,
    checked,
)
from audits.guidance.wording import say

DAY = date(2026, 11, 2)


def revision(source: Source = Source.PROVIDER, /, **asked: Any) -> Revision:  # noqa: ANN401 - knobs of Asked
    return Revision(source=source, number=2, dated=DAY, asked=Asked(**asked))


def policy(**asked: Any) -> Policy:  # noqa: ANN401 - knobs of Asked
    return Policy(revisions=(revision(**asked),))


def model(**changed: object) -> RatingInput:
    plain = RatingInput(level=2, outcome="noticeable", impact=3, exposure="internal", grade="A")
    return replace(plain, **changed)  # type: ignore[arg-type]


def said(rating: Rating) -> list[str]:
    return [say(f"trace.{step.key}", dict(step.params)) for step in rating.trace]


days_of = st.dictionaries(st.sampled_from(TIMED), st.integers(LEAST_DAYS, 90))
asks = st.builds(
    Asked,
    months=st.sampled_from([None, *MONTHS]),
    days=days_of,
    raised=st.frozensets(st.sampled_from(RAISABLE)),
    unproven=st.booleans(),
)
revisions = st.builds(
    Revision,
    source=st.sampled_from(Source),
    number=st.integers(1, 9),
    dated=st.just(DAY),
    asked=asks,
)
inputs = st.builds(
    RatingInput,
    level=st.one_of(st.none(), st.integers(0, 4)),
    outcome=st.sampled_from([None, "no_sign", "noticeable", "severe", "inconclusive", "invalid"]),
    impact=st.integers(1, 5),
    exposure=st.sampled_from(Exposure),
    grade=st.sampled_from([None, "A", "C"]),
    reveals=st.sampled_from(Reveals),
    weights_out=st.booleans(),
    stores_rows=st.booleans(),
    verbatim=st.booleans(),
    expired=st.booleans(),
    age=st.builds(timedelta, days=st.integers(0, 800)),
)


def gravity(badge: Badge | None) -> int:
    return -1 if badge is None else SEVERITY.index(badge)


def time(days: int | None) -> float:
    return float("inf") if days is None else days


@given(given_=inputs, above=st.lists(revisions, max_size=2), further=revisions)
def test_further_policy_never_makes_a_rating_milder(
    given_: RatingInput, above: list[Revision], further: Revision
) -> None:
    before = rate(given_, Policy(revisions=tuple(above)))
    after = rate(given_, Policy(revisions=(*above, further)))
    assert gravity(after.severity) >= gravity(before.severity)
    assert time(after.deadline_days) <= time(before.deadline_days)
    assert after.impact >= before.impact
    assert after.struck_through >= before.struck_through or after.badge is Badge.CRITICAL
    if before.badge in SEVERITY and after.badge in SEVERITY:
        assert gravity(after.badge) >= gravity(before.badge)
    assert all(said(after))


@given(given_=inputs, asked=asks)
def test_rule_of_a_stricter_policy_is_in_the_trace_wherever_it_changed_something(
    given_: RatingInput, asked: Asked
) -> None:
    own = Revision(source=Source.CLIENT, number=1, dated=DAY, asked=asked)
    holding = Policy(revisions=(own,))
    house, here = rate(given_), rate(given_, holding)
    told = any(step.key.startswith("stricter_client_") for step in here.trace)
    figures = ("badge", "severity", "impact", "deadline_days")
    changed = any(getattr(house, name) != getattr(here, name) for name in figures)
    assert told or not changed
    assert (here.policy, here.stricter) == (house.policy, holding.revisions)


@given(asked=asks)
def test_what_is_stored_reads_back_as_it_was(asked: Asked) -> None:
    assert Asked.of(asked.stored()) == asked


@given(first=revisions, second=revisions)
def test_policy_gives_a_graver_badge_no_more_days_than_a_lesser_one(
    first: Revision, second: Revision
) -> None:
    found = [Policy(revisions=(first, second)).days(badge) for badge in TIMED]
    assert found == sorted(found, key=time, reverse=True)


@given(above=revisions, asked=asks)
def test_what_is_checked_asks_for_nothing_that_is_there_already(
    above: Revision, asked: Asked
) -> None:
    there = Policy(revisions=(above,))
    own = Revision(source=Source.CLIENT, number=1, dated=DAY, asked=asked)
    try:
        kept = checked(own, above=there)
    except TooLax:
        return
    whole, short = (Policy(revisions=(above, replace(own, asked=one))) for one in (asked, kept))
    assert (whole.months, whole.raised) == (short.months, short.raised)
    assert [whole.days(badge) for badge in TIMED] == [short.days(badge) for badge in TIMED]
    assert checked(own, above=Policy(revisions=(above, own))) == Asked()


def test_house_policy_alone_is_what_the_badges_say() -> None:
    assert (HOUSE.months, HOUSE.lasts, HOUSE.raised) == (12, timedelta(days=365), frozenset())
    assert {badge: HOUSE.days(badge) for badge in TIMED} == HOUSE_DAYS
    assert HOUSE.days(Badge.LOW) is DEADLINE_DAYS[Badge.LOW] is None
    assert rate(model()).stricter == ()


def test_class_of_data_counts_one_higher_where_a_policy_says_so() -> None:
    house, here = rate(model()), rate(model(), policy(raised=frozenset({3})))
    assert (house.badge, house.impact, here.badge, here.impact) == ("guarded", 3, "elevated", 4)
    assert here.trace[:2] == (
        Step("impact", (("impact", 3),)),
        Step(
            "stricter_provider_impact", (("number", 2), ("day", "2 November 2026"), ("impact", 4))
        ),
    )
    assert said(here)[1] == (
        "The provider's own rating policy (revision 2, 2 November 2026) asks for more care:"
        " this class of data counts as S4."
    )


def test_raised_class_is_raised_once_and_before_what_membership_reveals() -> None:
    both = policy(raised=frozenset({3, 4}))
    assert rate(model(), both).impact == 4
    assert rate(model(reveals=Reveals.YES), both).impact == 5
    assert rate(model(reveals=Reveals.PUBLIC), both).impact == 3


def test_unproven_personal_data_counts_as_elevated_where_a_policy_says_so() -> None:
    asked = policy(unproven=True)
    untested = rate(model(level=None, outcome=None), asked)
    assert (untested.badge, untested.severity, untested.deadline_days) == (
        "untested", "elevated", 60,
    )  # fmt: skip
    unsure = rate(model(level=1, outcome="inconclusive"), asked)
    assert (unsure.badge, unsure.likelihood) == ("elevated", None)
    assert said(unsure)[-1] == (
        "The provider's own rating policy (revision 2, 2 November 2026) asks for more care:"
        " with impact S3 and nothing settled, treat as at least Elevated."
    )
    assert rate(model(level=None, outcome=None, impact=2), asked).severity is None
    assert rate(model(level=None, outcome=None, impact=4), asked).severity == "high"


@pytest.mark.parametrize(("age", "expired"), [(182, False), (183, True)])
def test_audit_expires_earlier_where_a_policy_says_so(age: int, expired: bool) -> None:  # noqa: FBT001 - a row of a table
    old = model(age=timedelta(days=age))
    assert rate(old).badge == "guarded"
    here = rate(old, policy(months=6))
    assert (here.badge is Badge.EXPIRED, here.severity) == (expired, "guarded")
    assert any(step.key == "stricter_provider_months" for step in here.trace) == expired


def test_house_reason_for_expiring_is_named_where_both_hold() -> None:
    keys = [step.key for step in rate(model(expired=True), policy(months=3)).trace]
    assert "expired" in keys
    assert "stricter_provider_months" not in keys


def test_deadline_names_the_policy_that_is_the_strictest() -> None:
    layers = (
        revision(days={Badge.GUARDED: 45}),
        revision(Source.CLIENT, days={Badge.GUARDED: 20}),
    )
    here = rate(model(), Policy(revisions=layers))
    assert here.deadline_days == 20
    assert said(here)[-1] == (
        "This client's own rating policy (revision 2, 2 November 2026) asks for action within 20"
        " days."
    )
    alike = rate(model(), Policy(revisions=(layers[0], replace(layers[1], asked=layers[0].asked))))
    assert said(alike)[-1].startswith("The provider's own rating policy")


@pytest.mark.parametrize(
    ("above", "asked", "knob", "most"),
    [
        ({}, {"days": {Badge.HIGH: 31}}, "high", 30),
        ({"days": {Badge.HIGH: 14}}, {"days": {Badge.HIGH: 20}}, "high", 14),
        ({}, {"days": {Badge.GUARDED: 20, Badge.HIGH: 25}}, "high", 20),
        ({"months": 3}, {"months": 6}, "months", 3),
    ],
)
def test_policy_that_would_be_laxer_is_refused(
    above: dict[str, Any], asked: dict[str, Any], knob: str, most: int
) -> None:
    with pytest.raises(TooLax) as caught:
        checked(revision(Source.CLIENT, **asked), above=policy(**above))
    assert (caught.value.knob, caught.value.most) == (knob, most)


@pytest.mark.parametrize(
    "asked",
    [
        {"months": 0},
        {"months": 24},
        {"days": {Badge.HIGH: 1}},
        {"days": {Badge.LOW: 30}},
        {"raised": frozenset({5})},
    ],
)
def test_value_that_no_knob_has_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no policy asks for"):
        Asked(**asked)
