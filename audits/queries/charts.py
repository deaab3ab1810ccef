"""The charts of an audit page and of the fleet: figure or picture, table, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from audits.charts import dots, heat_map, risk_matrix, roc
from audits.charts.values import Table
from audits.models import Client
from audits.queries import risk
from audits.queries.audit import Result


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table, and the client and model it is about."""

    text: str
    client: str = ""
    model: int = 0


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: `figures` for the drawing script, or `svg`; the table stands in for both."""

    title: str
    alt_text: str
    table: Table
    figures: Mapping[str, Any] | None = None
    svg: str = ""
    # Rows of the table whose cells lead somewhere; empty where none do.
    linked: Sequence[Sequence[Cell]] = ()


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
    listed = risk.in_use().filter(client__in=[client.pk for client in clients])
    models: dict[int, list[risk.ModelRisk]] = {client.pk: [] for client in clients}
    for found in risk.risks_of(listed):
        models[found.model.client_id].append(found)
    shown = [
        (client.name, [(one.model.name, one.badge.value) for one in models[client.pk]])
        for client in clients
    ]
    series = heat_map.series({"clients": shown})
    table = heat_map.table(series)
    return Chart(
        title=heat_map.title(series),
        alt_text=heat_map.alt_text(series),
        table=table,
        svg=heat_map.svg(series).decode(),
        linked=[
            _linked(row, client.slug, [one.model.pk for one in models[client.pk]])
            for row, client in zip(table.rows, clients, strict=True)
        ],
    )


def _linked(row: Sequence[str], slug: str, models: Sequence[int]) -> list[Cell]:
    """Cells of a client's row: its name, then its models; those that fill the row lead nowhere."""
    places = zip_longest(row, (0, *models[: len(row) - 1]), fillvalue=0)
    return [Cell(text=str(text), client=slug, model=int(pk)) for text, pk in places]
