"""Clients by models: how each client's worst models are rated, at one look."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from audits.charts import drawing, lettering
from audits.charts.palette import LIGHT, RATINGS, TINTS, palette
from audits.charts.values import Table
from audits.charts.words import badge_word, counted, say
from audits.guidance.badges import Badge

NAME: Final = "heat_map"
MOST_MODELS: Final = 8

_CELL: Final = (66.0, 24.0)
_LEAST_LEFT: Final = 150.0
_MOST_LEFT: Final = 330.0
_BESIDE_NAME: Final = 10.0
_TOP: Final = 18.0
_LETTERS: Final = 10.0
_LINE: Final = 11.0
_MOST_LINES: Final = 2
_SHADES: Final[tuple[str, ...]] = tuple(badge.value for badge in Badge)


@dataclass(frozen=True, slots=True)
class Row:
    """A client with the ratings of its models, the worst first; ``more`` are left out."""

    name: str
    models: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class HeatMapSeries:
    """The clients in the order in which they were given."""

    rows: tuple[Row, ...]


def series(document: Mapping[str, Any]) -> HeatMapSeries:
    """Freeze ``clients``: each a name and its models as pairs of name and rating, worst first."""
    return HeatMapSeries(rows=tuple(_row(name, models) for name, models in document["clients"]))


def _row(name: str, models: Any) -> Row:  # noqa: ANN401 - checked here
    pairs = tuple((str(model), Badge(badge).value) for model, badge in models)
    return Row(name=name, models=pairs[:MOST_MODELS], more=max(0, len(pairs) - MOST_MODELS))


def title(series: HeatMapSeries) -> str:
    """State the finding in one sentence."""
    found = [badge for row in series.rows for _, badge in row.models]
    grave = sum(badge in (Badge.CRITICAL, Badge.HIGH) for badge in found)
    return counted("heat_map.title", len(found), grave=f"{grave:,}")


def alt_text(series: HeatMapSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(_told(row) for row in series.rows)
    if not told:
        return say("heat_map.alt_empty", title=title(series))
    return say("heat_map.alt", title=title(series), clients=told)


def _told(row: Row) -> str:
    found = [badge for _, badge in row.models]
    if not found:
        return say("heat_map.no_model", client=row.name)
    ratings = ", ".join(
        say("heat_map.rating_count", count=f"{found.count(badge):,}", badge=badge_word(badge))
        for badge in dict.fromkeys(found)
    )
    if not row.more:
        return say("heat_map.rated", client=row.name, ratings=ratings)
    return say("heat_map.rated_more", client=row.name, ratings=ratings, more=f"{row.more:,}")


def _cell(model: str, badge: str) -> str:
    return say("heat_map.cell", model=model, badge=badge_word(badge))


def _columns(width: int) -> list[str]:
    return [say("heat_map.model", number=f"{number:,}") for number in range(1, width + 1)]


def table(series: HeatMapSeries) -> Table:
    """List every cell as words."""
    rows = [
        (row.name, *(_cell(model, badge) for model, badge in row.models)) for row in series.rows
    ]
    width = _width(series)
    return Table(
        caption=title(series),
        headers=(say("heat_map.client"), *_columns(width)),
        rows=tuple((*row, *("",) * (width + 1 - len(row))) for row in rows),
    )


def _width(series: HeatMapSeries) -> int:
    return max((len(row.models) for row in series.rows), default=0)


def figure(series: HeatMapSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    width = _width(series)
    shades = [_tint(name) if not dark else RATINGS[name] for name in _SHADES]
    last = len(_SHADES) - 1
    heat = {
        "type": "heatmap",
        "x": _columns(width),
        # Two clients may have one name: rows are told apart by their place, and named by ticks.
        "y": list(range(len(series.rows))),
        "customdata": [[escape(row.name)] * width for row in series.rows],
        "z": [
            [_SHADES.index(badge) for _, badge in row.models] + [None] * (width - len(row.models))
            for row in series.rows
        ],
        "hovertext": [
            [escape(_cell(model, badge)) for model, badge in row.models]
            + [""] * (width - len(row.models))
            for row in series.rows
        ],
        "hovertemplate": "%{customdata}, %{hovertext}<extra></extra>",
        # A colour alone says nothing to whoever cannot tell it from another.
        "text": [
            [badge_word(badge) for _, badge in row.models] + [""] * (width - len(row.models))
            for row in series.rows
        ],
        "texttemplate": "%{text}",
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": last,
        "colorscale": [[index / last, shade] for index, shade in enumerate(shades)],
    }
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 160, "r": 20, "t": 20, "b": 40},
        "xaxis": {"fixedrange": True, "showgrid": False, "zeroline": False},
        "yaxis": {
            "autorange": "reversed",
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickmode": "array",
            "tickvals": list(range(len(series.rows))),
            "ticktext": [escape(row.name) for row in series.rows],
        },
        "showlegend": False,
    }
    return {"data": [heat], "layout": layout}


def _tint(badge: str) -> str:
    return TINTS.get(badge, LIGHT.shade)


def left_of(series: HeatMapSeries) -> float:
    """The width of the names: what the longest asks for, of what the columns leave free."""
    asked = max((lettering.width(row.name, _LETTERS) for row in series.rows), default=0.0)
    free = (MOST_MODELS - _width(series)) * _CELL[0]
    most = min(_LEAST_LEFT + free, _MOST_LEFT)
    return max(_LEAST_LEFT, min(math.ceil(asked) + _BESIDE_NAME, most))


def svg(series: HeatMapSeries) -> bytes:
    """Draw the picture for the page; the same bytes every time."""
    (width, height), left = _CELL, left_of(series)
    parts = [
        drawing.words(say("heat_map.order"), {**_MUTED, "x": left + 1, "y": _TOP - 6}),
    ]
    for place, row in enumerate(series.rows):
        y = _TOP + place * height
        parts += _label(row, left, y)
        for column, (_model, badge) in enumerate(row.models):
            parts += drawing.rated(
                (left + column * width, y), _CELL, badge, fill=_tint(badge), letters=9
            )
        if row.more:
            end = {**_MUTED, "x": left + len(row.models) * width + 6, "y": y + height / 2 + 3}
            parts.append(drawing.words(f"+{row.more}", end))
    # As wide whatever is in it: its letters are then as large as those around it.
    return drawing.picture(
        _LEAST_LEFT + MOST_MODELS * width + 40,
        _TOP + len(series.rows) * height + 4,
        title=title(series),
        parts=parts,
    )


_MUTED: Final[dict[str, str | float]] = {"font-size": 9, "fill": LIGHT.muted, "class": "axis"}


def _label(row: Row, left: float, y: float) -> Iterator[str]:
    """The name in one line or two; the table beside the picture has all of a longer one."""
    room = left - _BESIDE_NAME
    told = lettering.lines(row.name, room, size=_LETTERS, most=_MOST_LINES)
    above = (len(told) - 1) * _LINE / 2
    for number, text in enumerate(told):
        where: dict[str, str | float] = {
            "class": "word",
            "x": left - 8,
            "y": y + _CELL[1] / 2 + 3.5 - above + number * _LINE,
            "font-size": _LETTERS,
            "text-anchor": "end",
            "fill": LIGHT.ink,
        }
        yield drawing.words(text, where)
