"""How the scores of members lie beside those of outsiders: where they overlap, nobody can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audits.charts import drawing
from audits.charts.palette import LIGHT, palette
from audits.charts.values import (
    Table,
    attack_label,
    counted_as,
    invalid_title,
    leading_attack,
    percent,
)
from audits.charts.words import say

NAME: Final = "distributions"
_HALF: Final = 0.5
_MERGES: Final = (1, 2, 4, 5, 8, 10)
LEAST: Final = 50
"""Members and outsiders from which shares in bins say something, and nothing of single ones."""

_WIDTH, _HEIGHT, _LEFT, _TOP = 480.0, 180.0, 40.0, 24.0


@dataclass(frozen=True, slots=True)
class DistributionsSeries:
    """Shares of each side in common bins, of the attack the verdict speaks of.

    ``edges`` has one more number than the shares; all three are empty where the result keeps no
    such counts, where there are too few records or where the comparison is void.
    """

    outcome: str
    attack: str
    members: int
    nonmembers: int
    edges: tuple[float, ...]
    inside: tuple[float, ...]
    outside: tuple[float, ...]
    unit: str = "record"

    @property
    def beaten(self) -> float:
        """The share of outsiders that the middle member scores above; one half by guessing."""
        below, seen = 0.0, 0.0
        for inside, outside in zip(self.inside, self.outside, strict=True):
            if inside and seen + inside >= _HALF:
                return below + outside * (_HALF - seen) / inside
            seen, below = seen + inside, below + outside
        return below


def series(document: Mapping[str, Any]) -> DistributionsSeries:
    """Freeze the counts of the leading attack as shares."""
    leader = leading_attack(document)
    records, outcome = document["records"], str(document["verdict"]["outcome"])
    counts = document.get("distributions", {}).get(leader)
    enough = min(records["members"], records["nonmembers"]) >= LEAST
    shown = _merged(counts, records) if enough and counts and outcome != "invalid" else None
    return DistributionsSeries(
        outcome=outcome,
        attack="" if leader is None else attack_label(leader),
        members=int(records["members"]),
        nonmembers=int(records["nonmembers"]),
        edges=() if shown is None else tuple(float(edge) for edge in shown["edges"]),
        inside=() if shown is None else _shares(shown["members"]),
        outside=() if shown is None else _shares(shown["nonmembers"]),
        unit=str(records.get("unit", "record")),
    )


def _merged(counts: Mapping[str, Any], records: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Put neighbouring bins together where there are few records: else the bars show chance."""
    bins, fewer = len(counts["members"]), min(records["members"], records["nonmembers"])
    fits = [by for by in _MERGES if bins % by == 0]
    by = next((by for by in fits if bins / by <= 3 * fewer ** (1 / 3)), fits[-1])
    return {
        "edges": counts["edges"][::by],
        **{
            side: [sum(counts[side][place : place + by]) for place in range(0, bins, by)]
            for side in ("members", "nonmembers")
        },
    }


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    total = sum(counts) or 1
    return tuple(count / total for count in counts)


def title(series: DistributionsSeries) -> str:
    """State the finding in one sentence."""
    if series.outcome == "invalid":
        return invalid_title()
    if not series.edges:
        if min(series.members, series.nonmembers) < LEAST:
            return say(f"distributions.too_few_{counted_as(series.unit)}")
        return say("distributions.no_counts")
    return say("distributions.title", share=f"{series.beaten:.0%}")


def alt_text(series: DistributionsSeries) -> str:
    """Describe the picture for someone who cannot see it, numbers included."""
    if not series.edges:
        return say("distributions.alt_empty", title=title(series))
    return say(
        "distributions.alt",
        attack=series.attack,
        title=title(series),
        inside=percent(max(series.inside)),
        outside=percent(max(series.outside)),
    )


def table(series: DistributionsSeries) -> Table:
    """List every bin with its share of both sides."""
    bins = zip(series.edges, series.edges[1:], series.inside, series.outside, strict=False)
    return Table(
        caption=_caption(series),
        headers=(
            say("distributions.score"),
            say("distributions.members"),
            say("distributions.outsiders"),
        ),
        rows=tuple(
            (
                say("reading.range", low=f"{low:.3g}", high=f"{high:.3g}"),
                percent(inside),
                percent(outside),
            )
            for low, high, inside, outside in bins
        ),
    )


def _caption(series: DistributionsSeries) -> str:
    members, nonmembers = f"{series.members:,}", f"{series.nonmembers:,}"
    if not series.attack:
        return say("distributions.caption_no_attack", members=members, nonmembers=nonmembers)
    return say(
        "distributions.caption", attack=series.attack, members=members, nonmembers=nonmembers
    )


def figure(series: DistributionsSeries, *, dark: bool) -> dict[str, Any]:
    """Build the Plotly figure as plain data."""
    colours = palette(dark=dark)
    middles = [(low + high) / 2 for low, high in zip(series.edges, series.edges[1:], strict=False)]
    inside = {
        "type": "bar",
        "name": say("distributions.members"),
        "x": middles,
        "y": list(series.inside),
        "marker": {"color": colours.lines[0], "opacity": 0.55},
        "hovertemplate": drawing.hover(say("distributions.hover_members")),
    }
    outside = {
        "type": "scatter",
        "mode": "lines",
        "name": say("distributions.outsiders"),
        "x": middles,
        "y": list(series.outside),
        "line": {"color": colours.lines[1], "width": 2.5, "shape": "hvh"},
        "hovertemplate": drawing.hover(say("distributions.hover_outsiders")),
    }
    layout = {
        "paper_bgcolor": colours.paper,
        "plot_bgcolor": colours.paper,
        "font": {"color": colours.ink, "family": "system-ui, sans-serif", "size": 14},
        "margin": {"l": 60, "r": 20, "t": 20, "b": 60},
        "bargap": 0,
        "xaxis": {
            "title": {"text": say("distributions.axis")},
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {"tickformat": ".0%", "rangemode": "tozero", "gridcolor": colours.grid},
        "legend": {"orientation": "h"},
    }
    return {"data": [inside, outside], "layout": layout}


def svg(series: DistributionsSeries) -> bytes:
    """Draw the picture for page and print; the same bytes every time."""
    parts = [*_legend(), *_frame(series)]
    highest = max([*series.inside, *series.outside], default=0.0)
    if highest:
        step = _WIDTH / len(series.inside)

        def up(share: float) -> float:
            return _TOP + _HEIGHT * (1 - share / highest)

        parts += [
            drawing.bar(
                (_LEFT + place * step, up(share)),
                (step, _TOP + _HEIGHT - up(share)),
                fill="#9dc3de",
                kind="bar-members",
            )
            for place, share in enumerate(series.inside)
            if share
        ]
        corners = [
            (_LEFT + (place + end) * step, up(share))
            for place, share in enumerate(series.outside)
            for end in (0, 1)
        ]
        parts.append(drawing.path(corners, colour=LIGHT.alarm, kind="line-outsiders"))
        parts.append(
            drawing.words(
                percent(highest),
                {**drawing.AXIS, "x": _LEFT - 6, "y": _TOP + 8, "text-anchor": "end"},
            )
        )
    return drawing.picture(
        _LEFT + _WIDTH + 10, _TOP + _HEIGHT + 26, title=title(series), parts=parts
    )


def _legend() -> list[str]:
    return [
        drawing.bar((_LEFT, 4), (14, 10), fill="#9dc3de", kind="bar-members"),
        drawing.words(say("distributions.members"), {**drawing.WORD, "x": _LEFT + 19, "y": 13}),
        drawing.line(
            (_LEFT + 90, 9), (_LEFT + 108, 9), colour=LIGHT.alarm, kind="line-outsiders", width=2
        ),
        drawing.words(say("distributions.outsiders"), {**drawing.WORD, "x": _LEFT + 113, "y": 13}),
    ]


def _frame(series: DistributionsSeries) -> list[str]:
    bottom = _TOP + _HEIGHT
    marks: tuple[tuple[float, str, str], ...] = ()
    if series.edges:
        marks = (
            (_LEFT, f"{series.edges[0]:.3g}", "start"),
            (_LEFT + _WIDTH / 2, say("distributions.direction"), "middle"),
            (_LEFT + _WIDTH, f"{series.edges[-1]:.3g}", "end"),
        )
    return [
        drawing.line((_LEFT, bottom), (_LEFT + _WIDTH, bottom), colour=LIGHT.muted, kind="frame"),
        *(
            drawing.words(text, {**drawing.AXIS, "x": x, "y": bottom + 15, "text-anchor": anchor})
            for x, text, anchor in marks
        ),
    ]
