"""The charts of pages: figure or picture, table, words, and what of them may be taken away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audits.charts import CHARTS, dots, drawing
from audits.charts.values import Table
from audits.enums import Section
from audits.guidance import questions
from audits.guidance.reviews import Review
from audits.models import AIModel, Client
from audits.queries import risk
from audits.queries.audit import Result
from audits.queries.checklist import ChecklistRow
from audits.queries.review import STEPS
from audits.reports import exports

FOR_EVERYBODY: Final = ("dots", "risk_matrix")
"""Charts of an audit that its owner sees too; the others need the rights of a technician."""

TECHNICAL: Final = ("roc", "catch_rates", "distributions", "groups", "growth")
_WITH_SCRIPT: Final = frozenset({"roc"})


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: `figures` for the drawing script, or `svg`; the table stands in for both."""

    name: str
    title: str
    alt_text: str
    table: Table
    series: Any
    figures: Mapping[str, Any] | None = None
    svg: str = ""


def _chart(name: str, document: Mapping[str, Any]) -> Chart:
    return _shown(name, CHARTS[name].series(document))


def _shown(name: str, found: Any) -> Chart:  # noqa: ANN401 - each chart its own series
    """A chart as its page shows it: drawn in the browser, or a picture."""
    chart = CHARTS[name]
    told: dict[str, Any] = {
        "name": name,
        "title": chart.title(found),
        "alt_text": chart.alt_text(found),
        "table": chart.table(found),
        "series": found,
    }
    if name in _WITH_SCRIPT:
        light, dark = (chart.figure(found, dark=is_dark) for is_dark in (False, True))
        return Chart(**told, figures={"light": light, "dark": dark})
    return Chart(**told, svg=chart.svg(found).decode())


def _series_of(result: Result, name: str) -> Any:  # noqa: ANN401 - each chart its own series
    document = result.audit.document or {}
    if name == "risk_matrix":
        document = {
            "likelihood": result.rating.likelihood,
            "impact": result.rating.impact,
            "badge": result.rating.badge.value,
        }
    if name == "dots":
        return dots.series(document, about_people=result.words.about_people)
    return CHARTS[name].series(document)


def of_audit(result: Result, name: str) -> Chart:
    """One chart of a finished audit, by its name."""
    return _shown(name, _series_of(result, name))


def further(result: Result) -> list[Chart]:
    """What a technician may look at beside the curve; a chart with nothing in it is left out."""
    charts = [of_audit(result, name) for name in TECHNICAL if name != "roc"]
    return [chart for chart in charts if chart.table.rows]


def readiness(rows: Iterable[ChecklistRow]) -> Chart:
    """How far each section of the checklist has come."""
    counts: dict[Section, dict[str, int]] = {section: {} for section in Section}
    for row in rows:
        if not row.is_retired:
            of_section = counts[row.section]
            of_section[row.standing] = of_section.get(row.standing, 0) + 1
    return _chart(
        "readiness",
        {"sections": [(str(section.label), found) for section, found in counts.items()]},
    )


def tool_review(found: Review) -> Chart:
    """Where the risk of a tool comes from, by the pages of its review."""
    topics = []
    for step in STEPS:
        counted = [one for one in found.counted if one.question in step.questions]
        most = sum(one.weight for one in counted) * questions.WORST_POINTS
        if most:
            share = sum(one.weight * one.points for one in counted) / most
            topics.append((str(step.title), round(100 * share), len(counted)))
    return _chart(
        "tool_review", {"risk": found.risk, "pass_mark": found.pass_mark, "topics": topics}
    )


def clients_by_models(clients: Sequence[Client]) -> Chart:
    """How the worst models of each of these clients are rated, in three queries."""
    listed = AIModel.objects.filter(client__in=[client.pk for client in clients])
    models: dict[int, list[tuple[str, str]]] = {}
    for found in risk.risks_of(listed):
        models.setdefault(found.model.client_id, []).append((found.model.name, found.badge.value))
    shown = [(client.name, models.get(client.pk, [])) for client in clients]
    return _chart("heat_map", {"clients": shown})


def as_csv(chart: Chart) -> bytes:
    """The numbers of a chart as a table to take away; nothing in it runs as a formula."""
    return exports.csv_table(chart.table.headers, chart.table.rows)


def as_svg(chart: Chart) -> bytes:
    """The picture to take away, on white paper whatever the theme of the page."""
    drawn = chart.svg.encode() or CHARTS[chart.name].svg(chart.series)
    return drawing.on_paper(drawn)
