"""Clients by their worst rating: today, and some days ago."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import Table
from audits.charts.words import badge_word, counted, say
from audits.guidance.badges import Badge

NAME: Final = "rating_spread"
_LEFT, _WIDTH, _TOP, _ROW, _BAR = 96.0, 400.0, 26.0, 27.0, 10.0
_FILLS: Final = {"yes": "#0b5c8f", "unanswered": "#d5dce3"}
_GRAVE: Final = (Badge.CRITICAL, Badge.HIGH)
# As a fleet is read: what wants looking at first, and what nobody knows before what is fine.
_ORDER: Final = (
    Badge.CRITICAL,
    Badge.HIGH,
    Badge.ELEVATED,
    Badge.EXPIRED,
    Badge.INCONCLUSIVE,
    Badge.UNTESTED,
    Badge.GUARDED,
    Badge.LOW,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many clients have this as their worst rating; ``badge`` is empty where none is known."""

    badge: str
    before: int
    today: int

    @property
    def name(self) -> str:
        return badge_word(self.badge or "unknown")


@dataclass(frozen=True, slots=True)
class RatingSpreadSeries:
    """Ratings that a client has or had, the gravest first; every client is counted twice."""

    bars: tuple[Bar, ...]
    days: int

    @property
    def clients(self) -> int:
        return sum(bar.today for bar in self.bars)

    @property
    def known_before(self) -> int:
        return sum(bar.before for bar in self.bars if bar.badge)


def series(document: Mapping[str, Any]) -> RatingSpreadSeries:
    """Freeze ``spread``: its days, and a pair of ratings for each client, ``None`` for unknown."""
    pairs = [(str(before or ""), str(today or "")) for before, today in document["spread"]["pairs"]]
    bars = (
        Bar(
            badge=badge,
            before=sum(before == badge for before, _ in pairs),
            today=sum(today == badge for _, today in pairs),
        )
        for badge in (*(one.value for one in _ORDER), "")
    )
    return RatingSpreadSeries(
        bars=tuple(bar for bar in bars if bar.before or bar.today),
        days=int(document["spread"]["days"]),
    )


def title(series: RatingSpreadSeries) -> str:
    """State the finding in one sentence."""
    today = sum(bar.today for bar in series.bars if bar.badge in _GRAVE)
    before = sum(bar.before for bar in series.bars if bar.badge in _GRAVE)
    return counted(
        "rating_spread.title",
        series.clients,
        today=f"{today:,}",
        before=f"{before:,}",
        known=f"{series.known_before:,}",
        days=f"{series.days:,}",
    )


def alt_text(series: RatingSpreadSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    told = "; ".join(
        say(
            "rating_spread.rating",
            badge=bar.name,
            today=f"{bar.today:,}",
            before=f"{bar.before:,}",
        )
        for bar in series.bars
    )
    if not told:
        return say("rating_spread.alt_empty", title=title(series))
    return say("rating_spread.alt", title=title(series), ratings=told)


def table(series: RatingSpreadSeries) -> Table:
    """List every rating with both counts."""
    return Table(
        caption=title(series),
        headers=(
            say("rating_spread.worst_rating"),
            say("rating_spread.clients_today"),
            counted("rating_spread.clients_before", series.days),
        ),
        rows=tuple((bar.name, f"{bar.today:,}", f"{bar.before:,}") for bar in series.bars),
    )


def figure(series: RatingSpreadSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": [getattr(bar, which) for bar in series.bars],
            "y": [bar.name for bar in series.bars],
            "marker": {"color": colour, "pattern": {"shape": pattern}},
            "hovertemplate": drawing.hover(hover),
        }
        for name, hover, which, colour, pattern in (
            (
                say("rating_spread.today"),
                say("rating_spread.hover_today"),
                "today",
                colours.accent,
                "",
            ),
            (
                counted("rating_spread.before", series.days),
                counted("rating_spread.hover_before", series.days),
                "before",
                colours.muted,
                "/",
            ),
        )
    ]
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 110, "r": 20, "t": 20, "b": 40},
        "barmode": "group",
        "xaxis": {"gridcolor": colours.grid},
        "yaxis": {"autorange": "reversed"},
        "legend": {"orientation": "h"},
    }
    return {"data": traces, "layout": layout}


def svg(series: RatingSpreadSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    most = max((max(bar.today, bar.before) for bar in series.bars), default=1)
    parts = _legend(series)
    for row, bar in enumerate(series.bars):
        top = _TOP + row * _ROW
        label = {**drawing.WORD, "x": _LEFT - 10, "y": top + _BAR + 4, "text-anchor": "end"}
        parts.append(drawing.words(bar.name, label))
        parts += _length(bar.today, top, most, "yes")
        parts += _length(bar.before, top + _BAR + 1, most, "unanswered")
    height = _TOP + len(series.bars) * _ROW + 4
    return drawing.picture(_LEFT + _WIDTH + 44, height, title=title(series), parts=parts)


def _legend(series: RatingSpreadSeries) -> list[str]:
    parts = []
    for x, state, word in (
        (_LEFT, "yes", say("rating_spread.today")),
        (_LEFT + 90, "unanswered", counted("rating_spread.before", series.days)),
    ):
        parts.append(drawing.bar((x, 4), (12, 12), fill=_FILLS[state], kind=f"state-{state}"))
        parts.append(drawing.words(word, {**drawing.WORD, "x": x + 18, "y": 14}))
    return parts


def _length(count: int, top: float, most: int, state: str) -> list[str]:
    """Draw a bar with its count at the end; of none the count alone."""
    width = count * _WIDTH / most
    place: dict[str, str | float] = {
        "x": _LEFT + width + 5, "y": top + _BAR - 1.5, "font-size": 9, "fill": LIGHT.muted,
        "class": "axis",
    }  # fmt: skip
    parts = [drawing.words(f"{count:,}", place)]
    if count:
        drawn = drawing.bar((_LEFT, top), (width, _BAR), fill=_FILLS[state], kind=f"state-{state}")
        parts.append(drawn)
    return parts
