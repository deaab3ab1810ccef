"""How the rating moved, on the two pages for an owner: a line, its marks and a sentence."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from audits.charts import risk_over_time, trend_line
from audits.reports.print_text import line
from audits.reports.words import say

MOST_POINTS: Final = 12
_MOST_BOXES: Final = 5


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What one stored audit said on its day; ``on`` is that day in ISO form."""

    day: str
    badge: str
    word: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class TrendMark:
    """A day, in ISO form and as it is written, from which something is measured otherwise."""

    on: str
    day: str
    words: str


@dataclass(frozen=True, slots=True)
class Trend:
    """How the rating moved, the oldest audit first; no points while it is not known.

    ``until`` is the day of the report in ISO form; trends of early days have none, and no line.
    """

    said: str
    points: tuple[TrendPoint, ...] = ()
    note: str = ""
    until: str = ""
    marks: tuple[TrendMark, ...] = ()


def shown(trend: Trend) -> dict[str, Any]:
    """A line with its marks; for trends of early days, which have no days, a row of boxes."""
    series = movement(trend)
    return {
        "said": line(trend.said, 160),
        "line": None
        if series is None
        else {"alt": risk_over_time.alt_text(series), "svg": _drawn(trend, series)},
        "points": [
            {"day": line(one.day, 24), "badge": one.badge, "word": line(one.word, 16)}
            for one in trend.points[-_MOST_BOXES:]
        ],
        "note": line(trend.note, 180) if trend.note else "",
        "marks": [
            say("owner_summary.filled.mark", letter=letter, words=words, day=day)
            for letter, day, words in _lettered(trend, series)
        ],
    }


def movement(trend: Trend) -> risk_over_time.RiskOverTimeSeries | None:
    """The ratings as the chart of them reads them; None where no days are frozen."""
    points = trend.points[-MOST_POINTS:]
    if not (trend.until and points and all(one.on for one in points)):
        return None
    steps: list[tuple[str, str]] = []
    for one in points:  # a day that changed nothing is no step
        if not steps or steps[-1][1] != one.badge:
            steps.append((one.on, one.badge))
    marks = [(one.on, line(one.words, 80)) for one in trend.marks]
    told = {"until": max(trend.until, points[-1].on), "steps": steps, "marks": marks}
    return risk_over_time.series({"history": told})


def _drawn(trend: Trend, series: risk_over_time.RiskOverTimeSeries) -> str:
    points = trend.points[-MOST_POINTS:]
    audits = [(date.fromisoformat(one.on), line(one.day, 24), one.badge) for one in points]
    return trend_line.svg(series, audits).decode()


def _lettered(
    trend: Trend, series: risk_over_time.RiskOverTimeSeries | None
) -> list[tuple[str, str, str]]:
    """Marks of the line with their letters, and their days as the client writes them."""
    if series is None:
        return []
    days = {one.on: line(one.day, 24) for one in trend.marks}
    return [
        (letter, days[day.isoformat()], words)
        for letter, day, words in risk_over_time.lettered(series)
    ]
