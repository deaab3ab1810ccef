"""What every attack finds at the three false alarm rates, with limits: is one attack an outlier?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import (
    FALSE_ALARM_RATES,
    Reading,
    Table,
    at_rate,
    attack_label,
    counted_as,
    headline_rate,
    invalid_title,
    leading_attack,
    percent,
    reading_of,
    reading_text,
)
from audits.charts.words import say

NAME: Final = "catch_rates"
SYMBOLS: Final = ("circle", "square", "diamond")
_FLOOR: Final = 1e-4
_LEFT, _WIDTH, _TOP, _ROW, _LANE = 190.0, 330.0, 40.0, 46.0, 13.0
_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class AttackRates:
    """One attack with a reading for each of the false alarm rates, lowest first."""

    label: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class CatchRatesSeries:
    """The attack the verdict speaks of comes first."""

    outcome: str
    attacks: tuple[AttackRates, ...]
    unit: str = "record"


def series(document: Mapping[str, Any]) -> CatchRatesSeries:
    """Freeze the catch rates of every attack."""
    leader, family = leading_attack(document), document.get("family", ())
    keys = sorted(document["attacks"], key=lambda key: (key != leader, key not in family, key))
    return CatchRatesSeries(
        outcome=str(document["verdict"]["outcome"]),
        attacks=tuple(
            AttackRates(
                label=attack_label(key),
                readings=tuple(
                    reading_of(document["attacks"][key]["tpr"][rate]) for rate in FALSE_ALARM_RATES
                ),
            )
            for key in keys
        ),
        unit=str(document["records"].get("unit", "record")),
    )


def title(series: CatchRatesSeries) -> str:
    """State the finding in one sentence."""
    if series.outcome == "invalid":
        return invalid_title()
    first = series.attacks[0] if series.attacks else None
    readings = {} if first is None else dict(zip(FALSE_ALARM_RATES, first.readings, strict=True))
    rate = headline_rate(readings) if readings else None
    if first is None or rate is None:
        return say(f"catch_rates.too_few_{counted_as(series.unit)}")
    return say(
        "catch_rates.title",
        attack=first.label,
        found=reading_text(readings[rate], unit=series.unit),
        rate=percent(float(rate)),
    )


def alt_text(series: CatchRatesSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say(
            "catch_rates.attack",
            attack=one.label,
            readings=", ".join(reading_text(each, unit=series.unit) for each in one.readings),
        )
        for one in series.attacks
    )
    rates = ", ".join(percent(float(rate)) for rate in FALSE_ALARM_RATES)
    if not told:
        return say("catch_rates.alt_empty", rates=rates, title=title(series))
    return say("catch_rates.alt", rates=rates, title=title(series), attacks=told)


def table(series: CatchRatesSeries) -> Table:
    """List each attack's catch rates."""
    return Table(
        caption=say("catch_rates.caption"),
        headers=(
            say("catch_rates.column_attack"),
            *(at_rate(rate) for rate in FALSE_ALARM_RATES),
        ),
        rows=tuple(
            (one.label, *(reading_text(reading, unit=series.unit) for reading in one.readings))
            for one in series.attacks
        ),
    )


def _drawn(series: CatchRatesSeries, lane: int) -> list[tuple[int, float, float, float]]:
    """(row, value, low, high) of what may be drawn at one rate; nothing of a void comparison."""
    if series.outcome == "invalid":
        return []
    return [
        (row, reading.value, reading.low or 0.0, 1.0 if reading.high is None else reading.high)
        for row, one in enumerate(series.attacks)
        for reading in (one.readings[lane],)
        if reading.reportable and reading.value is not None
    ]


def figure(series: CatchRatesSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    traces = []
    for lane, rate in enumerate(FALSE_ALARM_RATES):
        points = _drawn(series, lane)
        values = [max(value, _FLOOR) for _, value, _, _ in points]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": at_rate(rate),
                "x": values,
                "y": [row + (lane - 1) * 0.2 for row, *_ in points],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [
                        max(0.0, high - x) for x, (*_, high) in zip(values, points, strict=True)
                    ],
                    "arrayminus": [
                        max(0.0, x - max(low, _FLOOR))
                        for x, (_, _, low, _) in zip(values, points, strict=True)
                    ],
                },
                "marker": {"symbol": SYMBOLS[lane], "size": 9, "color": colours.lines[lane]},
                "hovertemplate": drawing.hover(say("catch_rates.hover")),
            }
        )
    rows = list(range(len(series.attacks)))
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 190, "r": 20, "t": 20, "b": 60},
        "xaxis": {
            "type": "log",
            "range": [math.log10(_FLOOR), 0],
            "tickformat": ".2~p",
            "title": {"text": say("catch_rates.axis")},
            "gridcolor": colours.grid,
        },
        "yaxis": {
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
            "tickmode": "array",
            "tickvals": rows,
            "ticktext": [escape(one.label) for one in series.attacks],
        },
        "legend": {"orientation": "h"},
    }
    return {"data": traces, "layout": layout}


def _across(share: float) -> float:
    return _LEFT + _WIDTH * (1 - math.log10(max(share, _FLOOR)) / math.log10(_FLOOR))


def svg(series: CatchRatesSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    bottom = _TOP + len(series.attacks) * _ROW
    parts = [*_legend(), *_grid(bottom)]
    for row, one in enumerate(series.attacks):
        middle = _TOP + (row + 0.5) * _ROW
        label = drawing.cut(one.label, _LONGEST_NAME)
        parts.append(
            drawing.words(
                label,
                {**drawing.WORD, "x": _LEFT - 10, "y": middle + 3, "text-anchor": "end"},
            )
        )
    for lane in range(len(FALSE_ALARM_RATES)):
        for row, value, low, high in _drawn(series, lane):
            y = _TOP + (row + 0.5) * _ROW + (lane - 1) * _LANE
            parts += _mark(lane, y, (value, low, high))
    return drawing.picture(_LEFT + _WIDTH + 20, bottom + 22, title=title(series), parts=parts)


def _legend() -> list[str]:
    parts = []
    for lane, rate in enumerate(FALSE_ALARM_RATES):
        x = _LEFT + lane * 110
        parts.append(_symbol(lane, x + 5, 11))
        told = say("catch_rates.legend", rate=percent(float(rate)))
        parts.append(drawing.words(told, {**drawing.WORD, "x": x + 14, "y": 14}))
    return parts


def _grid(bottom: float) -> list[str]:
    parts = []
    for share in (0.0001, 0.001, 0.01, 0.1, 1.0):
        x = _across(share)
        parts.append(drawing.line((x, _TOP - 6), (x, bottom), colour=LIGHT.grid, kind="grid"))
        parts.append(
            drawing.words(
                percent(share), {**drawing.AXIS, "x": x, "y": bottom + 14, "text-anchor": "middle"}
            )
        )
    return parts


def _mark(lane: int, y: float, figures: tuple[float, float, float]) -> list[str]:
    """Draw a value with its limits; what guessing would find is a short upright line."""
    value, low, high = figures
    colour, kind = LIGHT.lines[lane], f"line-{lane + 1}"
    chance = _across(float(FALSE_ALARM_RATES[lane]))
    return [
        drawing.line((chance, y - 5), (chance, y + 5), colour=LIGHT.muted, kind="frame"),
        drawing.line((_across(low), y), (_across(high), y), colour=colour, kind=kind, width=1.5),
        _symbol(lane, _across(value), y),
    ]


def _symbol(lane: int, x: float, y: float) -> str:
    colour, kind = LIGHT.lines[lane], f"mark-{lane + 1}"
    if SYMBOLS[lane] == "circle":
        return drawing.element("circle", {"class": kind, "cx": x, "cy": y, "r": 4, "fill": colour})
    if SYMBOLS[lane] == "square":
        return drawing.bar((x - 3.5, y - 3.5), (7, 7), fill=colour, kind=kind)
    points = f"{x:g},{y - 5:g} {x + 5:g},{y:g} {x:g},{y + 5:g} {x - 5:g},{y:g}"
    return drawing.element("polygon", {"class": kind, "points": points, "fill": colour})
