import re
from datetime import date
from typing import Any

import pytest

from audits.charts import risk_over_time, trend_line
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


def test_what_says_nothing_about_the_risk_stands_apart_from_the_scale() -> None:
    assert [risk_over_time.lane(badge) for badge in risk_over_time.RATED] == [0, 1, 2, 3, 4]
    shared = {risk_over_time.lane(badge) for badge in ("untested", "expired", "inconclusive")}
    assert shared == {5.5}


def test_a_result_that_runs_out_leaves_the_scale_and_leads_nowhere_on_it() -> None:
    expiry = made(("2025-12-01", "elevated"), ("2026-01-10", "high"), ("2026-06-04", "expired"))
    drawn = risk_over_time.svg(expiry).decode()
    (line,) = re.findall(r'class="step" [^>]*d="([^"]+)"', drawn)
    (dashed,) = re.findall(r'class="gap" [^>]*stroke-dasharray="5 4" d="([^"]+)"', drawn)
    # From Elevated up to High and no further; what is not known has a flat line of its own.
    assert re.findall("[MHV]", line) == ["M", "H", "V", "H"]
    assert re.findall("[MHV]", dashed) == ["M", "H"]
    assert (drawn.count('class="step-dot"'), drawn.count('class="gap-dot"')) == (2, 1)
    rated, apart = risk_over_time.figure(expiry, dark=True)["data"]
    assert rated["x"] == ["2025-12-01", "2026-01-10", "2026-06-04"]
    assert (rated["y"], rated["line"]["dash"]) == ([-2, -1, -1], "solid")
    assert apart["x"] == ["2026-06-04", "2026-11-27"]
    assert (apart["y"], apart["line"]["dash"]) == ([-5.5, -5.5], "dash")


def test_small_line_for_paper_keeps_what_is_not_known_apart_too() -> None:
    days = ((date(2025, 12, 1), "low"), (date(2026, 3, 4), "expired"), (date(2026, 7, 1), "high"))
    drawn = trend_line.svg(LINE, [(day, day.isoformat(), badge) for day, badge in days]).decode()
    lines = re.findall(r'class="step" d="([^"]+)"', drawn)
    assert [len({place.split()[1] for place in re.split("[ML]", line)[1:]}) for line in lines] == [
        1,
        1,
    ]
    assert (drawn.count('class="gap"'), drawn.count('class="gap-dot"')) == (1, 1)
    assert drawn.count('class="ground"') == 2
    calm = trend_line.svg(LINE, [(date(2026, 3, 4), "4 March", "low")]).decode()
    assert (calm.count('class="gap"'), calm.count('class="ground"')) == (0, 1)


def test_svg_and_figure_show_the_same_steps_quarters_and_marks() -> None:
    drawn = risk_over_time.svg(LINE).decode()
    assert (drawn.count('class="step-dot"'), drawn.count('class="gap-dot"')) == (2, 1)
    assert (drawn.count('class="quarter"'), drawn.count('class="change"')) == (4, 1)
    assert ">A<" in drawn
    assert "Attacks of version 2 &amp; more" in drawn
    figure = risk_over_time.figure(LINE, dark=False)
    rated, apart = figure["data"]
    # The line breaks where nothing is known, and has a dot where something was found out.
    assert rated["x"] == ["2025-12-01", "2026-03-04", "2026-07-01", "2026-07-01", "2026-11-27"]
    assert rated["y"] == [-4, -4, None, -1, -1]
    assert rated["marker"]["size"] == [8, 0, 0, 8, 0]
    assert apart["x"] == ["2026-03-04", "2026-07-01"]
    assert len(figure["layout"]["shapes"]) == 1 + 5
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
