"""The rating over time: a step for each change, quarters, and when the measuring itself changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, TINTS, Palette, palette
from audits.charts.values import Table
from audits.charts.words import badge_word, say
from audits.guidance.badges import Badge

NAME: Final = "risk_over_time"

# From the top: the worst first. What nobody has measured is no place on that scale: it stands
# apart, or a result that expires would look like one that got better.
RATED: Final[tuple[str, ...]] = ("critical", "high", "elevated", "guarded", "low")
UNKNOWN: Final = "unknown"
LANES: Final[tuple[str, ...]] = (*RATED, UNKNOWN)
_APART: Final = 0.5  # of the height of a lane
_HIGH: Final = len(LANES) + _APART
_BORDER: Final = len(RATED) - 0.5 + _APART / 2  # in the middle of the gap
_SHORTEST: Final = timedelta(days=90)
_SIZE: Final = (480.0, 23.0)
_LEFT: Final = 74.0
_TOP: Final = 16.0
_LISTED_MARKS: Final = 4
_MONTHS_IN_A_QUARTER: Final = 3
_MOST_QUARTERS: Final = 9
_DOT: Final = 8


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


def lane(badge: str) -> float:
    """Lanes above that of a badge; what says nothing about the risk shares one, below a gap."""
    return RATED.index(badge) if badge in RATED else len(RATED) + _APART


@dataclass(frozen=True, slots=True)
class Run:
    """Ratings one after the other, or days without any; no line leads from the one to the other."""

    is_rated: bool
    steps: tuple[tuple[date, str], ...]
    end: date


def runs(steps: Iterable[tuple[date, str]], until: date) -> tuple[Run, ...]:
    """Part the steps where a rating begins or ends to stand."""
    parts = [
        (is_rated, tuple(group))
        for is_rated, group in groupby(steps, key=lambda step: step[1] in RATED)
    ]
    ends = [part[0][0] for _is_rated, part in parts[1:]]
    return tuple(
        Run(is_rated, part, end)
        for (is_rated, part), end in zip(parts, (*ends, until), strict=False)
    )


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
    found = runs(series.steps, series.until)
    rated = _trace([run for run in found if run.is_rated], say("risk_over_time.rating"))
    rated |= {
        "line": {"shape": "hv", "width": 3, "color": colours.accent, "dash": "solid"},
        "marker": {**rated["marker"], "color": colours.accent},
    }
    apart = _trace([run for run in found if not run.is_rated], badge_word(UNKNOWN))
    apart |= {
        "line": {"shape": "hv", "width": 2, "color": colours.muted, "dash": "dash"},
        "marker": {**apart["marker"], "color": colours.muted, "symbol": "circle-open"},
    }
    return {"data": [rated, apart], "layout": _layout(series, colours)}


def _trace(found: Iterable[Run], name: str) -> dict[str, Any]:
    """Begin a line of the figure: it breaks between its runs, and has a dot for each step."""
    places: list[tuple[date, str | None, int]] = []
    for run in found:
        if places:
            places.append((run.steps[0][0], None, 0))
        places += [(day, badge, _DOT) for day, badge in run.steps]
        places.append((run.end, run.steps[-1][1], 0))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [day.isoformat() for day, _badge, _size in places],
        "y": [None if badge is None else -lane(badge) for _day, badge, _size in places],
        "text": ["" if badge is None else badge_word(badge) for _day, badge, _size in places],
        "hovertemplate": drawing.hover("%{x|%-d %b %Y}: %{text}"),
        "marker": {"size": [size for _day, _badge, size in places]},
    }


def _layout(series: RiskOverTimeSeries, colours: Palette) -> dict[str, Any]:
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
            "range": [0.5 - _HIGH, 0.5],
            "tickmode": "array",
            "tickvals": [-lane(name) for name in LANES],
            "ticktext": [badge_word(name) for name in LANES],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "shapes": _shapes(series, colours),
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


def _shapes(series: RiskOverTimeSeries, colours: Palette) -> list[dict[str, Any]]:
    """The edge of the scale, quarters, and days from which it is measured otherwise."""
    edge = {"x0": 0, "x1": 1, "xref": "paper", "y0": -_BORDER, "y1": -_BORDER}
    lines = [(edge, colours.grid, "solid")]
    for days, colour, dash in (
        (quarters(series), colours.grid, "solid"),
        (series.marks, colours.muted, "dash"),
    ):
        for day, _words in days:
            at = {"x0": day.isoformat(), "x1": day.isoformat(), "yref": "paper", "y0": 0, "y1": 1}
            lines.append((at, colour, dash))
    return [
        {
            "type": "line",
            **where,
            "layer": "below",
            "line": {"color": colour, "dash": dash, "width": 1},
        }
        for where, colour, dash in lines
    ]


def lettered(series: RiskOverTimeSeries) -> Iterator[tuple[str, date, str]]:
    """Marks with a letter each: A, B, … and a plus sign once the alphabet is through."""
    for place, (day, words) in enumerate(series.marks):
        yield chr(ord("A") + place) if place < 26 else "+", day, words  # noqa: PLR2004 - letters


def svg(series: RiskOverTimeSeries) -> bytes:
    """Draw the picture for the page; the same bytes every time."""
    width, height = _SIZE
    bottom = _TOP + _HIGH * height
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
    for name in LANES:
        y = _TOP + lane(name) * height
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
        if name == UNKNOWN:
            label |= {"class": "axis", "fill": LIGHT.muted}
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
    for run in runs(series.steps, series.until):
        yield drawing.element("path", {**_STROKES[run.is_rated], "d": _path(series, run)})
        for day, badge in run.steps:
            where: dict[str, str | float] = {"cx": _across(series, day), "cy": _down(badge)}
            yield drawing.element("circle", {**DOTS[run.is_rated], **where, "r": 3.5})


def _path(series: RiskOverTimeSeries, run: Run) -> str:
    (first, begun), *later = run.steps
    path = f"M{_across(series, first):g} {_down(begun):g}"
    for day, badge in later:
        path += f"H{_across(series, day):g}V{_down(badge):g}"
    return f"{path}H{_across(series, run.end):g}"


# By whether there is a rating: what is not known is pale, broken and hollow.
_STROKES: Final[dict[bool, dict[str, str | float]]] = {
    True: {
        "class": "step",
        "fill": "none",
        "stroke": LIGHT.accent,
        "stroke-width": 2.5,
        "stroke-linejoin": "round",
    },
    False: {
        "class": "gap",
        "fill": "none",
        "stroke": LIGHT.muted,
        "stroke-width": 1.5,
        "stroke-dasharray": "5 4",
    },
}
DOTS: Final[dict[bool, dict[str, str | float]]] = {
    True: {"class": "step-dot", "fill": LIGHT.accent},
    False: {"class": "gap-dot", "fill": LIGHT.paper, "stroke": LIGHT.muted, "stroke-width": 1.5},
}
