"""How the rating moved, on the first page for an owner: a line, its marks and a sentence."""

from dataclasses import replace

from audits.charts import risk_over_time
from audits.reports import owner_trend
from audits.reports.owner_trend import Trend, TrendMark, TrendPoint
from tests.reports.factories import rendered
from tests.reports.test_owner_summary import PDF, USUAL, pages


def test_owner_summary_says_after_the_verdict_how_the_rating_moved_and_draws_it_overleaf() -> None:
    first, second = pages(PDF)
    assert USUAL.trend is not None
    order = (USUAL.verdict, "How the rating has moved", USUAL.trend.said, "What this means")
    places = [first.index(text) for text in order]
    assert places == sorted(places)
    drawn = (
        "Checklist readiness",
        "The rating over time",
        "A: Attacks of version 0.2.0, from 2 July 2026.",
        USUAL.trend.note,
        "What your provider did",
        "Decisions requested",
    )
    places = [second.index(text) for text in drawn]
    assert places == sorted(places)
    not_known = "Not known yet: that takes audits on at least two days."
    first, second = pages(rendered(replace(USUAL, trend=Trend(said=not_known))))
    assert not_known in first
    assert "The rating over time" not in second


def test_line_of_the_rating_has_every_audit_and_a_mark_where_the_attacks_changed() -> None:
    assert USUAL.trend is not None
    moved = owner_trend.movement(USUAL.trend)
    assert moved is not None
    alt = risk_over_time.alt_text(moved)
    for text in ("Low from 4 Mar 2026", "High from 20 Nov 2026", "Attacks of version 0.2.0 on 2 J"):
        assert text in alt
    drawn = str(owner_trend.shown(USUAL.trend)["line"]["svg"])
    assert drawn.count('class="step-dot"') == len(USUAL.trend.points)
    assert drawn.count('class="change"') == len(USUAL.trend.marks) == 1
    same = replace(USUAL.trend, points=(*USUAL.trend.points[:2], USUAL.trend.points[1]), marks=())
    again = owner_trend.movement(same)
    assert again is not None
    assert [badge for _day, badge in again.steps] == ["low", "elevated"]
    calm = str(owner_trend.shown(same)["line"]["svg"])
    assert (calm.count('class="step-dot"'), calm.count('class="change"')) == (3, 0)


def test_line_keeps_two_pages_however_many_audits_and_marks_there_are() -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 12) for day in (1, 2, 15)]
    points = tuple(TrendPoint(day, "high", "High", day) for day in days)
    marks = tuple(TrendMark(day, day, "Attacks of version 0.2.0") for day in days)
    trend = Trend("The same.", points, "A note. " * 30, until="2026-11-20", marks=marks)
    assert len(pages(rendered(replace(USUAL, trend=trend)))) == 2


def test_trend_frozen_before_it_had_days_keeps_its_row_of_boxes() -> None:
    assert USUAL.trend is not None
    points = tuple(replace(one, on="") for one in USUAL.trend.points)
    first = pages(rendered(replace(USUAL, trend=replace(USUAL.trend, points=points))))[0]
    told = [text for one in points for text in (one.day, one.word)]
    assert [text for text in told if text not in first] == []
