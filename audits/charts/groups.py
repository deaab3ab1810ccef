"""How exposed each class and each chosen group is: the AUC of one attack, with its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import (
    Table,
    attack_label,
    auc_text,
    counted_as,
    invalid_title,
    too_few,
)
from audits.charts.words import counted, say

NAME: Final = "groups"
MOST_DRAWN: Final = 20
"""Groups in the picture, the most exposed ones; the table has all of them."""

_CHANCE: Final = 0.5
_LEAST: Final = 0.3
_LEFT, _WIDTH, _TOP, _ROW = 190.0, 310.0, 14.0, 24.0
_LONGEST_NAME: Final = 30


@dataclass(frozen=True, slots=True)
class Group:
    """A class or a value of a column; no figures where there are too few records."""

    grouping: str
    value: str
    members: int
    nonmembers: int
    auc: float | None
    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        return self.value if self.grouping == "class" else f"{self.value} ({self.grouping})"


@dataclass(frozen=True, slots=True)
class GroupsSeries:
    """Groups with figures first, those whose lower limit is highest leading."""

    outcome: str
    attack: str
    groups: tuple[Group, ...]
    unit: str = "record"

    @property
    def drawn(self) -> tuple[Group, ...]:
        return tuple(one for one in self.groups if one.auc is not None)[:MOST_DRAWN]


def series(document: Mapping[str, Any]) -> GroupsSeries:
    """Freeze the figures of every group."""
    found = [_group(one) for one in document.get("groups") or ()]
    attacks = [str(one["attack"]) for one in document.get("groups") or ()]
    return GroupsSeries(
        outcome=str(document["verdict"]["outcome"]),
        attack=attack_label(attacks[0]) if attacks else "",
        groups=tuple(sorted(found, key=lambda one: (one.low is None, -(one.low or 0.0), one.name))),
        unit=str(document["records"].get("unit", "record")),
    )


def _group(one: Mapping[str, Any]) -> Group:
    area = one["auc"] or {"value": None, "low": None, "high": None}
    return Group(
        grouping=str(one["grouping"]),
        value=str(one["value"]),
        members=int(one["members"]),
        nonmembers=int(one["nonmembers"]),
        auc=area["value"],
        low=area["low"],
        high=area["high"],
    )


def title(series: GroupsSeries) -> str:
    """State the finding in one sentence."""
    if series.outcome == "invalid":
        return invalid_title()
    drawn = series.drawn
    if not drawn:
        if not series.groups:
            return say("groups.nothing")
        return say(f"groups.too_few_{counted_as(series.unit)}")
    apart = [one for one in drawn if (one.low or 0.0) > _CHANCE]
    if not apart:
        return say("groups.none_apart")
    name = drawing.cut(apart[0].name, 60)
    return say("groups.most", group=name, figures=_figures(apart[0]))


def _figures(one: Group) -> str:
    if one.auc is None:
        return ""
    return auc_text(one.auc, one.low or 0.0, one.high or 1.0)


def alt_text(series: GroupsSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say("groups.group_figures", group=one.name, figures=_figures(one)) for one in series.drawn
    )
    picture = (
        say("groups.alt", title=title(series), groups=told)
        if told
        else say("groups.alt_empty", title=title(series))
    )
    more = len(series.groups) - len(series.drawn)
    return f"{picture} {counted('groups.more', more)}" if more else picture


def table(series: GroupsSeries) -> Table:
    """List every group with its sizes and its AUC."""
    few = too_few(series.unit)
    return Table(
        caption=say("groups.caption", attack=series.attack)
        if series.attack
        else say("groups.caption_no_attack"),
        headers=(
            say("groups.group"),
            say("groups.grouped_by"),
            say("groups.members"),
            say("groups.nonmembers"),
            say("groups.auc"),
        ),
        rows=tuple(
            (
                one.value,
                one.grouping,
                f"{one.members:,}",
                f"{one.nonmembers:,}",
                _figures(one) or few,
            )
            for one in series.groups
        ),
    )


def figure(series: GroupsSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours, drawn = palette(dark=dark), series.drawn
    values = [one.auc or 0.0 for one in drawn]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "name": say("groups.auc"),
        "x": values,
        "y": list(range(len(drawn))),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, (one.high or 1.0) - (one.auc or 0.0)) for one in drawn],
            "arrayminus": [max(0.0, (one.auc or 0.0) - (one.low or 0.0)) for one in drawn],
        },
        "marker": {"size": 9, "color": colours.lines[0]},
        "hovertemplate": drawing.hover(say("groups.hover")),
    }
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 190, "r": 20, "t": 20, "b": 60},
        "xaxis": {
            "range": [_LEAST, 1], "title": {"text": say("groups.auc")}, "gridcolor": colours.grid,
        },
        "yaxis": {
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
            "tickmode": "array",
            "tickvals": list(range(len(drawn))),
            "ticktext": [escape(drawing.cut(one.name, _LONGEST_NAME)) for one in drawn],
        },
        "shapes": [
            {
                "type": "line", "x0": _CHANCE, "x1": _CHANCE, "y0": 0, "y1": 1, "yref": "paper",
                "line": {"color": colours.muted, "dash": "dot"},
            }
        ],
        "showlegend": False,
    }  # fmt: skip
    return {"data": [marks], "layout": layout}


def _across(value: float) -> float:
    return _LEFT + _WIDTH * (max(value, _LEAST) - _LEAST) / (1 - _LEAST)


def svg(series: GroupsSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    drawn = series.drawn
    bottom = _TOP + max(1, len(drawn)) * _ROW
    parts = _grid(bottom)
    for row, one in enumerate(drawn):
        y = _TOP + (row + 0.5) * _ROW
        label = drawing.cut(one.name, _LONGEST_NAME)
        parts += [
            drawing.words(
                label, {**drawing.WORD, "x": _LEFT - 10, "y": y + 3, "text-anchor": "end"}
            ),
            drawing.line(
                (_across(one.low or 0.0), y), (_across(one.high or 1.0), y),
                colour=LIGHT.accent, kind="line-1", width=2,
            ),
            drawing.element(
                "circle",
                {
                    "class": "mark-1", "cx": _across(one.auc or 0.0), "cy": y, "r": 4.5,
                    "fill": LIGHT.accent,
                },
            ),
        ]  # fmt: skip
    return drawing.picture(_LEFT + _WIDTH + 20, bottom + 22, title=title(series), parts=parts)


def _grid(bottom: float) -> list[str]:
    parts = []
    for value in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        x, is_chance = _across(value), value == _CHANCE
        colour, kind = (LIGHT.muted, "frame") if is_chance else (LIGHT.grid, "grid")
        parts.append(drawing.line((x, 6), (x, bottom), colour=colour, kind=kind))
        told = say("groups.guessing") if is_chance else f"{value:.1f}"
        parts.append(
            drawing.words(told, {**drawing.AXIS, "x": x, "y": bottom + 14, "text-anchor": "middle"})
        )
    return parts
