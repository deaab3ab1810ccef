"""The charts of an audit page and of the fleet: figure or picture, table, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.charts import dots, heat_map, risk_matrix, risk_over_time, roc
from audits.charts.values import Table
from audits.enums import RatingBadge
from audits.models import AIModel, Client
from audits.queries import risk, risk_history
from audits.queries.audit import Result
from audits.queries.risk_history import History, Mark


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
