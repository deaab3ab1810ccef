"""How many references were needed: the same attack with few of them, with twice as many, with all.

Whether training stopped was decided by the order of the scores alone; the AUC shows the reader
what more references changed.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import Table, attack_label, auc_text, invalid_title, percent
from audits.charts.words import counted, say

NAME: Final = "growth"
_LEFT, _WIDTH, _TOP, _HEIGHT = 60.0, 440.0, 14.0, 170.0
_ROOM: Final = 0.02
_MOST_STEPS: Final = 6  # the widest step needs five from 0 to 1
# Round steps with the decimals that write them in full: equal steps then read as equal ones.
_STEPS: Final = ((0.01, 2), (0.02, 2), (0.05, 2), (0.1, 1), (0.2, 1))


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """The attack with so many references; ``alike`` and ``overlap`` compare with the point before.

    ``settled`` says that the scores had stopped moving by then.
    """

    count: int
    auc: float
    low: float
    high: float
    alike: float | None
    overlap: float | None
    settled: bool


@dataclass(frozen=True, slots=True)
class GrowthSeries:
    """Points by rising number of references; none where none were trained, or none were kept."""

    outcome: str
    attack: str
    points: tuple[GrowthPoint, ...]

    @property
    def enough(self) -> int | None:
        """References after which doubling them no longer moved the order of the records."""
        return next((one.count for one in self.points if one.settled), None)


def series(document: Mapping[str, Any]) -> GrowthSeries:
    """Freeze the points; the rule that stops training says what has settled."""
    from audits.engine.convergence import (  # noqa: PLC0415 - brings numpy
        LEAST_CORRELATION,
        LEAST_OVERLAP,
    )

    def settled(one: Mapping[str, Any]) -> bool:
        alike, overlap = one["correlation"], one["overlap"]
        return alike is not None and alike >= LEAST_CORRELATION and overlap >= LEAST_OVERLAP

    return GrowthSeries(
        outcome=str(document["verdict"]["outcome"]),
        attack=attack_label("rmia"),
        points=tuple(
            GrowthPoint(
                count=int(one["count"]),
                auc=float(one["auc"]["value"]),
                low=float(one["auc"]["low"]),
                high=float(one["auc"]["high"]),
                alike=one["correlation"],
                overlap=one["overlap"],
                settled=settled(one),
            )
            for one in document["references"].get("growth", ())
        ),
    )


def title(series: GrowthSeries) -> str:
    """State the finding in one sentence."""
    if series.outcome == "invalid":
        return invalid_title()
    if not series.points:
        return say("growth.nothing")
    last = series.points[-1].count
    if len(series.points) == 1:
        return counted("growth.single", last)
    if series.enough is None:
        return say("growth.moved", before=f"{series.points[-2].count:,}", last=f"{last:,}")
    return counted("growth.settled", series.enough)


def alt_text(series: GrowthSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say("growth.point", count=f"{one.count:,}", figures=_figures(one)) for one in series.points
    )
    if not told:
        return say("growth.alt_empty", title=title(series))
    return say("growth.alt", title=title(series), points=told)


def _figures(one: GrowthPoint) -> str:
    return auc_text(one.auc, one.low, one.high)


def table(series: GrowthSeries) -> Table:
    """List every number of references with the AUC and how far the scores had moved."""
    return Table(
        caption=say("growth.caption", attack=series.attack),
        headers=(
            say("growth.references"),
            say("growth.auc_limits"),
            say("growth.order"),
            say("growth.overlap"),
        ),
        rows=tuple(
            (
                f"{one.count:,}",
                _figures(one),
                "–" if one.alike is None else f"{one.alike:.3f}",
                "–" if one.overlap is None else percent(one.overlap),
            )
            for one in series.points
        ),
    )


def figure(series: GrowthSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours, points = palette(dark=dark), _drawn(series)
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": series.attack,
        "x": [one.count for one in points],
        "y": [one.auc for one in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, one.high - one.auc) for one in points],
            "arrayminus": [max(0.0, one.auc - one.low) for one in points],
        },
        "line": {"color": colours.lines[0], "width": 2.5},
        "marker": {"size": 8},
        "hovertemplate": drawing.hover(say("growth.hover")),
    }
    counts = [one.count for one in points]
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 60, "r": 20, "t": 20, "b": 60},
        "xaxis": {
            "type": "log",
            "tickmode": "array",
            "tickvals": counts,
            "ticktext": [str(count) for count in counts],
            "title": {"text": say("growth.references")},
            "showgrid": False,
        },
        "yaxis": {"title": {"text": say("growth.auc")}, "gridcolor": colours.grid},
        "showlegend": False,
    }
    return {"data": [line], "layout": layout}


def _drawn(series: GrowthSeries) -> tuple[GrowthPoint, ...]:
    return () if series.outcome == "invalid" else series.points


def svg(series: GrowthSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    points = _drawn(series)
    told = _ticks(
        max(0.0, min((one.low for one in points), default=0.5) - _ROOM),
        min(1.0, max((one.high for one in points), default=1.0) + _ROOM),
    )
    values = [float(text) for text in told]
    least, most = values[0], values[-1]

    def up(value: float) -> float:
        return _TOP + _HEIGHT * (most - value) / (most - least)

    places = [(_place(points, one), up(one.auc)) for one in points]
    parts = [*_grid(told, up), drawing.path(places, colour=LIGHT.accent, kind="line-1")]
    for one, (x, y) in zip(points, places, strict=True):
        parts += [
            drawing.line(
                (x, up(one.low)), (x, up(one.high)), colour=LIGHT.accent, kind="line-1", width=1.5
            ),
            drawing.element(
                "circle", {"class": "mark-1", "cx": x, "cy": y, "r": 4.5, "fill": LIGHT.accent}
            ),
            drawing.words(
                f"{one.count:,}",
                {**drawing.WORD, "x": x, "y": _TOP + _HEIGHT + 15, "text-anchor": "middle"},
            ),
        ]
        if one.count == series.enough:
            ends = (x, _TOP), (x, _TOP + _HEIGHT)
            parts.append(drawing.line(*ends, colour=LIGHT.muted, kind="frame", dashes="4 3"))
    return drawing.picture(
        _LEFT + _WIDTH + 14, _TOP + _HEIGHT + 32, title=title(series), parts=parts
    )


def _place(points: tuple[GrowthPoint, ...], one: GrowthPoint) -> float:
    """Doublings are equally wide; a single point stands in the middle."""
    first, last = (math.log2(points[end].count) for end in (0, -1))
    share = 0.5 if last == first else (math.log2(one.count) - first) / (last - first)
    return _LEFT + 20 + (_WIDTH - 40) * share


def _ticks(low: float, high: float) -> tuple[str, ...]:
    """Write round values, evenly spaced, of which the ends enclose what is drawn."""
    found = ((step, digits, *_enclosed(low, high, step)) for step, digits in _STEPS)
    step, digits, first, last = next(one for one in found if one[3] - one[2] <= _MOST_STEPS)
    return tuple(f"{number * step:.{digits}f}" for number in range(first, last + 1))


def _enclosed(low: float, high: float, step: float) -> tuple[int, int]:
    """Multiples of the step below and above; what lies on one, but for rounding, is enclosed."""
    return math.floor(round(low / step, 6)), math.ceil(round(high / step, 6))


def _grid(told: Sequence[str], up: Callable[[float], float]) -> list[str]:
    parts = []
    for text in told:
        y = up(float(text))
        parts.append(drawing.line((_LEFT, y), (_LEFT + _WIDTH, y), colour=LIGHT.grid, kind="grid"))
        mark = {**drawing.AXIS, "x": _LEFT - 6, "y": y + 3, "text-anchor": "end"}
        parts.append(drawing.words(text, mark))
    middle = {**drawing.AXIS, "text-anchor": "middle"}
    across = {**middle, "x": _LEFT + _WIDTH / 2, "y": _TOP + _HEIGHT + 29}
    x, y = 12.0, _TOP + _HEIGHT / 2
    upright = {**middle, "x": x, "y": y, "transform": f"rotate(-90 {x:g} {y:g})"}
    return [
        *parts,
        drawing.words(say("growth.references"), across),
        drawing.words(say("growth.auc"), upright),
    ]
