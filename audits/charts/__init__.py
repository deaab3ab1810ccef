"""One file per chart; each offers series, figure, svg, table, alt_text and title."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final, cast

from audits.charts.values import Chart


def _discover() -> Mapping[str, Chart]:
    modules = (import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__))
    charts = [cast("Chart", module) for module in modules if hasattr(module, "NAME")]
    found = {chart.NAME: chart for chart in charts}
    if len(found) != len(charts):
        raise RuntimeError("two charts share a name")
    return found


CHARTS: Final[Mapping[str, Chart]] = _discover()
