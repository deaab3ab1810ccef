from typing import Any

import pytest

from audits.charts import risk_over_time
from audits.charts.risk_over_time import RiskOverTimeSeries


def made(
    *steps: tuple[str, str], until: str = "2026-11-27", marks: list[tuple[str, str]] | None = None
) -> RiskOverTimeSeries:
    told: dict[str, Any] = {"until": until, "steps": steps, "marks": marks or []}
    return risk_over_time.series({"history": told})


LINE = made(
    ("2025-12-01", "low"),
    ("2026-03-04", "expired"),
    ("2026-07-01", "high"),
    marks=[("2026-07-01", "Attacks of version 2 & more"), ("2019-01-01", "Long before")],
)


def test_title_says_since_when_and_what_it_was_before() -> None:
    assert risk_over_time.title(LINE) == "High since 1 Jul 2026, before that Expired"
    assert risk_over_time.title(made(("2026-11-01", "low"))) == "Low since 1 Nov 2026"
    assert risk_over_time.title(made()) == "Not known yet: nothing has been measured"


def test_alt_text_tells_every_step_and_every_mark() -> None:
    assert risk_over_time.alt_text(LINE) == (
        "Line of the rating from 1 Dec 2025 to 27 Nov 2026."
        " High since 1 Jul 2026, before that Expired."
        " Low from 1 Dec 2025; Expired from 4 Mar 2026; High from 1 Jul 2026."
        " Attacks of version 2 & more on 1 Jul 2026."
    )


def test_table_lists_steps_and_marks_in_the_order_of_time() -> None:
    assert risk_over_time.table(LINE).rows == (
        ("1 Dec 2025", "Low", ""),
        ("4 Mar 2026", "Expired", ""),
        ("1 Jul 2026", "High", ""),
        ("1 Jul 2026", "", "Attacks of version 2 & more"),
    )


def test_picture_begins_at_least_ninety_days_before_its_end() -> None:
    short = made(("2026-11-27", "low"))
    assert (short.until - short.start).days == 90
    assert (LINE.until - LINE.start).days == 361


def test_quarters_begin_within_the_picture() -> None:
    assert [name for _day, name in risk_over_time.quarters(LINE)] == [
        "Q1 2026",
        "Q2 2026",
        "Q3 2026",
        "Q4 2026",
    ]
    long = made(("2024-11-30", "low"))
    assert len(risk_over_time.quarters(long)) == 8


def test_what_says_nothing_about_the_risk_shares_a_lane_above_what_is_fine() -> None:
    assert [risk_over_time.lane(badge) for badge in ("critical", "guarded", "low")] == [0, 4, 5]
    shared = {risk_over_time.lane(badge) for badge in ("untested", "expired", "inconclusive")}
    assert shared == {3}


def test_svg_and_figure_show_the_same_steps_quarters_and_marks() -> None:
    drawn = risk_over_time.svg(LINE).decode()
    assert drawn.count('class="step-dot"') == 3
    assert (drawn.count('class="quarter"'), drawn.count('class="change"')) == (4, 1)
    assert ">A<" in drawn
    assert "Attacks of version 2 &amp; more" in drawn
    figure = risk_over_time.figure(LINE, dark=False)
    assert figure["data"][0]["x"] == ["2025-12-01", "2026-03-04", "2026-07-01", "2026-11-27"]
    assert figure["data"][0]["y"] == [-5, -3, -1, -1]
    assert len(figure["layout"]["shapes"]) == 5
    assert figure["layout"]["annotations"][0]["hovertext"] == "Attacks of version 2 &amp; more"


def test_long_words_of_a_mark_are_cut_in_the_picture_and_whole_in_the_table() -> None:
    words = "x" * 300
    long = made(("2026-01-01", "low"), marks=[("2026-02-01", words)])
    assert words not in risk_over_time.svg(long).decode()
    assert risk_over_time.table(long).rows[1][2] == words


def test_thirty_marks_have_letters_and_then_a_plus_sign() -> None:
    many = made(
        ("2026-01-01", "low"), marks=[(f"2026-02-{day:02}", "Policy") for day in range(1, 29)]
    )
    drawn = risk_over_time.svg(many).decode()
    assert (drawn.count(">Z<"), drawn.count(">+<")) == (1, 2)


def test_risk_over_time_knows_the_badges_of_the_policy_alone() -> None:
    with pytest.raises(ValueError, match="purple"):
        made(("2026-01-01", "purple"))
