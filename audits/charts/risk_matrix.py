"""Likelihood by impact: where this system stands among the five ratings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, RATINGS, TINTS, palette
from audits.charts.values import Table
from audits.charts.words import badge_word, say
from audits.guidance.rating import MATRIX

NAME: Final = "risk_matrix"
STEPS: Final = 5

_CELL: Final = (50.0, 26.0)
_LEFT: Final = 34.0
_SHADES: Final[tuple[str, ...]] = ("low", "guarded", "elevated", "high", "critical")


@dataclass(frozen=True, slots=True)
class RiskMatrixSeries:
    """Likelihood and impact are 1..5, or None while nothing has been measured or declared.

    ``cells`` has impact 5 on top and likelihood 1 at the left. ``badge`` is the rating given;
    a rule of the policy can put it apart from the cell.
    """

    likelihood: int | None
    impact: int | None
    badge: str
    cells: tuple[tuple[str, ...], ...]


def series(document: Mapping[str, Any]) -> RiskMatrixSeries:
    """Freeze a rating given as ``likelihood``, ``impact`` and ``badge``."""
    return RiskMatrixSeries(
        likelihood=_step("likelihood", document["likelihood"]),
        impact=_step("impact", document["impact"]),
        badge=str(document["badge"]),
        cells=tuple(tuple(str(cell) for cell in MATRIX[impact]) for impact in range(STEPS, 0, -1)),
    )


def _step(name: str, value: Any) -> int | None:  # noqa: ANN401 - checked here
    if value is None:
        return None
    if not 1 <= int(value) <= STEPS:
        raise ValueError(f"{name} must lie between 1 and {STEPS}, not {value}")
    return int(value)


def cell(series: RiskMatrixSeries) -> str | None:
    """Name the rating of the marked cell, or None while there is no position."""
    if series.likelihood is None or series.impact is None:
        return None
    return series.cells[STEPS - series.impact][series.likelihood - 1]


def title(series: RiskMatrixSeries) -> str:
    """State the finding in one sentence."""
    badge, place = badge_word(series.badge), cell(series)
    if series.impact is None:
        return say("risk_matrix.impact_unknown", badge=badge)
    if series.likelihood is None or place is None:
        return say("risk_matrix.likelihood_unknown", badge=badge, impact=series.impact)
    if place == series.badge:
        return say(
            "risk_matrix.placed", badge=badge, likelihood=series.likelihood, impact=series.impact
        )
    return say(
        "risk_matrix.by_rule",
        badge=badge,
        likelihood=series.likelihood,
        impact=series.impact,
        place=badge_word(place),
    )


def alt_text(series: RiskMatrixSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    place = cell(series)
    if place is None:
        return say("risk_matrix.alt_unmarked", title=title(series))
    return say("risk_matrix.alt", place=badge_word(place), title=title(series))


def table(series: RiskMatrixSeries) -> Table:
    """List the grid as words, the marked cell starred."""
    rows = []
    for row, words in enumerate(series.cells):
        impact = STEPS - row
        marked = [
            say("risk_matrix.here", badge=badge_word(word))
            if (series.impact, series.likelihood) == (impact, column + 1)
            else badge_word(word)
            for column, word in enumerate(words)
        ]
        rows.append((say("risk_matrix.impact_step", step=impact), *marked))
    return Table(
        caption=title(series),
        headers=(
            "",
            *(say("risk_matrix.likelihood_step", step=step) for step in range(1, STEPS + 1)),
        ),
        rows=tuple(rows),
    )


def figure(series: RiskMatrixSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    steps = list(range(1, STEPS + 1))
    shades = [TINTS[name] if not dark else RATINGS[name] for name in _SHADES]
    heat = {
        "type": "heatmap",
        "x": steps,
        "y": steps[::-1],
        "z": [[_SHADES.index(word) for word in row] for row in series.cells],
        "text": [[badge_word(word) for word in row] for row in series.cells],
        "texttemplate": "%{text}",
        "textfont": {"color": colours.ink},
        "hovertemplate": drawing.hover(say("risk_matrix.hover")),
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": len(_SHADES) - 1,
        "colorscale": [[index / 4, shade] for index, shade in enumerate(shades)],
    }
    here = cell(series) is not None
    mark = {
        "type": "scatter",
        "mode": "markers",
        "name": say("risk_matrix.this_system"),
        "x": [series.likelihood] if here else [],
        "y": [series.impact] if here else [],
        "hoverinfo": "name",
        "marker": {
            "symbol": "square-open",
            "size": 46,
            "color": colours.ink,
            "line": {"width": 4, "color": colours.ink},
        },
    }
    axis = {"tickvals": steps, "showgrid": False, "zeroline": False, "fixedrange": True}
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 60, "r": 20, "t": 20, "b": 60},
        "xaxis": {**axis, "title": {"text": say("risk_matrix.likelihood")}},
        "yaxis": {**axis, "title": {"text": say("risk_matrix.impact")}},
        "showlegend": False,
    }
    return {"data": [heat, mark], "layout": layout}


def svg(series: RiskMatrixSeries) -> bytes:
    """Draw the picture for print and page; the same bytes every time."""
    width, height = _CELL
    parts = [
        part
        for row, words in enumerate(series.cells)
        for column, word in enumerate(words)
        for part in drawing.rated(
            (_LEFT + column * width, row * height), _CELL, word, fill=TINTS[word], letters=8.5
        )
    ]
    parts += _axes()
    if series.likelihood is not None and series.impact is not None:
        parts += _mark(series.likelihood, series.impact)
    return drawing.picture(
        _LEFT + STEPS * width, STEPS * height + 30, title=title(series), parts=parts
    )


def _axes() -> list[str]:
    width, height = _CELL
    bottom = STEPS * height
    middle = _LEFT + STEPS * width / 2
    style: dict[str, str | float] = {"font-size": 9, "fill": LIGHT.muted, "class": "axis"}
    centred = {**style, "text-anchor": "middle"}
    numbers = [
        drawing.words(str(step), {**centred, "x": _LEFT + (step - 0.5) * width, "y": bottom + 12})
        for step in range(1, STEPS + 1)
    ] + [
        drawing.words(
            str(step), {**centred, "x": _LEFT - 8, "y": bottom - (step - 0.5) * height + 3}
        )
        for step in range(1, STEPS + 1)
    ]
    turned = {**centred, "transform": f"translate(12 {bottom / 2:g}) rotate(-90)"}
    return [
        *numbers,
        drawing.words(say("risk_matrix.likelihood"), {**centred, "x": middle, "y": bottom + 25}),
        drawing.words(say("risk_matrix.impact"), turned),
    ]


def _mark(likelihood: int, impact: int) -> list[str]:
    """Draw a frame and a corner: seen without colour."""
    width, height = _CELL
    x = _LEFT + (likelihood - 1) * width
    y = (STEPS - impact) * height
    frame: dict[str, str | float] = {
        "class": "here",
        "x": x + 0.5,
        "y": y + 0.5,
        "width": width - 1,
        "height": height - 1,
        "rx": 4,
        "fill": "none",
        "stroke": LIGHT.ink,
        "stroke-width": 2.5,
    }
    dot: dict[str, str | float] = {
        "class": "here-dot",
        "cx": x + width - 6,
        "cy": y + 6,
        "r": 2.5,
        "fill": LIGHT.ink,
    }
    return [drawing.element("rect", frame), drawing.element("circle", dot)]
