"""Where the risk of an AI tool comes from: points of its review by topic, beside the pass mark."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import Table
from audits.charts.words import say

NAME: Final = "tool_review"
_LEFT, _WIDTH, _TOP, _ROW, _BAR = 170.0, 300.0, 26.0, 30.0, 18.0
_LONGEST_NAME: Final = 28
_DIGIT, _GAP, _AROUND = 6.0, 6.0, 2.5
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class TopicBar:
    """One topic: its risk from 0 (best) to 100 (worst), and how many of its questions count."""

    name: str
    risk: int
    questions: int


@dataclass(frozen=True, slots=True)
class ToolReviewSeries:
    """The topics in the order of the review; ``risk`` is that of all of them together.

    ``impact`` is that of the data which the pass mark is for.
    """

    risk: int
    pass_mark: int
    impact: int
    topics: tuple[TopicBar, ...]


def series(document: Mapping[str, Any]) -> ToolReviewSeries:
    """Freeze a review given as ``risk``, ``pass_mark``, ``impact`` and ``topics``."""
    return ToolReviewSeries(
        risk=int(document["risk"]),
        pass_mark=int(document["pass_mark"]),
        impact=int(document["impact"]),
        topics=tuple(
            TopicBar(name=str(name), risk=int(risk), questions=int(questions))
            for name, risk, questions in document["topics"]
        ),
    )


def title(series: ToolReviewSeries) -> str:
    """State the finding in one sentence."""
    passes = series.risk <= series.pass_mark
    worst = max(series.topics, key=lambda one: one.risk, default=None)
    if worst is None or (passes and worst.risk <= series.pass_mark):
        return say(
            "tool_review.title", risk=series.risk, mark=series.pass_mark, impact=series.impact
        )
    return say(
        "tool_review.title_highest",
        risk=series.risk,
        mark=series.pass_mark,
        impact=series.impact,
        topic=drawing.cut(worst.name, 60),
        worst=worst.risk,
    )


def alt_text(series: ToolReviewSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say("tool_review.topic_risk", topic=one.name, risk=one.risk) for one in series.topics
    )
    if not told:
        return say("tool_review.alt_empty", title=title(series))
    return say("tool_review.alt", title=title(series), topics=told)


def table(series: ToolReviewSeries) -> Table:
    """List every topic with its risk."""
    rows = [(one.name, f"{one.risk}", f"{one.questions}") for one in series.topics]
    count = sum(one.questions for one in series.topics)
    return Table(
        caption=say("tool_review.caption", mark=series.pass_mark),
        headers=(
            say("tool_review.topic"),
            say("tool_review.risk_range"),
            say("tool_review.questions"),
        ),
        rows=(*rows, (say("tool_review.all"), f"{series.risk}", f"{count}")),
    )


def figure(series: ToolReviewSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    above = [one.risk > series.pass_mark for one in series.topics]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": say("tool_review.risk"),
        "x": [one.risk for one in series.topics],
        "y": list(range(len(series.topics))),
        "marker": {
            "color": [colours.alarm if high else colours.accent for high in above],
            "pattern": {"shape": ["/" if high else "" for high in above]},
        },
        "hovertemplate": drawing.hover(say("tool_review.hover")),
    }
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 180, "r": 20, "t": 20, "b": 40},
        "xaxis": {"range": [0, _WHOLE], "gridcolor": colours.grid},
        "yaxis": {
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": list(range(len(series.topics))),
            "ticktext": [escape(one.name) for one in series.topics],
        },
        "shapes": [
            {
                "type": "line", "x0": series.pass_mark, "x1": series.pass_mark, "y0": 0, "y1": 1,
                "yref": "paper", "line": {"color": colours.ink, "dash": "dash"},
            }
        ],
        "showlegend": False,
    }  # fmt: skip
    return {"data": [bars], "layout": layout}


def svg(series: ToolReviewSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    bottom = _TOP + max(1, len(series.topics)) * _ROW
    mark = _LEFT + _WIDTH * series.pass_mark / _WHOLE
    parts = [
        drawing.line((_LEFT, _TOP - 4), (_LEFT, bottom), colour=LIGHT.muted, kind="frame"),
        *(part for row, one in enumerate(series.topics) for part in _row(series, row, one)),
        drawing.line(
            (mark, _TOP - 6), (mark, bottom), colour=LIGHT.ink, kind="here", width=1.5, dashes="4 3"
        ),
        # After the line, which would strike them through where a risk is just below the mark.
        *(part for row, one in enumerate(series.topics) for part in _figure(row, one)),
        drawing.words(
            say("tool_review.pass_mark", mark=series.pass_mark),
            {**drawing.AXIS, "x": mark, "y": _TOP - 11, "text-anchor": "middle"},
        ),
    ]
    return drawing.picture(_LEFT + _WIDTH + 40, bottom + 6, title=title(series), parts=parts)


def _top(row: int) -> float:
    return _TOP + row * _ROW + (_ROW - _BAR) / 2


def _baseline(row: int) -> float:
    return _top(row) + _BAR / 2 + 3.5


def _width(one: TopicBar) -> float:
    return max(_WIDTH * one.risk / _WHOLE, 1)


def _row(series: ToolReviewSeries, row: int, one: TopicBar) -> list[str]:
    high = one.risk > series.pass_mark
    label: dict[str, str | float] = {"x": _LEFT - 10, "y": _baseline(row), "text-anchor": "end"}
    return [
        drawing.words(drawing.cut(one.name, _LONGEST_NAME), {**drawing.WORD, **label}),
        drawing.bar(
            (_LEFT, _top(row)),
            (_width(one), _BAR),
            fill=LIGHT.alarm if high else LIGHT.accent,
            kind="bar-above" if high else "bar-below",
        ),
    ]


def _figure(row: int, one: TopicBar) -> list[str]:
    """The risk beside its bar, on a patch of the ground that keeps the line of the mark off it."""
    text, left = f"{one.risk}", _LEFT + _width(one) + _GAP
    patch = (len(text) * _DIGIT + 2 * _AROUND, _BAR)
    return [
        drawing.bar((left - _AROUND, _top(row)), patch, fill=LIGHT.paper, kind="ground"),
        drawing.words(text, {**drawing.WORD, "x": left, "y": _baseline(row)}),
    ]
