"""A document as its page shows it: each section with its charts."""

from dataclasses import dataclass

from audits.charts import dots, risk_matrix, roc
from audits.queries.charts import Chart
from audits.reports.document import Document, Section


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A section and the charts in it: `curve` is drawn by the browser, `pictures` stand there."""

    section: Section
    curve: Chart | None
    pictures: list[Chart]


def shown(document: Document) -> list[Shown]:
    """Every section of a document, from what is frozen in it."""
    drawn = _drawn(document)
    return [
        Shown(
            section=section,
            curve=_curve(document) if "roc" in section.pictures else None,
            pictures=[drawn[name] for name in section.pictures if name in drawn],
        )
        for section in document.sections
    ]


def _curve(document: Document) -> Chart | None:
    found = document.curves
    if found is None:
        return None
    return Chart(
        title=roc.title(found),
        alt_text=roc.alt_text(found),
        table=roc.table(found),
        figures={"light": roc.figure(found, dark=False), "dark": roc.figure(found, dark=True)},
    )


def _drawn(document: Document) -> dict[str, Chart]:
    found: dict[str, Chart] = {}
    if document.people is not None:
        people = document.people
        found["dots"] = Chart(
            title=dots.title(people),
            alt_text=dots.alt_text(people),
            table=dots.table(people),
            svg=dots.svg(people).decode(),
        )
    if document.place is not None:
        place = document.place
        matrix = risk_matrix.series(
            {"likelihood": place.likelihood, "impact": place.impact, "badge": place.badge}
        )
        found["matrix"] = Chart(
            title=risk_matrix.title(matrix),
            alt_text=risk_matrix.alt_text(matrix),
            table=risk_matrix.table(matrix),
            svg=risk_matrix.svg(matrix).decode(),
        )
    return found
