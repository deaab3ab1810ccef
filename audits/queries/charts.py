"""The charts of an audit page, ready for the template: figure, picture, table, words."""

from dataclasses import dataclass
from typing import Any

from audits.charts import dots, risk_matrix, roc
from audits.charts.values import Table
from audits.queries.audit import Result


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart as a page shows it; the table stands in where pictures do not show."""

    name: str
    title: str
    alt: str
    table: Table
    figure: dict[str, Any] | None
    dark_figure: dict[str, Any] | None
    svg: str | None


def of_audit(result: Result) -> dict[str, Chart]:
    """ROC, the thousand people, and where likelihood and impact meet."""
    document = result.audit.document or {}
    curve, people = roc.series(document), dots.series(document)
    place = risk_matrix.series(
        {
            "likelihood": result.rating.likelihood,
            "impact": result.rating.impact,
            "badge": result.rating.badge.value,
        }
    )
    return {
        "roc": Chart(
            name="roc",
            title=roc.title(curve),
            alt=roc.alt_text(curve),
            table=roc.table(curve),
            figure=roc.figure(curve, dark=False),
            dark_figure=roc.figure(curve, dark=True),
            svg=None,
        ),
        "dots": Chart(
            name="dots",
            title=dots.title(people),
            alt=dots.alt_text(people),
            table=dots.table(people),
            figure=None,
            dark_figure=None,
            svg=dots.svg(people).decode(),
        ),
        "matrix": Chart(
            name="matrix",
            title=risk_matrix.title(place),
            alt=risk_matrix.alt_text(place),
            table=risk_matrix.table(place),
            figure=None,
            dark_figure=None,
            svg=risk_matrix.svg(place).decode(),
        ),
    }
