"""The rating over time as a small line for paper: each audit a dot, marks where measuring changed.

It draws what `risk_over_time` froze, so that both say the same; words are as large as the print.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from audits.charts import drawing
from audits.charts.palette import LIGHT
from audits.charts.risk_over_time import (
    DOTS,
    RATED,
    UNKNOWN,
    RiskOverTimeSeries,
    Run,
    lane,
    lettered,
    runs,
    title,
)
from audits.charts.words import badge_word

# A unit is a point of print where the picture is as wide as the page of a summary.
_WIDE: Final = 499.0
_LEFT, _RIGHT, _TOP, _HIGH = 50.0, 8.0, 10.0, 22.0
# What nobody has measured is no place on the scale: it has a strip of its own below it.
_APART, _STRIP = 3.0, 8.0
_LETTERS: Final = 7.8
_SIGN: Final = 4.9  # how wide a sign is at most, on average
# Signs that the letters of the pictures have; a day in others is written in figures.
_LAST_SIGN: Final = "\u04ff"

Dated = Sequence[tuple[date, str, str]]
"""Audits with their day, how that day is written, and their badge."""


def svg(series: RiskOverTimeSeries, audits: Dated) -> bytes:
    """Draw it; the same bytes every time."""
    has_gaps = any(badge not in RATED for _day, _text, badge in audits)
    bottom = _TOP + _HIGH + (_APART + _STRIP if has_gaps else 0)
    parts = [
        *_ground(has_gaps=has_gaps),
        *_marks(series, bottom),
        *_line(series, audits),
        *_days(series, audits, bottom),
    ]
    return drawing.picture(_WIDE, bottom + 11, title=title(series), parts=parts)


def _across(series: RiskOverTimeSeries, day: date) -> float:
    whole = (series.until - series.start).days
    share = (day - series.start).days / whole
    return round(_LEFT + (_WIDE - _LEFT - _RIGHT) * share, 1)


def _down(badge: str) -> float:
    if badge not in RATED:
        return _TOP + _HIGH + _APART + _STRIP / 2
    return round(_TOP + (lane(badge) + 0.5) * _HIGH / len(RATED), 2)


def _ground(*, has_gaps: bool) -> Iterator[str]:
    """The worst above, the best below, their words beside them, and apart what is not known."""
    wide, strip = _WIDE - _LEFT, _TOP + _HIGH + _APART
    yield drawing.bar((_LEFT, _TOP), (wide, _HIGH), fill=LIGHT.shade, kind="ground")
    names = [(RATED[0], _TOP + _LETTERS - 1), (RATED[-1], _TOP + _HIGH - 1)]
    if has_gaps:
        yield drawing.bar((_LEFT, strip), (wide, _STRIP), fill=LIGHT.shade, kind="ground")
        names.append((UNKNOWN, strip + _STRIP - 1))
    for name, y in names:
        told = {**_told(LIGHT.muted), "x": _LEFT - 5, "y": y, "text-anchor": "end"}
        yield drawing.words(badge_word(name), told)


def _told(colour: str) -> dict[str, str | float]:
    return {"class": "word", "font-size": _LETTERS, "fill": colour}


def _marks(series: RiskOverTimeSeries, bottom: float) -> Iterator[str]:
    for letter, day, _words in lettered(series):
        x = _across(series, day)
        yield drawing.line(
            (x, _TOP), (x, bottom), colour=LIGHT.ink, kind="change", width=1.1, dashes="2.5 2"
        )
        told = {**_told(LIGHT.ink), "x": x, "y": _TOP - 2, "text-anchor": "middle"}
        yield drawing.words(letter, {**told, "font-weight": "bold"})


def _line(series: RiskOverTimeSeries, audits: Dated) -> Iterator[str]:
    """A rating holds until the next audit; the last one until the day of the report."""
    for run in runs([(day, badge) for day, _text, badge in audits], series.until):
        yield _of_run(series, run)
        for day, badge in run.steps:
            where: dict[str, str | float] = {"cx": _across(series, day), "cy": _down(badge)}
            yield drawing.element("circle", {**DOTS[run.is_rated], **where, "r": 2.8})


def _of_run(series: RiskOverTimeSeries, run: Run) -> str:
    places: list[tuple[float, float]] = []
    for day, badge in run.steps:
        x = _across(series, day)
        if places:
            places.append((x, places[-1][1]))
        places.append((x, _down(badge)))
    places.append((_across(series, run.end), places[-1][1]))
    if run.is_rated:
        return drawing.path(places, colour=LIGHT.accent, kind="step")
    # All of it is at one height.
    return drawing.line(
        places[0], places[-1], colour=LIGHT.muted, kind="gap", width=1.2, dashes="4 3"
    )


def _days(series: RiskOverTimeSeries, audits: Dated, bottom: float) -> Iterator[str]:
    """Words and days below their dots: of the last and the first, then where there is room."""
    order = [*audits[-1:], *audits[:1], *audits[1:-1]]
    taken: list[tuple[float, float]] = []
    for day, written, badge in order:
        is_known = all(sign <= _LAST_SIGN for sign in written)
        text = f"{badge_word(badge)}, {written if is_known else day.isoformat()}"
        half = len(text) * _SIGN / 2
        x = min(max(_across(series, day), _LEFT + half), _WIDE - half)
        if any(x - half < end and x + half > begin for begin, end in taken):
            continue
        taken.append((x - half - _SIGN, x + half + _SIGN))
        told = {**_told(LIGHT.muted), "x": x, "y": bottom + 9, "text-anchor": "middle"}
        yield drawing.words(text, told)
