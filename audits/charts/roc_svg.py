"""The ROC picture on paper, drawn by matplotlib: heavy, so imported where a picture is made."""

import math
import threading
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from audits.charts.lettering import legible
from audits.charts.palette import DASHES, Palette
from audits.charts.roc import EDGE, RocCurve, RocSeries, measured
from audits.charts.values import ticks
from audits.charts.words import say

# The library's settings belong to the process: two pictures at once would read each other's.
_ONE_AT_A_TIME: Final = threading.Lock()
_SIZE_INCHES: Final = (4.5, 3.35)
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "mia-portal",
    "path.simplify": False,
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.linewidth": 0.6,
}
_DASHES: Final[Mapping[str, Any]] = {
    "solid": "-",
    "dash": "--",
    "dot": ":",
    "dashdot": "-.",
    "longdash": (0, (8, 3)),
    "longdashdot": (0, (8, 3, 2, 3)),
}


def draw(series: RocSeries, title: str, colours: Palette) -> bytes:
    import matplotlib as mpl  # noqa: PLC0415 - heavy
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - heavy
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy

    with _ONE_AT_A_TIME, mpl.rc_context():
        mpl.rcdefaults()  # a settings file on this machine must not change the picture
        mpl.rcParams.update(_STYLE)
        picture = Figure(figsize=_SIZE_INCHES, layout="constrained")
        axes = picture.add_subplot()
        _frame(axes, series, colours)
        _guides(axes, series, colours)
        for index, curve in reversed(list(enumerate(series.curves))):
            _line(axes, curve, index, colours)
        if series.curves:
            _limits(axes, series.curves[0], colours)
        _legend(axes, colours)
        buffer = BytesIO()
        canvas: Any = FigureCanvasSVG(picture)
        canvas.print_svg(buffer, metadata={"Date": None, "Title": legible(title)})
    return buffer.getvalue()


def _frame(axes: Any, series: RocSeries, colours: Palette) -> None:  # noqa: ANN401 - untyped library
    from matplotlib.ticker import NullLocator  # noqa: PLC0415 - heavy

    marks, labels = ticks(series.floor)
    axes.set(xscale="log", yscale="log", xlabel=say("roc.axis_across"), ylabel=say("roc.axis_up"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(marks, labels)
        axis.set_minor_locator(NullLocator())
        axis.label.set_color(colours.muted)
    axes.set(xlim=(series.floor * EDGE, 1.1), ylim=(series.floor * EDGE, 1.1))
    axes.tick_params(colors=colours.muted, length=0)
    axes.grid(visible=True, color=colours.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(colours.muted)


def _guides(axes: Any, series: RocSeries, colours: Palette) -> None:  # noqa: ANN401 - untyped library
    axes.axvspan(
        series.floor * EDGE, series.resolution, color=colours.shade, linewidth=0, gid="resolution"
    )
    axes.text(
        math.sqrt(series.floor * EDGE * series.resolution),
        math.sqrt(series.floor),
        say("roc.not_measurable"),
        rotation=90,
        ha="center",
        va="center",
        color=colours.muted,
        fontsize=6,
    )
    axes.plot(
        [series.floor, 1],
        [series.floor, 1],
        color=colours.muted,
        linewidth=1,
        linestyle=":",
        label=say("roc.guessing"),
        gid="chance",
    )
    if series.lowest_rated is not None:
        axes.axvline(
            series.lowest_rated, color=colours.muted, linewidth=0.7, linestyle="--", gid="rated"
        )
        axes.annotate(
            say("roc.rated_from"),
            (series.lowest_rated, 1.0),
            xytext=(3, 0),
            textcoords="offset points",
            va="bottom",
            color=colours.muted,
            fontsize=6.5,
        )


def _line(axes: Any, curve: RocCurve, index: int, colours: Palette) -> None:  # noqa: ANN401 - untyped library
    axes.plot(
        curve.fpr,
        curve.tpr,
        drawstyle="steps-post",
        color=colours.lines[index % len(colours.lines)],
        linestyle=_DASHES[DASHES[index % len(DASHES)]],
        linewidth=2 if index == 0 else 1,
        label=legible(curve.label),
        gid=f"curve-{curve.key}",
    )


def _limits(axes: Any, curve: RocCurve, colours: Palette) -> None:  # noqa: ANN401 - untyped library
    for rate, value, low, high in measured(curve):
        axes.errorbar(
            [rate],
            [value],
            yerr=[[value - low], [high - value]],
            color=colours.lines[0],
            marker="o",
            markersize=4.5,
            capsize=3,
            linewidth=1.2,
        )


def _legend(axes: Any, colours: Palette) -> None:  # noqa: ANN401 - untyped library
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="lower right",
        frameon=True,
        framealpha=1,
        facecolor=colours.paper,
        edgecolor="none",
        fontsize=7,
        labelcolor=colours.ink,
    )
