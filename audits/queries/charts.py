"""The charts of an audit page and of the fleet: figure or picture, table, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.charts import dots, heat_map, risk_matrix, risk_over_time, roc
from audits.charts.values import Table
from audits.enums import RatingBadge
from audits.models import Client
from audits.queries import risk, risk_history
from audits.queries.audit import Result
from audits.queries.risk_history import History, Mark


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
    marks = [(timezone.localdate(mark.at).isoformat(), _changed(mark)) for mark in history.marks()]
    until = timezone.localdate(now).isoformat()
    told = {"until": until, "steps": changes, "marks": marks}
    series = risk_over_time.series({"history": told})
    return Chart(
        title=risk_over_time.title(series),
        alt_text=risk_over_time.alt_text(series),
        table=risk_over_time.table(series),
        svg=risk_over_time.svg(series).decode(),
    )


def _changed(mark: Mark) -> str:
    """What is measured or judged otherwise from a day on."""
    told = []
    if mark.engine_version:
        told.append(_("Attacks of version %(version)s") % {"version": mark.engine_version})
    if mark.house_policy:
        told.append(_("House policy %(version)s") % {"version": mark.house_policy})
    if mark.revision is not None:
        number = {"number": mark.revision.number}
        own = mark.revision.client_id is not None
        told.append(
            (_("Policy of this client, revision %(number)s") % number)
            if own
            else (_("Policy of the provider, revision %(number)s") % number)
        )
    return ", ".join(told)
