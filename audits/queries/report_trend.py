"""How a model was rated on each day it was audited: what is stored, never rated anew."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo

from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from audits.enums import Outcome, RatingBadge
from audits.guidance.badges import SEVERITY
from audits.models import AIModel, Audit
from audits.queries.report_frame import Frame
from audits.queries.risk_history import Mark
from audits.reports.owner_trend import MOST_POINTS, Trend, TrendMark, TrendPoint

_FEWEST = 2
_KNOWN = [badge.value for badge in SEVERITY]

# The day of an audit, its badge, the version of its attacks, its policy, and its moment.
Row = tuple[date, str, str, str, datetime | None]


def trend(model: AIModel, frame: Frame) -> Trend:
    """The last days on which a model was audited, the oldest first, each with its last rating.

    A day is one of the client's time zone. Void audits say nothing and are left out.
    """
    rows = (
        Audit.objects.filter(
            client=frame.client, model_version__model=model, completed_at__lte=frame.now
        )
        .exclude(outcome=Outcome.INVALID)
        .annotate(day=TruncDate("completed_at", tzinfo=ZoneInfo(frame.client.time_zone)))
        .order_by("-day", "-completed_at", "-pk")
        .distinct("day")
        .values_list("day", "badge", "engine_version", "house_policy", "completed_at")
    )
    found = list(rows[:MOST_POINTS])[::-1]
    if len(found) < _FEWEST:
        return Trend(said=_("Not known yet: that takes audits on at least two days."))
    points = tuple(
        TrendPoint(
            day=frame.day(day),
            badge=badge,
            word=str(RatingBadge(badge).label),
            on=day.isoformat(),
        )
        for day, badge, *_measured in found
    )
    marks = tuple(_marks(found, frame))
    return Trend(
        said=_said(*points[-2:]),
        points=points,
        note=_note(changed=bool(marks)),
        until=frame.today.isoformat(),
        marks=marks,
    )


def _marks(found: list[Row], frame: Frame) -> Iterator[TrendMark]:
    """Days from which other attacks, or another policy of verdicts, were used than before."""
    for (_day, _badge, *before, _at), (day, _now, engine, policy, at) in pairwise(found):
        if before == [engine, policy]:
            continue
        mark = Mark(
            at=cast("datetime", at),  # the audits are finished ones
            engine_version=engine if engine != before[0] else "",
            house_policy=policy if policy != before[1] else "",
        )
        if mark.words:  # of audits of early days nobody knows by what they were measured
            yield TrendMark(on=day.isoformat(), day=frame.day(day), words=mark.words)


def _said(before: TrendPoint, last: TrendPoint) -> str:
    """The last two days in a sentence: only two ratings of a risk can be better or worse."""
    words = {"day": before.day, "before": before.word, "now": last.word}
    if before.badge == last.badge:
        return _("The same as on %(day)s: %(now)s.") % words
    if before.badge in _KNOWN and last.badge in _KNOWN:
        if _KNOWN.index(last.badge) > _KNOWN.index(before.badge):
            return _("Worse than on %(day)s: %(before)s then, %(now)s now.") % words
        return _("Better than on %(day)s: %(before)s then, %(now)s now.") % words
    return _("%(before)s on %(day)s, %(now)s at the last audit.") % words


def _note(*, changed: bool) -> str:
    if not changed:
        return ""
    return _(
        "Not all of them were measured with the same version of the attacks and verdict policy:"
        " part of a change may come from that."
    )
