"""The log-log ROC of every attack: how many members are found at how few false accusations.

The left end of the picture is where the danger is, so both axes are logarithmic. Nothing can
be read left of one false alarm in ``nonmembers`` (the resolution limit): points there, zero
included, are drawn on the limit. Lines are steps: between two measured points the lower holds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from audits.charts.palette import DASHES, LIGHT, Palette, palette
from audits.charts.values import (
    COUNTING_RATES,
    FALSE_ALARM_RATES,
    Reading,
    Table,
    at_rate,
    attack_label,
    auc_text,
    counted_as,
    headline_rate,
    invalid_title,
    leading_attack,
    of_people,
    percent,
    reading_of,
    reading_text,
    ticks,
    too_few,
)
from audits.charts.words import counted, say

NAME: Final = "roc"
EDGE: Final = 0.55  # how far the axes reach below the lowest drawn share


@dataclass(frozen=True, slots=True)
class RocCurve:
    """One attack: a step curve, shares from the drawing floor to 1, and its figures.

    What was frozen before the AUC had a power guard shows it without a mark.
    """

    key: str
    label: str
    fpr: tuple[float, ...]
    tpr: tuple[float, ...]
    auc: float
    auc_low: float
    auc_high: float
    readings: tuple[Reading, ...]
    auc_reportable: bool = True
    auc_rated: bool = True


@dataclass(frozen=True, slots=True)
class RocSeries:
    """All numbers of the picture. The attack the verdict speaks of comes first.

    ``unit`` says what the sizes count; what was frozen before it was kept counts records.
    """

    members: int
    nonmembers: int
    outcome: str
    confirmed: bool
    resolution: float
    floor: float
    lowest_rated: float | None
    curves: tuple[RocCurve, ...]
    unit: str = "record"


def series(document: Mapping[str, Any]) -> RocSeries:
    """Freeze the numbers of a result document (its ``curves`` and ``attacks``)."""
    members = int(document["records"]["members"])
    nonmembers = int(document["records"]["nonmembers"])
    resolution = 1 / max(nonmembers, 1)
    floor = min(resolution, 1 / max(members, 1))
    leader = leading_attack(document)
    family = document.get("family", ())
    keys = sorted(document["attacks"], key=lambda key: (key != leader, key not in family, key))
    curves = tuple(_curve(key, document, resolution, floor) for key in keys)
    rated = [
        float(rate)
        for curve in curves
        for rate, reading in zip(FALSE_ALARM_RATES, curve.readings, strict=True)
        if reading.rated and rate in COUNTING_RATES
    ]
    return RocSeries(
        members=members,
        nonmembers=nonmembers,
        outcome=str(document["verdict"]["outcome"]),
        confirmed=document["best_attack"] is not None,
        resolution=resolution,
        floor=floor,
        lowest_rated=min(rated, default=None)
        if document["verdict"]["outcome"] != "invalid"
        else None,
        curves=curves,
        unit=str(document["records"].get("unit", "record")),
    )


def _curve(key: str, document: Mapping[str, Any], resolution: float, floor: float) -> RocCurve:
    attack = document["attacks"][key]
    points = document.get("curves", {}).get(key, {"fpr": [], "tpr": []})
    fpr, tpr = _clipped(points["fpr"], points["tpr"], resolution, floor)
    return RocCurve(
        key=key,
        label=attack_label(key),
        fpr=fpr,
        tpr=tpr,
        auc=float(attack["auc"]["value"]),
        auc_low=float(attack["auc"]["low"]),
        auc_high=float(attack["auc"]["high"]),
        readings=tuple(reading_of(attack["tpr"][rate]) for rate in FALSE_ALARM_RATES),
        auc_reportable=attack["auc"].get("reportable", True),
        auc_rated=attack["auc"].get("rated", True),
    )


def _clipped(
    fpr: Sequence[float], tpr: Sequence[float], resolution: float, floor: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Move what is left of the limit onto it, keeping the highest point at each place."""
    steps: dict[float, float] = {}
    for x, y in zip(fpr, tpr, strict=True):
        place = min(max(float(x), resolution), 1.0)
        steps[place] = max(steps.get(place, floor), float(y))
    places = sorted(steps)
    return tuple(places), tuple(steps[place] for place in places)


def title(series: RocSeries) -> str:
    """State the finding in one sentence."""
    if series.outcome == "invalid":
        return invalid_title()
    found = _headline(series)
    if found is None:
        return say(f"roc.too_few_{counted_as(series.unit)}")
    rate, reading = found
    group = max(100, round(1 / rate))
    return say(
        f"roc.finding_{_finding(series, rate, reading)}",
        picked=of_people(reading.value or 0.0, group),
        accused=of_people(rate, group),
    )


def _finding(series: RocSeries, rate: float, reading: Reading) -> str:
    """Name the sentence about how many are picked out and how many accused."""
    unsettled = series.outcome == "inconclusive"
    if unsettled or (not series.confirmed and (reading.low or 0.0) > rate):
        return "unsettled"
    if not series.confirmed:
        return "no_better"
    return "rated" if reading.rated else "indicative"


def _headline(series: RocSeries) -> tuple[float, Reading] | None:
    if not series.curves:
        return None
    readings = dict(zip(FALSE_ALARM_RATES, series.curves[0].readings, strict=True))
    rate = headline_rate(readings)
    return None if rate is None else (float(rate), readings[rate])


def alt_text(series: RocSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    parts = [
        say(
            "roc.alt",
            title=title(series),
            nonmembers=f"{series.nonmembers:,}",
            members=f"{series.members:,}",
        )
    ]
    if series.curves:
        parts += _told(series.curves[0], series.unit)
    others = len(series.curves) - 1
    if others > 0:
        parts.append(counted("roc.alt_others", others))
    parts.append(say("roc.alt_limit", rate=percent(series.resolution)))
    return " ".join(parts)


def _told(best: RocCurve, unit: str) -> list[str]:
    """Say what the first curve found at each rate, and its AUC."""
    told = []
    for rate, reading in zip(FALSE_ALARM_RATES, best.readings, strict=True):
        figures, at = reading_text(reading, unit=unit), percent(float(rate))
        told.append(
            say("roc.alt_reading", attack=best.label, rate=at, found=figures)
            if reading.reportable
            else say("roc.alt_no_reading", attack=best.label, rate=at, why=figures)
        )
    figures = _auc_text(best, unit)
    return [
        *told,
        say("roc.alt_auc", figures=figures)
        if best.auc_reportable
        else say("roc.alt_no_auc", why=figures),
    ]


def table(series: RocSeries) -> Table:
    """List each attack's catch rate at the three false alarm rates, and its AUC."""
    return Table(
        caption=say(
            "roc.caption", members=f"{series.members:,}", nonmembers=f"{series.nonmembers:,}"
        ),
        headers=(
            say("roc.attack"),
            *(at_rate(rate) for rate in FALSE_ALARM_RATES),
            say("roc.auc"),
        ),
        rows=tuple(
            (
                curve.label,
                *(reading_text(reading, unit=series.unit) for reading in curve.readings),
                _auc_text(curve, series.unit),
            )
            for curve in series.curves
        ),
    )


def _auc_text(curve: RocCurve, unit: str) -> str:
    if not curve.auc_reportable:
        return too_few(unit)
    return auc_text(curve.auc, curve.auc_low, curve.auc_high, rated=curve.auc_rated)


def figure(series: RocSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    named = [_chance_trace(series, colours)]
    for index, curve in enumerate(series.curves):
        named.append(_curve_trace(curve, index, colours))
    if series.curves:
        named.append(_readings_trace(series.curves[0], colours))
    # What is drawn later covers what is drawn before: the attack that decides comes last of the
    # curves. The legend names it first all the same.
    chance, *rest = [{**trace, "legendrank": rank} for rank, trace in enumerate(named, start=1)]
    curves, limits = rest[: len(series.curves)], rest[len(series.curves) :]
    data = [chance, *reversed(curves), *limits]
    return {"data": data, "layout": _layout(series, colours)}


def _chance_trace(series: RocSeries, colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": say("roc.guessing"),
        "x": [series.floor, 1.0],
        "y": [series.floor, 1.0],
        "line": {"color": colours.muted, "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _brief(shares: Sequence[float]) -> list[float]:
    """Six digits: more than any screen tells apart, and half as long to send."""
    return [float(f"{share:.6g}") for share in shares]


def _curve_trace(curve: RocCurve, index: int, colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escape(curve.label),
        "meta": curve.key,
        "x": _brief(curve.fpr),
        "y": _brief(curve.tpr),
        "line": {
            "color": colours.lines[index % len(colours.lines)],
            "dash": DASHES[index % len(DASHES)],
            "width": 3 if index == 0 else 1.75,
            "shape": "hv",
        },
        "hovertemplate": say("roc.hover"),
    }


def measured(curve: RocCurve) -> list[tuple[float, float, float, float]]:
    """(rate, value, low, high) of the figures that may be reported and have a place on the axes."""
    return [
        (float(rate), reading.value, reading.low or 0.0, reading.high or reading.value)
        for rate, reading in zip(FALSE_ALARM_RATES, curve.readings, strict=True)
        if reading.reportable and reading.value
    ]


def _readings_trace(curve: RocCurve, colours: Palette) -> dict[str, Any]:
    points = measured(curve)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": say("roc.limits"),
        "x": [rate for rate, *_ in points],
        "y": [value for _, value, *_ in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [high - value for _, value, _, high in points],
            "arrayminus": [value - low for _, value, low, _ in points],
            "color": colours.lines[0],
            "thickness": 2,
            "width": 6,
        },
        "marker": {"color": colours.lines[0], "size": 9},
        "hovertemplate": say("roc.hover_limits"),
    }


def _layout(series: RocSeries, colours: Palette) -> dict[str, Any]:
    low = math.log10(series.floor * EDGE)
    marks, labels = ticks(series.floor)
    axis = {
        "type": "log",
        "range": [low, 0.02],
        "tickvals": list(marks),
        "ticktext": list(labels),
        "gridcolor": colours.grid,
        "zeroline": False,
        "linecolor": colours.muted,
        "automargin": True,
    }
    return {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 70, "r": 34, "t": 20, "b": 60},
        "xaxis": {**axis, "title": {"text": say("roc.axis_across")}},
        "yaxis": {**axis, "title": {"text": say("roc.axis_up")}},
        "legend": {
            "orientation": "h",
            "x": 0,
            "yref": "container",
            "y": 1,
            "yanchor": "top",
        },
        "hovermode": "closest",
        "shapes": _guides(series, colours),
    }


def _guides(series: RocSeries, colours: Palette) -> list[dict[str, Any]]:
    limit = {
        "type": "rect",
        "name": "resolution",
        "xref": "x",
        "yref": "paper",
        "x0": series.floor * EDGE,
        "x1": series.resolution,
        "y0": 0,
        "y1": 1,
        "fillcolor": colours.shade,
        "line": {"width": 0},
        "layer": "below",
        "label": {
            "text": say("roc.not_measurable"),
            "textangle": -90,
            "font": {"color": colours.muted},
        },
    }
    if series.lowest_rated is None:
        return [limit]
    rated = {
        "type": "line",
        "name": "rated",
        "xref": "x",
        "yref": "paper",
        "x0": series.lowest_rated,
        "x1": series.lowest_rated,
        "y0": 0,
        "y1": 1,
        "line": {"color": colours.muted, "width": 1, "dash": "dash"},
        "label": {
            "text": say("roc.rated_from"),
            "textposition": "start",
            "textangle": 0,
            "xanchor": "left",
            "yanchor": "bottom",
            "padding": 6,
            "font": {"color": colours.muted},
        },
    }
    return [limit, rated]


def svg(series: RocSeries) -> bytes:
    """Draw the picture for print; the same bytes every time."""
    from audits.charts.roc_svg import draw  # noqa: PLC0415 - it reads this module's series

    return draw(series, title(series), LIGHT)
