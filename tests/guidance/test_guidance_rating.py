"""The rating policy, cell by cell, with its overrides and its worked examples."""

from dataclasses import replace

import pytest

from audits.guidance.badges import DEADLINE_DAYS, SEVERITY
from audits.guidance.rating import (
    EXPOSURE_POINTS,
    MATRIX,
    POLICY,
    Exposure,
    Rating,
    RatingInput,
    Reveals,
    Step,
    effective_impact,
    rate,
    rate_audit,
)
from audits.guidance.wording import say
from tests.guidance.audit_documents import make_document

# the published table: impact -> badges at likelihood 1 to 5
TABLE = {
    5: ("guarded", "elevated", "high", "critical", "critical"),
    4: ("low", "guarded", "elevated", "high", "critical"),
    3: ("low", "guarded", "guarded", "elevated", "high"),
    2: ("low", "low", "guarded", "guarded", "elevated"),
    1: ("low", "low", "low", "low", "guarded"),
}
CELLS = [(impact, level, badge) for impact, row in TABLE.items() for level, badge in enumerate(row)]
OUTCOMES = ("no_sign", "trace", "noticeable", "serious", "severe")
STAFF = RatingInput(level=0, outcome="no_sign", impact=3, exposure="internal", grade="B")


def keys(rating: Rating) -> list[str]:
    return [step.key for step in rating.trace]


def test_policy_is_versioned_and_travels_with_the_rating() -> None:
    assert POLICY == "2026.1"
    assert rate(STAFF).policy == "2026.1"


@pytest.mark.parametrize(("impact", "level", "badge"), CELLS)
def test_matrix_cell(impact: int, level: int, badge: str) -> None:
    given = replace(STAFF, level=level, outcome=OUTCOMES[level], impact=impact)
    rating = rate(given)
    assert (rating.badge, rating.severity) == (badge, badge)
    assert (rating.likelihood, rating.impact) == (level + 1, impact)
    assert rating.score == (level + 1) * impact
    assert not rating.struck_through


def test_matrix_has_25_cells_and_never_falls() -> None:
    assert sorted(MATRIX) == [1, 2, 3, 4, 5]
    assert {len(row) for row in MATRIX.values()} == {5}
    ranks = {impact: [SEVERITY.index(badge) for badge in row] for impact, row in MATRIX.items()}
    assert all(row == sorted(row) for row in ranks.values())
    assert all(
        low <= high for i in (1, 2, 3, 4) for low, high in zip(ranks[i], ranks[i + 1], strict=True)
    )


@pytest.mark.parametrize(
    ("badge", "days"),
    [("low", None), ("guarded", 90), ("elevated", 60), ("high", 30), ("critical", 7)],
)
def test_badge_has_its_deadline(badge: str, days: int | None) -> None:
    assert {key.value: value for key, value in DEADLINE_DAYS.items()}[badge] == days
    level, impact = next((lv, i) for i, lv, found in CELLS if found == badge)
    given = replace(STAFF, level=level, outcome=OUTCOMES[level], impact=impact)
    assert rate(given).deadline_days == days


@pytest.mark.parametrize(
    ("exposure", "points", "likelihood_of_l2", "likelihood_of_l0", "likelihood_of_l4"),
    [
        ("public", 1, 4, 2, 5),
        ("customers", 0, 3, 1, 5),
        ("internal", 0, 3, 1, 5),
        ("named", -1, 2, 1, 4),
        ("locked", -2, 1, 1, 3),
    ],
)
def test_exposure_moves_the_likelihood_between_1_and_5(
    exposure: str, points: int, likelihood_of_l2: int, likelihood_of_l0: int, likelihood_of_l4: int
) -> None:
    assert EXPOSURE_POINTS[Exposure(exposure)] == points
    found = [
        rate(replace(STAFF, level=level, outcome=OUTCOMES[level], exposure=exposure)).likelihood
        for level in (2, 0, 4)
    ]
    assert found == [likelihood_of_l2, likelihood_of_l0, likelihood_of_l4]


def test_weights_that_are_out_count_as_public_whoever_may_query() -> None:
    given = replace(STAFF, level=2, outcome="noticeable", exposure="named", weights_out=True)
    assert rate(given).likelihood == 4


@pytest.mark.parametrize(
    ("base", "reveals", "impact"),
    [
        (3, Reveals.NO, 3), (3, Reveals.YES, 4), (5, Reveals.YES, 5), (4, Reveals.YES, 5),
        (3, Reveals.PUBLIC, 2), (5, Reveals.PUBLIC, 5), (1, Reveals.PUBLIC, 1),
    ],
)  # fmt: skip
def test_impact_follows_what_membership_says(base: int, reveals: Reveals, impact: int) -> None:
    assert effective_impact(base, reveals)[0] == impact


EXAMPLES = {
    "clinic no-show model, staff logins": (
        RatingInput(level=0, outcome="no_sign", grade="B", impact=5, exposure="internal"),
        "guarded", 1,
    ),
    "HR attrition forest, 8 named users": (
        RatingInput(level=2, outcome="noticeable", grade="B", impact=4, exposure="named"),
        "guarded", 2,
    ),
    "HR attrition forest, public": (
        RatingInput(level=2, outcome="noticeable", grade="B", impact=4, exposure="public"),
        "high", 4,
    ),
    "ticket replies across clients, customer logins": (
        RatingInput(level=3, outcome="serious", grade="A", impact=4, exposure="customers"),
        "high", 4,
    ),
    "retail churn, 400 each": (
        RatingInput(level=0, outcome="inconclusive", grade="C", impact=3, exposure="customers"),
        "inconclusive", None,
    ),
    "the same with S4 data": (
        RatingInput(level=0, outcome="inconclusive", grade="C", impact=4, exposure="customers"),
        "elevated", None,
    ),
    "1-nearest-neighbour on HR data, downloadable": (
        RatingInput(level=4, outcome="severe", grade="A", impact=4, exposure="public",
                    weights_out=True, stores_rows=True),
        "critical", 5,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "badge", "likelihood"), EXAMPLES.values(), ids=list(EXAMPLES))
def test_worked_example(given: RatingInput, badge: str, likelihood: int | None) -> None:
    rating = rate(given)
    assert (rating.badge, rating.likelihood) == (badge, likelihood)


def test_inconclusive_has_no_score_where_no_cell_is_worse() -> None:
    open_question = replace(STAFF, outcome="inconclusive", grade="C")
    plain, sensitive = rate(open_question), rate(replace(open_question, impact=5))
    assert (plain.badge, plain.severity, plain.score, plain.deadline_days) == (
        "inconclusive", None, None, None,
    )  # fmt: skip
    assert (sensitive.badge, sensitive.score, sensitive.deadline_days) == ("elevated", None, 60)
    assert sensitive.likelihood is None


def test_inconclusive_sensitive_keeps_a_worse_matrix_cell() -> None:
    given = replace(STAFF, level=1, outcome="inconclusive", impact=5, exposure="public")
    assert rate(given).badge == "high"


@pytest.mark.parametrize(
    ("impact", "severity", "days"), [(3, None, None), (4, "high", 30), (5, "high", 30)]
)
@pytest.mark.parametrize("outcome", [None, "invalid"])
def test_unaudited_is_untested_and_counts_as_high_when_sensitive(
    outcome: str | None, impact: int, severity: str | None, days: int | None
) -> None:
    rating = rate(replace(STAFF, level=None, outcome=outcome, grade=None, impact=impact))
    assert (rating.badge, rating.severity, rating.deadline_days) == ("untested", severity, days)
    assert (rating.likelihood, rating.score) == (None, None)
    assert ("invalid" in keys(rating)) is (outcome == "invalid")


def test_membership_that_reveals_makes_an_untested_model_sensitive() -> None:
    given = replace(STAFF, level=None, outcome=None, grade=None, impact=3, reveals="yes")
    assert rate(given).severity == "high"


def test_expired_strikes_the_last_result_through() -> None:
    fresh = replace(STAFF, level=3, outcome="serious", impact=4)
    rating = rate(replace(fresh, expired=True))
    assert (rating.badge, rating.severity, rating.struck_through) == ("expired", "high", True)
    assert rating.score == rate(fresh).score
    assert keys(rating)[-1] == "expired"


def test_expired_needs_a_result_to_expire() -> None:
    given = replace(STAFF, level=None, outcome=None, grade=None, expired=True)
    assert rate(given).badge == "untested"


@pytest.mark.parametrize(
    ("changes", "critical"),
    [
        ({"stores_rows": True, "exposure": "public"}, True),
        ({"stores_rows": True, "exposure": "customers", "weights_out": True}, True),
        ({"stores_rows": True, "exposure": "customers"}, False),
        ({"stores_rows": True, "exposure": "locked"}, False),
        ({"verbatim": True, "exposure": "customers"}, True),
        ({"verbatim": True, "exposure": "internal"}, False),
        ({"stores_rows": True, "exposure": "public", "impact": 2}, False),
        ({"stores_rows": True, "exposure": "public", "level": None, "outcome": None}, True),
        ({"stores_rows": True, "exposure": "public", "expired": True}, True),
    ],
)
def test_rows_in_reach_of_outsiders_are_critical(
    changes: dict[str, str | int | None], *, critical: bool
) -> None:
    rating = rate(replace(STAFF, **changes))  # type: ignore[arg-type]
    assert (rating.badge == "critical") is critical
    assert ("rows_in_reach" in keys(rating)) is critical


@pytest.mark.parametrize(
    ("grade", "green"), [("A", True), ("B", True), ("C", False), (None, False)]
)
def test_low_is_green_only_on_good_evidence(grade: str | None, *, green: bool) -> None:
    rating = rate(replace(STAFF, grade=grade))
    assert (rating.badge, rating.green) == ("low", green)
    assert ("weak_evidence" in keys(rating)) is not green


def test_only_low_is_green() -> None:
    assert not rate(replace(STAFF, impact=5, grade="A")).green


def test_trace_tells_every_rule_in_order() -> None:
    given = replace(
        STAFF, level=2, outcome="noticeable", impact=3, exposure="public", reveals="yes"
    )
    assert rate(given).trace == (
        Step("impact", (("impact", 3),)),
        Step("impact_reveals", (("impact", 4),)),
        Step("level", (("level", 2),)),
        Step("exposure_public", (("points", 1),)),
        Step("likelihood", (("likelihood", 4),)),
        Step("matrix", (("likelihood", 4), ("impact", 4))),
    )


def test_every_step_has_a_sentence() -> None:
    inputs = [
        replace(STAFF, level=level, outcome=outcome, impact=impact, exposure=exposure,
                grade="C", reveals=reveals, expired=expired, stores_rows=stores)
        for level, outcome in ((None, None), (None, "invalid"), (0, "no_sign"), (0, "inconclusive"))
        for impact in (3, 5)
        for exposure in Exposure
        for reveals in Reveals
        for expired in (False, True)
        for stores in (False, True)
    ]  # fmt: skip
    steps = {step for given in inputs for step in rate(given).trace}
    said = {step.key: say(f"trace.{step.key}", dict(step.params)) for step in steps}
    assert all(text.endswith(".") for text in said.values())
    assert len(said) == 19


@pytest.mark.parametrize(
    "changes",
    [
        {"impact": 0},
        {"impact": 6},
        {"level": 5},
        {"level": -1},
        {"exposure": "moon"},
        {"reveals": "?"},
    ],
)
def test_value_out_of_range_is_refused(changes: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match=r"impact|level|moon|\?"):
        rate(replace(STAFF, **changes))  # type: ignore[arg-type]


def test_rate_audit_reads_the_document() -> None:
    forest = rate_audit(make_document(2), impact=4, exposure="public", reveals="no")
    assert (forest.badge, forest.likelihood, forest.score) == ("high", 4, 16)
    nearest = make_document(0, model={"family": "knn"})
    assert rate_audit(nearest, impact=3, exposure="public").badge == "critical"
    assert rate_audit(make_document(None), impact=5, exposure="locked").badge == "untested"
