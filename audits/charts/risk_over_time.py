"""The rating over time: a step for each change, quarters, and when the measuring itself changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, TINTS, Palette, palette
from audits.charts.values import Table
from audits.charts.words import badge_word, say
from audits.guidance.badges import Badge

NAME: Final = "risk_over_time"

# From the top: the worst first. What nobody has measured stands before what is fine, as in lists.
UNKNOWN: Final = "unknown"
LANES: Final[tuple[str, ...]] = ("critical", "high", "elevated", UNKNOWN, "guarded", "low")
_SHORTEST: Final = timedelta(days=90)
_SIZE: Final = (480.0, 23.0)
_LEFT: Final = 74.0
_TOP: Final = 16.0
_LISTED_MARKS: Final = 4
_MONTHS_IN_A_QUARTER: Final = 3
_MOST_QUARTERS: Final = 9


@dataclass(frozen=True, slots=True)
class RiskOverTimeSeries:
    """Ratings with the day from which each holds, and marks with what changed on their day.

    ``start`` lies at least 90 days before ``until``, so that a first result is not a full picture.
    """

    start: date
    until: date
    steps: tuple[tuple[date, str], ...]
    marks: tuple[tuple[date, str], ...]


def series(document: Mapping[str, Any]) -> RiskOverTimeSeries:
    """Freeze ``history``: ``until``, ``steps`` as day and badge, ``marks`` as day and words."""
    told = document["history"]
    until = date.fromisoformat(told["until"])
    steps = tuple((date.fromisoformat(day), Badge(badge).value) for day, badge in told["steps"])
    start = min([until - _SHORTEST, *(day for day, _badge in steps)])
    marks = sorted((date.fromisoformat(day), str(words)) for day, words in told["marks"])
    return RiskOverTimeSeries(
        start=start,
        until=until,
        steps=steps,
        marks=tuple((day, words) for day, words in marks if start <= day <= until),
    )


def _day(day: date) -> str:
    month = say(f"risk_over_time.month.{day.month}")
    return say("risk_over_time.day", day=day.day, month=month, year=day.year)


def title(series: RiskOverTimeSeries) -> str:
    """State the finding in one sentence."""
    if not series.steps:
        return say("risk_over_time.nothing")
    day, badge = series.steps[-1]
    if len(series.steps) == 1:
        return say("risk_over_time.since", badge=badge_word(badge), day=_day(day))
    return say(
        "risk_over_time.since_before",
        badge=badge_word(badge),
        day=_day(day),
        earlier=badge_word(series.steps[-2][1]),
    )


def alt_text(series: RiskOverTimeSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say("risk_over_time.step", badge=badge_word(badge), day=_day(day))
        for day, badge in series.steps
    )
    marks = "; ".join(
        say("risk_over_time.mark", words=words, day=_day(day)) for day, words in series.marks
    )
    said = say(
        "risk_over_time.alt",
        start=_day(series.start),
        until=_day(series.until),
        title=title(series),
    )
    return " ".join(
        part for part in (said, f"{told}." if told else "", f"{marks}." if marks else "") if part
    )


def table(series: RiskOverTimeSeries) -> Table:
    """List every step and every mark in the order of time."""
    steps = [(day, badge_word(badge), "") for day, badge in series.steps]
    marks = [(day, "", words) for day, words in series.marks]
    rows = sorted([*steps, *marks], key=lambda row: row[0])
    return Table(
        caption=title(series),
        headers=(
            say("risk_over_time.from_day"),
            say("risk_over_time.rating"),
            say("risk_over_time.change"),
        ),
        rows=tuple((_day(day), badge, words) for day, badge, words in rows),
    )


def lane(badge: str) -> int:
    """Number of the lane of a badge, from the top; what says nothing about the risk shares one."""
    return LANES.index(badge if badge in LANES else UNKNOWN)


def quarters(series: RiskOverTimeSeries) -> tuple[tuple[date, str], ...]:
    """First days of the quarters in the picture, each with its name."""
    found = []
    year, month = series.start.year, series.start.month
    first = date(year, month - (month - 1) % _MONTHS_IN_A_QUARTER, 1)
    while first <= series.until:
        if first >= series.start:
            number = (first.month - 1) // _MONTHS_IN_A_QUARTER + 1
            found.append((first, say("risk_over_time.quarter", number=number, year=first.year)))
        later = first.month + _MONTHS_IN_A_QUARTER
        first = date(first.year + later // 13, later if later < 13 else 1, 1)  # noqa: PLR2004 - after December comes January
    return tuple(found)


def figure(series: RiskOverTimeSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    shown = [*series.steps, *([(series.until, series.steps[-1][1])] if series.steps else [])]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": say("risk_over_time.rating"),
        "x": [day.isoformat() for day, _badge in shown],
        "y": [-lane(badge) for _day, badge in shown],
        "text": [badge_word(badge) for _day, badge in shown],
        "hovertemplate": drawing.hover("%{x|%-d %b %Y}: %{text}"),
        "line": {"shape": "hv", "width": 3, "color": colours.accent},
        "marker": {"size": 8, "color": colours.accent},
    }
    return {"data": [line], "layout": _layout(series, colours)}


def _layout(series: RiskOverTimeSeries, colours: Palette) -> dict[str, Any]:
    lines = [(day, colours.grid, "solid") for day, _name in quarters(series)]
    lines += [(day, colours.muted, "dash") for day, _words in series.marks]
    return {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 90, "r": 20, "t": 30, "b": 40},
        "xaxis": {
            "type": "date",
            "range": [series.start.isoformat(), series.until.isoformat()],
            "tickmode": "array",
            "tickvals": [day.isoformat() for day, _name in quarters(series)],
            "ticktext": [name for _day, name in quarters(series)],
            "showgrid": False,
            "fixedrange": True,
        },
        "yaxis": {
            "range": [0.5 - len(LANES), 0.5],
            "tickmode": "array",
            "tickvals": [-number for number in range(len(LANES))],
            "ticktext": [badge_word(name) for name in LANES],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "shapes": [
            {
                "type": "line",
                "x0": day.isoformat(),
                "x1": day.isoformat(),
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "layer": "below",
                "line": {"color": colour, "dash": dash, "width": 1},
            }
            for day, colour, dash in lines
        ],
        "annotations": [
            {
                "x": day.isoformat(),
                "y": 1.06,
                "yref": "paper",
                "text": letter,
                "hovertext": escape(words),
                "showarrow": False,
            }
            for letter, day, words in lettered(series)
        ],
        "showlegend": False,
    }


def lettered(series: RiskOverTimeSeries) -> Iterator[tuple[str, date, str]]:
    """Marks with a letter each: A, B, … and a plus sign once the alphabet is through."""
    for place, (day, words) in enumerate(series.marks):
        yield chr(ord("A") + place) if place < 26 else "+", day, words  # noqa: PLR2004 - letters


def svg(series: RiskOverTimeSeries) -> bytes:
    """Draw the picture for the page; the same bytes every time."""
    width, height = _SIZE
    bottom = _TOP + len(LANES) * height
    listed = list(lettered(series))[:_LISTED_MARKS]
    parts = [*_lanes(), *_quarters(series, bottom), *_marks(series, bottom), *_line(series)]
    for place, (letter, day, words) in enumerate(listed):
        at = bottom + 30 + place * 13
        told = say("risk_over_time.legend", letter=letter, day=_day(day), words=_short(words))
        parts.append(drawing.words(told, {**_MUTED, "x": _LEFT, "y": at}))
    return drawing.picture(
        _LEFT + width + 14, bottom + 24 + len(listed) * 13, title=title(series), parts=parts
    )


_MUTED: Final[dict[str, str | float]] = {"font-size": 9, "fill": LIGHT.muted, "class": "axis"}
_LONGEST_WORDS: Final = 80


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"


def _across(series: RiskOverTimeSeries, day: date) -> float:
    whole = (series.until - series.start).days
    return round(_LEFT + _SIZE[0] * (day - series.start).days / whole, 1)


def _down(badge: str) -> float:
    return _TOP + (lane(badge) + 0.5) * _SIZE[1]


def _lanes() -> Iterator[str]:
    width, height = _SIZE
    for place, name in enumerate(LANES):
        y = _TOP + place * height
        box: dict[str, str | float] = {
            "class": f"cell {'untested' if name == UNKNOWN else name}",
            "x": _LEFT,
            "y": y + 0.5,
            "width": width,
            "height": height - 1,
            "fill": TINTS.get(name, LIGHT.shade),
        }
        label: dict[str, str | float] = {
            "class": "word",
            "x": _LEFT - 8,
            "y": y + height / 2 + 3,
            "font-size": 10,
            "text-anchor": "end",
            "fill": LIGHT.ink,
        }
        yield drawing.element("rect", box)
        yield drawing.words(badge_word(name), label)


def _upright(kind: str, x: float, bottom: float, **more: str | float) -> str:
    where: dict[str, str | float] = {"class": kind, "x1": x, "x2": x, "y1": _TOP, "y2": bottom}
    return drawing.element("line", {**where, "stroke": LIGHT.muted, **more})


def _quarters(series: RiskOverTimeSeries, bottom: float) -> Iterator[str]:
    found = quarters(series)
    every = -(-len(found) // _MOST_QUARTERS)
    for place, (day, name) in enumerate(found):
        x = _across(series, day)
        yield _upright("quarter", x, bottom, **{"stroke-opacity": 0.35})
        if place % every == 0 and x < _LEFT + _SIZE[0] - 30:
            yield drawing.words(name, {**_MUTED, "x": x + 2, "y": bottom + 12})


def _marks(series: RiskOverTimeSeries, bottom: float) -> Iterator[str]:
    for letter, day, _words in lettered(series):
        x = _across(series, day)
        yield _upright("change", x, bottom, **{"stroke-dasharray": "3 3"})
        yield drawing.words(letter, {**_MUTED, "x": x, "y": _TOP - 4, "text-anchor": "middle"})


def _line(series: RiskOverTimeSeries) -> Iterator[str]:
    if not series.steps:
        return
    (day, badge), *later = series.steps
    path = f"M{_across(series, day):g} {_down(badge):g}"
    for day, badge in later:
        path += f"H{_across(series, day):g}V{_down(badge):g}"
    path += f"H{_across(series, series.until):g}"
    stroke: dict[str, str | float] = {
        "class": "step",
        "d": path,
        "fill": "none",
        "stroke": LIGHT.accent,
        "stroke-width": 2.5,
        "stroke-linejoin": "round",
    }
    yield drawing.element("path", stroke)
    for day, badge in series.steps:
        dot: dict[str, str | float] = {
            "class": "step-dot",
            "cx": _across(series, day),
            "cy": _down(badge),
            "r": 3.5,
            "fill": LIGHT.accent,
        }
        yield drawing.element("circle", dot)
