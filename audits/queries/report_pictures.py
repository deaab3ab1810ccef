"""A document as its page shows it: each section with its charts."""

import json
from dataclasses import dataclass
from typing import Any

from audits.charts import distributions, heat_map, rating_spread, risk_matrix
from audits.queries import charts
from audits.queries.charts import Chart
from audits.reports import owner_summary, owner_trend
from audits.reports.document import Document, Section
from audits.reports.owner_summary import OwnerSummary

_WIDE = frozenset({rating_spread.NAME, heat_map.NAME, distributions.NAME})


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A section and the charts in it: `curve` is drawn by the browser, `pictures` stand there.

    Pictures that are `wide` hold words too small to read once they are shrunk to a phone.
    """

    section: Section
    curve: Chart | None
    pictures: list[Chart]
    wide: bool


@dataclass(frozen=True, kw_only=True)
class SummaryPictures:
    """The pictures of the two pages for an owner."""

    dots: Chart
    matrix: Chart
    # How the rating moved; None while that is not known.
    trend: Chart | None


def of_summary(summary: OwnerSummary) -> SummaryPictures:
    """The same pictures as the PDF has, from what is frozen in it."""
    moved = owner_trend.movement(summary.trend) if summary.trend is not None else None
    return SummaryPictures(
        dots=charts.shown_as("dots", summary.dots),
        matrix=charts.shown_as("risk_matrix", owner_summary.place(summary.rating)),
        trend=charts.shown_as("risk_over_time", moved) if moved is not None else None,
    )


def of_frozen(data: dict[str, Any]) -> SummaryPictures | None:
    """The pictures of two pages that were made; None where their numbers were not frozen so."""
    try:
        return of_summary(OwnerSummary.from_json(json.dumps(data)))
    except ValueError:
        return None


def shown(document: Document) -> list[Shown]:
    """Every section of a document, from what is frozen in it."""
    drawn = _drawn(document)
    return [
        Shown(
            section=section,
            curve=_curve(document) if "roc" in section.pictures else None,
            pictures=[drawn[name] for name in section.pictures if name in drawn],
            wide=not _WIDE.isdisjoint(section.pictures),
        )
        for section in document.sections
    ]


def _curve(document: Document) -> Chart | None:
    return charts.shown_as("roc", document.curves) if document.curves is not None else None


def _drawn(document: Document) -> dict[str, Chart]:
    found: dict[str, Chart] = {}
    if document.people is not None:
        found["dots"] = charts.shown_as("dots", document.people)
    if document.place is not None:
        place = document.place
        where = {"likelihood": place.likelihood, "impact": place.impact, "badge": place.badge}
        found["matrix"] = charts.shown_as("risk_matrix", risk_matrix.series(where))
    for name, series in (
        (rating_spread.NAME, document.spread),
        (heat_map.NAME, document.by_models),
        (distributions.NAME, document.scores),
    ):
        if series is not None:
            found[name] = charts.shown_as(name, series)
    return found
