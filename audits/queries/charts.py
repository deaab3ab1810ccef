"""The charts of an audit page and of the fleet: figure or picture, table, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audits.charts import dots, heat_map, risk_matrix, roc
from audits.charts.values import Table
from audits.models import AIModel, Client
from audits.queries import risk
from audits.queries.audit import Result


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: `figures` for the drawing script, or `svg`; the table stands in for both."""

    title: str
    alt_text: str
    table: Table
    figures: Mapping[str, Any] | None = None
    svg: str = ""


def curve(result: Result) -> Chart:
    """How many members are found at how few false accusations."""
    found = roc.series(result.audit.document or {})
    return Chart(
        title=roc.title(found),
        alt_text=roc.alt_text(found),
        table=roc.table(found),
        figures={
            "light": roc.figure(found, dark=False),
            "dark": roc.figure(found, dark=True),
        },
    )


def people(result: Result) -> Chart:
    """A thousand people in the data beside a thousand outsiders."""
    found = dots.series(result.audit.document or {}, about_people=result.words.about_people)
    return Chart(
        title=dots.title(found),
        alt_text=dots.alt_text(found),
        table=dots.table(found),
        svg=dots.svg(found).decode(),
    )


def matrix(result: Result) -> Chart:
    """Where likelihood and impact meet."""
    found = risk_matrix.series(
        {
            "likelihood": result.rating.likelihood,
            "impact": result.rating.impact,
            "badge": result.rating.badge.value,
        }
    )
    return Chart(
        title=risk_matrix.title(found),
        alt_text=risk_matrix.alt_text(found),
        table=risk_matrix.table(found),
        svg=risk_matrix.svg(found).decode(),
    )


def clients_by_models(clients: Sequence[Client]) -> Chart:
    """How the worst models of each of these clients are rated, in three queries."""
    listed = AIModel.objects.filter(client__in=[client.pk for client in clients])
    models: dict[int, list[tuple[str, str]]] = {}
    for found in risk.risks_of(listed):
        models.setdefault(found.model.client_id, []).append((found.model.name, found.badge.value))
    shown = [(client.name, models.get(client.pk, [])) for client in clients]
    series = heat_map.series({"clients": shown})
    return Chart(
        title=heat_map.title(series),
        alt_text=heat_map.alt_text(series),
        table=heat_map.table(series),
        svg=heat_map.svg(series).decode(),
    )
