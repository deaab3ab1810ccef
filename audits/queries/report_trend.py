"""How a model was rated on each day it was audited: what is stored, never rated anew."""

from zoneinfo import ZoneInfo

from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from audits.enums import Outcome, RatingBadge
from audits.guidance.badges import SEVERITY
from audits.models import AIModel, Audit
from audits.queries.report_frame import Frame
from audits.reports.owner_summary import Trend, TrendPoint

MOST_POINTS = 5
_FEWEST = 2
_KNOWN = [badge.value for badge in SEVERITY]


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
        .values_list("day", "badge", "engine_version", "house_policy")
    )
    found = list(rows[:MOST_POINTS])[::-1]
    if len(found) < _FEWEST:
        return Trend(said=_("Not known yet: that takes audits on at least two days."))
    points = tuple(
        TrendPoint(day=frame.day(day), badge=badge, word=str(RatingBadge(badge).label))
        for day, badge, _engine, _policy in found
    )
    measured = {(engine, policy) for _day, _badge, engine, policy in found}
    return Trend(said=_said(*points[-2:]), points=points, note=_note(changed=len(measured) > 1))


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
