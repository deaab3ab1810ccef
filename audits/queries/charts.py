"""The charts of pages: figure or picture, table, words, and what of them may be taken away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import Any, Final

from django.utils import timezone

from audits.charts import CHARTS, dots, drawing
from audits.charts.values import Table
from audits.enums import RatingBadge, Section
from audits.guidance import questions
from audits.guidance.reviews import Review
from audits.queries import risk, risk_history
from audits.queries.audit import Result
from audits.queries.checklist import ChecklistRow
from audits.queries.fleet_row import Listed
from audits.queries.review import STEPS
from audits.queries.risk_history import History
from audits.reports import exports

FOR_EVERYBODY: Final = ("dots", "risk_matrix")
"""Charts of an audit that its owner sees too; the others need the rights of a technician."""

TECHNICAL: Final = ("roc", "catch_rates", "distributions", "groups", "growth")
_WITH_SCRIPT: Final = frozenset({"roc"})


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table, and the client and model it is about.

    Of a client `left_out` counts the models that the row has no room for.
    """

    text: str
    client: str = ""
    model: int = 0
    name: str = ""
    badge: str = ""
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: `figures` for the drawing script, and `svg` where the page shows a picture.

    Figures are long: they are made when somebody asks for them, which a page that names their
    address does not.
    """

    name: str
    title: str
    alt_text: str
    table: Table
    series: Any
    svg: str = ""
    # Rows of the table whose cells lead somewhere; empty where none do.
    linked: Sequence[Sequence[Cell]] = ()

    @property
    def figures(self) -> Mapping[str, Any]:
        """For each theme what Plotly draws."""
        draw = CHARTS[self.name].figure
        return {"light": draw(self.series, dark=False), "dark": draw(self.series, dark=True)}


def _chart(name: str, document: Mapping[str, Any]) -> Chart:
    return shown_as(name, CHARTS[name].series(document))


def shown_as(name: str, found: Any) -> Chart:  # noqa: ANN401 - each chart its own series
    """A chart as its page shows it: drawn in the browser, or a picture."""
    chart = CHARTS[name]
    told: dict[str, Any] = {
        "name": name,
        "title": chart.title(found),
        "alt_text": chart.alt_text(found),
        "table": chart.table(found),
        "series": found,
    }
    return Chart(**told, svg=_on_page(name, found))


def _on_page(name: str, found: Any) -> str:  # noqa: ANN401 - each chart its own series
    """The picture as a page shows it: nothing where a script draws it; dots in two halves."""
    if name in _WITH_SCRIPT:
        return ""
    drawn = dots.halves(found) if name == dots.NAME else (CHARTS[name].svg(found),)
    return "".join(part.decode() for part in drawn)


def _series_of(result: Result, name: str) -> Any:  # noqa: ANN401 - each chart its own series
    document = result.audit.document or {}
    if name == "risk_matrix":
        document = {
            "likelihood": result.rating.likelihood,
            "impact": result.rating.impact,
            "badge": result.rating.badge.value,
        }
    if name == "dots":
        words = result.words
        return dots.series(document, about_people=words.about_people, told_at=words.told_at)
    return CHARTS[name].series(document)


def of_audit(result: Result, name: str, *, plain: bool = False) -> Chart:
    """One chart of a finished audit, by its name; a plain one has no limits of its own."""
    found = _series_of(result, name)
    return shown_as(name, dots.in_one_figure(found) if plain and name == dots.NAME else found)


def further(result: Result) -> list[Chart]:
    """What a technician may look at beside the curve; a chart with nothing in it is left out."""
    names = ("dots", *(name for name in TECHNICAL if name != "roc"))
    charts = [of_audit(result, name) for name in names]
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
    figures = {"risk": found.risk, "pass_mark": found.pass_mark, "impact": found.impact}
    return _chart("tool_review", {**figures, "topics": topics})


def clients_by_models(clients: Sequence[Listed]) -> Chart:
    """How the worst models of each of these clients are rated, in three queries."""
    listed = risk.in_use().filter(client__in=[client.pk for client in clients])
    models: dict[int, list[risk.ModelRisk]] = {client.pk: [] for client in clients}
    for found in risk.risks_of(listed):
        models[found.model.client_id].append(found)
    shown = [
        (client.name, [(one.model.name, one.badge.value) for one in models[client.pk]])
        for client in clients
    ]
    chart = _chart("heat_map", {"clients": shown})
    linked = [
        _linked(row, client.slug, models[client.pk])
        for row, client in zip(chart.table.rows, clients, strict=True)
    ]
    return replace(chart, linked=linked)


def _linked(row: Sequence[Any], slug: str, models: Sequence[risk.ModelRisk]) -> list[Cell]:
    """Cells of a client's row: its name, then its models; those that fill the row lead nowhere."""
    shown = models[: len(row) - 1]
    first = Cell(text=str(row[0]), client=slug, left_out=len(models) - len(shown))
    return [first, *(_cell(text, slug, one) for text, one in zip_longest(row[1:], shown))]


def _cell(text: object, slug: str, found: risk.ModelRisk | None) -> Cell:
    if found is None:
        return Cell(text=str(text), client=slug)
    model, badge = found.model, found.badge
    return Cell(text=str(text), client=slug, model=model.pk, name=model.name, badge=badge.value)


def rating_over_time(history: History, today: RatingBadge | None) -> Chart | None:
    """The worst rating of these models within two years, up to today's; None on the first day.

    Earlier ratings are those that the audits said then; the last is the one that holds today.
    """
    now = timezone.now()
    steps = history.steps(now)
    if not steps or today is None or timezone.localdate(steps[0][0]) == timezone.localdate(now):
        return None
    begin = now - risk_history.SHOWN
    shown = [(max(at, begin), badge) for at, badge in steps] + [(now, today)]
    # Of one day the last rating counts, and a day that changed nothing is no step.
    by_day = {timezone.localdate(at).isoformat(): badge.value for at, badge in shown}
    days = list(by_day.items())
    changes = days[:1] + [after for before, after in pairwise(days) if before[1] != after[1]]
    marks = [(timezone.localdate(mark.at).isoformat(), mark.words) for mark in history.marks()]
    until = timezone.localdate(now).isoformat()
    told = {"until": until, "steps": changes, "marks": marks}
    return _chart("risk_over_time", {"history": told})


def as_csv(chart: Chart) -> bytes:
    """The numbers of a chart as a table to take away; nothing in it runs as a formula."""
    return exports.csv_table(chart.table.headers, chart.table.rows)


def as_svg(chart: Chart) -> bytes:
    """The picture to take away, on white paper whatever the theme of the page."""
    drawn = CHARTS[chart.name].svg(chart.series)
    return drawing.on_paper(drawn)
