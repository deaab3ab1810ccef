"""A thousand people in the data and a thousand outsiders: who would be picked out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import (
    Reading,
    Table,
    attack_label,
    headline_rate,
    invalid_title,
    leading_attack,
    reading_of,
    with_limits,
)
from audits.charts.words import say

NAME: Final = "dots"
PEOPLE: Final = 1000
_COLUMNS: Final = 40
_PITCH: Final = 6.0


@dataclass(frozen=True, slots=True)
class DotsSeries:
    """Counts per 1,000 people; None where the records do not carry a number.

    ``accused`` is the false alarm rate the picture is drawn for, in outsiders per 1,000;
    ``about_people`` is False where the records are about things; ``unit`` says what the sizes
    count: records, for what was frozen before it was kept.
    """

    outcome: str
    about_people: bool
    above_chance: bool
    rated: bool
    attack: str
    members: int
    nonmembers: int
    picked: int | None
    picked_low: int | None
    picked_high: int | None
    accused: int | None
    unit: str = "record"


def series(
    document: Mapping[str, Any], *, about_people: bool = True, told_at: float | None = None
) -> DotsSeries:
    """Freeze the counts at the false alarm rate of the verdict's figure, where it has one.

    Else at the lowest rated one, else at the lowest reportable one.
    """
    leader = leading_attack(document)
    readings: dict[str, Reading] = {}
    if leader is not None:
        table_of_rates = document["attacks"][leader]["tpr"]
        readings = {rate: reading_of(values) for rate, values in table_of_rates.items()}
    rate = _rate_of(readings, told_at)
    reading = Reading(None, None, None, False, False) if rate is None else readings[rate]
    valid = document["verdict"]["outcome"] != "invalid"
    return DotsSeries(
        outcome=str(document["verdict"]["outcome"]),
        about_people=about_people,
        above_chance=_above_chance(reading, rate) and valid,
        rated=reading.rated,
        attack="" if leader is None else attack_label(leader),
        members=int(document["records"]["members"]),
        nonmembers=int(document["records"]["nonmembers"]),
        picked=_per_thousand(reading.value) if valid else None,
        picked_low=_per_thousand(reading.low) if valid else None,
        picked_high=_per_thousand(reading.high) if valid else None,
        accused=_per_thousand(None if rate is None else float(rate)) if valid else None,
        unit=str(document["records"].get("unit", "record")),
    )


def _rate_of(readings: Mapping[str, Reading], told_at: float | None) -> str | None:
    told = (rate for rate in readings if told_at is not None and float(rate) == told_at)
    return next(told, None) or (headline_rate(readings) if readings else None)


def in_one_figure(series: DotsSeries) -> DotsSeries:
    """Leave the limits out, for a reader who has them once, beside the verdict."""
    return replace(series, picked_low=None, picked_high=None)


def _above_chance(reading: Reading, rate: str | None) -> bool:
    return rate is not None and reading.low is not None and reading.low > float(rate)


def _per_thousand(share: float | None) -> int | None:
    return None if share is None else round(share * PEOPLE)


def _kind(series: DotsSeries) -> str:
    """Name the half of the sentences that fits."""
    return "people" if series.about_people else "records"


def title(series: DotsSeries) -> str:
    """State the finding in one sentence."""
    if series.outcome == "invalid":
        return invalid_title()
    if series.picked is None:
        if series.unit == "person":
            return say("dots.too_few_people_counted")
        return say(f"dots.{_kind(series)}.too_few")
    picked, accused = f"{series.picked:,}", f"{series.accused:,}"
    return say(f"dots.{_kind(series)}.finding_{_finding(series)}", picked=picked, accused=accused)


def _finding(series: DotsSeries) -> str:
    """Name the sentence about the two counts."""
    if series.outcome == "inconclusive":
        return "unsettled" if series.above_chance else "unsettled_chance"
    if not series.above_chance:
        return "chance"
    return "rated" if series.rated else "indicative"


def alt_text(series: DotsSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    if series.picked is None:
        return say("dots.alt_empty", title=title(series))
    kind, picked, accused = _kind(series), f"{series.picked:,}", f"{series.accused:,}"
    if series.picked_low is None:
        return say(f"dots.{kind}.alt", picked=picked, accused=accused, title=title(series))
    low, high = _limits(series)
    return say(
        f"dots.{kind}.alt_limits",
        picked=picked,
        limits=say("reading.range", low=low, high=high),
        accused=accused,
        title=title(series),
    )


def _limits(series: DotsSeries) -> tuple[str, str]:
    high = PEOPLE if series.picked_high is None else series.picked_high
    return f"{series.picked_low or 0:,}", f"{high:,}"


def table(series: DotsSeries) -> Table:
    """List the two groups with what is marked in each and what is not."""
    kind = _kind(series)
    limits = None if series.picked_low is None else _limits(series)
    return Table(
        caption=say(f"dots.{kind}.caption", attack=series.attack)
        if series.attack
        else say(f"dots.{kind}.caption_no_attack"),
        headers=(say("dots.group"), say("dots.marked"), say("dots.not_marked")),
        rows=(
            (say(f"dots.{kind}.row"), *_row(series.picked, limits)),
            (say("dots.outsiders"), *_row(_accused(series), None)),
        ),
        note="" if limits is None else what_limits_count(),
    )


def what_limits_count() -> str:
    """Say why these limits are not those of the sentence of a verdict about the same rate."""
    return say("dots.limits")


def what_at_least_counts() -> str:
    """Say why a bound of a verdict may lie below these limits."""
    return say("dots.at_least")


def _accused(series: DotsSeries) -> int | None:
    """Outsiders that are marked, in a picture in which anybody can be."""
    return None if series.picked is None else series.accused or 0


def _row(marked: int | None, limits: tuple[str, str] | None) -> tuple[str, str]:
    if marked is None:
        return say("dots.not_known"), say("dots.not_known")
    told = f"{marked:,}" if limits is None else with_limits(f"{marked:,}", *limits)
    return told, f"{PEOPLE - marked:,}"


def _places(start: int, stop: int) -> Iterable[tuple[int, int]]:
    """Columns and rows of dots start..stop, counted row by row from the top left."""
    return ((index % _COLUMNS, index // _COLUMNS) for index in range(start, stop))


def figure(series: DotsSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    traces: list[dict[str, Any]] = []
    for axis, (name, marked) in zip(("", "2"), _fields(series), strict=True):
        split = marked or 0
        for part, start, stop in (("marked", 0, split), ("unmarked", split, PEOPLE)):
            places = list(_places(start, stop))
            chosen = part == "marked"
            told = say(f"dots.hover_{part}", group=name, count=f"{stop - start:,}")
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [x for x, _ in places],
                    "y": [y for _, y in places],
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                    **({"hoverinfo": "skip"} if marked is None else {}),
                    "hovertemplate": drawing.hover(told),
                    "marker": {
                        "color": colours.alarm if chosen else colours.muted,
                        "opacity": 1 if chosen else 0.35,
                        "size": 5 if chosen else 3,
                        "symbol": "square" if chosen else "circle",
                    },
                }
            )
    narrow = {"height_rem": 28, "layout": _stacked(series)}
    return {"data": traces, "layout": _layout(series, dark=dark), "narrow": narrow}


def _fields(series: DotsSeries) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
    """The two groups by name, each with how many are marked; None where that is not known."""
    return (say("dots.in_the_data"), series.picked), (say("dots.outsiders"), _accused(series))


def _count(marked: int | None) -> str:
    return say("dots.not_known") if marked is None else say("dots.count", marked=f"{marked:,}")


def _layout(series: DotsSeries, *, dark: bool) -> dict[str, Any]:
    colours = palette(dark=dark)
    across = {"visible": False, "range": [-1, _COLUMNS]}
    down = {"visible": False, "range": [PEOPLE / _COLUMNS, -1]}
    return {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 10, "r": 10, "t": 56, "b": 10},
        "showlegend": False,
        "xaxis": {**across, "domain": [0, 0.48]},
        "xaxis2": {**across, "domain": [0.52, 1]},
        "yaxis": down,
        "yaxis2": {**down, "anchor": "x2"},
        "annotations": [
            _label(f"{name}<br>{_count(marked)}", x, 1.02)
            for x, (name, marked) in zip((0.24, 0.76), _fields(series), strict=True)
        ],
    }


def _stacked(series: DotsSeries) -> dict[str, Any]:
    """What is laid out otherwise on a phone: one group below the other, each under its label."""
    across = {"visible": False, "range": [-1, _COLUMNS], "domain": [0, 1]}
    down = {"visible": False, "range": [PEOPLE / _COLUMNS, -1]}
    return {
        "margin": {"l": 10, "r": 10, "t": 32, "b": 10},
        "xaxis": across,
        "xaxis2": {**across, "anchor": "y2"},
        "yaxis": {**down, "domain": [0.55, 1]},
        "yaxis2": {**down, "domain": [0, 0.45], "anchor": "x2"},
        "annotations": [
            _label(say("dots.half", group=name, count=_count(marked)), 0.5, y)
            for y, (name, marked) in zip((1.01, 0.46), _fields(series), strict=True)
        ],
    }


def _label(text: str, x: float, y: float) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "y": y,
        "xanchor": "center",  # of itself the library moves it towards the middle
        "yanchor": "bottom",
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
    }


_WIDTH: Final = _COLUMNS * _PITCH
_HEIGHT: Final = 26 + PEOPLE / _COLUMNS * _PITCH


def svg(series: DotsSeries) -> bytes:
    """Draw the picture for print and to take away; the same bytes every time."""
    second = _WIDTH + 24
    parts = [
        drawn
        for left, (name, marked) in zip((0.0, second), _fields(series), strict=True)
        for drawn in _field(left, name, marked)
    ]
    return drawing.picture(second + _WIDTH, _HEIGHT, title=title(series), parts=parts)


def halves(series: DotsSeries) -> tuple[bytes, ...]:
    """Draw each group as a picture by itself: on a phone one stands below the other, readable."""
    return tuple(
        drawing.picture(
            _WIDTH,
            _HEIGHT,
            title=say("dots.half", group=name, count=_count(marked)),
            parts=_field(0.0, name, marked),
            kind="half",
        )
        for name, marked in _fields(series)
    )


def _field(left: float, name: str, marked: int | None) -> list[str]:
    split = marked or 0
    caption: dict[str, str | float] = {"y": 13, "font-size": 12}

    def place(start: int, stop: int) -> Iterable[tuple[float, float]]:
        return (
            (left + (x + 0.5) * _PITCH, 24 + (y + 0.5) * _PITCH) for x, y in _places(start, stop)
        )

    return [
        drawing.words(
            name,
            {**caption, "x": left, "font-weight": "bold", "fill": LIGHT.ink, "class": "name"},
        ),
        drawing.words(
            _count(marked),
            {
                **caption,
                "x": left + _WIDTH,
                "text-anchor": "end",
                "fill": LIGHT.muted if marked is None else LIGHT.alarm,
                "class": "count",
            },
        ),
        drawing.dots(place(0, split), diameter=5, colour=LIGHT.alarm, kind="marked"),
        drawing.dots(place(split, PEOPLE), diameter=2.8, colour="#b4bfca", kind="unmarked"),
    ]
