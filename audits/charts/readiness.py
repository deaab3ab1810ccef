"""How far each section of a checklist has come: in place, partly, not, and not answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import palette
from audits.charts.values import Table
from audits.charts.words import counted, say

NAME: Final = "readiness"
STATES: Final = ("yes", "partly", "no", "unanswered")
_LEFT, _WIDTH, _TOP, _ROW, _BAR = 170.0, 330.0, 30.0, 30.0, 18.0
_FILLS: Final = ("#0b5c8f", "#6ba6cc", "#d98b4f", "#d5dce3")
_INKS: Final = ("#ffffff", "#1b2733", "#1b2733", "#1b2733")
_LONGEST_NAME: Final = 28
_LEAST_ROOM: Final = 14.0


@dataclass(frozen=True, slots=True)
class SectionBar:
    """Questions of one section by how they stand, in the order of ``STATES``."""

    name: str
    counts: tuple[int, ...]

    @property
    def asked(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class ReadinessSeries:
    """The sections of which something is asked, in the order of the checklist."""

    sections: tuple[SectionBar, ...]


def series(document: Mapping[str, Any]) -> ReadinessSeries:
    """Freeze ``sections``: each a name and a count for every state."""
    bars = (
        SectionBar(name=str(name), counts=tuple(int(counts.get(state, 0)) for state in STATES))
        for name, counts in document["sections"]
    )
    return ReadinessSeries(sections=tuple(bar for bar in bars if bar.asked))


def title(series: ReadinessSeries) -> str:
    """State the finding in one sentence."""
    asked = sum(bar.asked for bar in series.sections)
    if not asked:
        return say("readiness.nothing")
    in_place = f"{sum(bar.counts[0] for bar in series.sections):,}"
    open_ = max(series.sections, key=lambda bar: bar.asked - bar.counts[0])
    left = open_.asked - open_.counts[0]
    if not left:
        return counted("readiness.title", asked, in_place=in_place)
    return counted(
        "readiness.most_left",
        asked,
        in_place=in_place,
        section=drawing.cut(open_.name, 60),
        left=f"{left:,}",
        asked=f"{open_.asked:,}",
    )


def alt_text(series: ReadinessSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say("readiness.section_counts", section=bar.name, counts=_told(bar))
        for bar in series.sections
    )
    if not told:
        return say("readiness.alt_empty", title=title(series))
    return say("readiness.alt", title=title(series), sections=told)


def _told(bar: SectionBar) -> str:
    pairs = zip(STATES, bar.counts, strict=True)
    return ", ".join(
        say(f"readiness.count.{state}", count=f"{count:,}") for state, count in pairs if count
    )


def _words() -> tuple[str, ...]:
    return tuple(say(f"readiness.state.{state}") for state in STATES)


def table(series: ReadinessSeries) -> Table:
    """List every section with its counts."""
    return Table(
        caption=title(series),
        headers=(say("readiness.section"), *_words()),
        rows=tuple((bar.name, *(f"{count:,}" for count in bar.counts)) for bar in series.sections),
    )


def figure(series: ReadinessSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    patterns = ("", "/", "x", ".")
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": say(f"readiness.state.{state}"),
            "x": [bar.counts[place] for bar in series.sections],
            "y": list(range(len(series.sections))),
            "marker": {"color": colours.lines[place], "pattern": {"shape": patterns[place]}},
            "hovertemplate": drawing.hover(say(f"readiness.count.{state}", count="%{x}")),
        }
        for place, state in enumerate(STATES)
    ]
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 180, "r": 20, "t": 20, "b": 40},
        "barmode": "stack",
        "xaxis": {"gridcolor": colours.grid},
        "yaxis": {
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": list(range(len(series.sections))),
            "ticktext": [escape(bar.name) for bar in series.sections],
        },
        "legend": {"orientation": "h"},
    }
    return {"data": traces, "layout": layout}


def svg(series: ReadinessSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    most = max((bar.asked for bar in series.sections), default=1)
    parts = _legend()
    for row, bar in enumerate(series.sections):
        parts += _row(bar, _TOP + row * _ROW, _WIDTH / most)
    height = _TOP + len(series.sections) * _ROW + 4
    return drawing.picture(_LEFT + _WIDTH + 10, height, title=title(series), parts=parts)


def _legend() -> list[str]:
    parts = []
    for place, word in enumerate(_words()):
        x = 8 + place * 125
        parts.append(
            drawing.bar((x, 4), (12, 12), fill=_FILLS[place], kind=f"state-{STATES[place]}")
        )
        parts.append(drawing.words(word, {**drawing.WORD, "x": x + 18, "y": 14}))
    return parts


def _row(bar: SectionBar, top: float, unit: float) -> list[str]:
    label = drawing.cut(bar.name, _LONGEST_NAME)
    place: dict[str, str | float] = {"x": _LEFT - 10, "y": top + _BAR / 2 + 4, "text-anchor": "end"}
    parts = [drawing.words(label, {**drawing.WORD, **place})]
    x = _LEFT
    for state, count, fill, ink in zip(STATES, bar.counts, _FILLS, _INKS, strict=True):
        width = count * unit
        if not count:
            continue
        size = (max(width - 1, 1), _BAR)
        parts.append(drawing.bar((x, top), size, fill=fill, kind=f"state-{state}"))
        if width >= _LEAST_ROOM:
            middle: dict[str, str | float] = {
                "class": f"on-{state}", "x": x + width / 2, "y": top + _BAR / 2 + 3.5,
                "font-size": 10, "text-anchor": "middle", "fill": ink,
            }  # fmt: skip
            parts.append(drawing.words(f"{count:,}", middle))
        x += width
    return parts
