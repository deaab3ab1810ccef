"""How a model was rated at each of its audits: what is stored, never rated anew."""

from django.utils.translation import gettext as _

from audits.enums import Outcome, RatingBadge
from audits.guidance.badges import SEVERITY
from audits.models import AIModel, Audit
from audits.queries.report_frame import Frame
from audits.reports.owner_summary import Trend, TrendPoint

MOST_POINTS = 5
_FEWEST = 2
_KNOWN = [badge.value for badge in SEVERITY]
_Row = tuple[str, str, str]


def trend(model: AIModel, frame: Frame) -> Trend:
    """The last audits of a model, the oldest first; void ones say nothing and are left out."""
    rows = (
        Audit.objects.filter(
            client=frame.client, model_version__model=model, completed_at__lte=frame.now
        )
        .exclude(outcome=Outcome.INVALID)
        .order_by("-completed_at", "-pk")
        .values_list("completed_at", "badge", "engine_version", "house_policy")
    )
    found = list(rows[:MOST_POINTS])[::-1]
    if len(found) < _FEWEST:
        return Trend(said=_("Not known yet: that takes at least two audits."))
    points = tuple(
        TrendPoint(day=frame.day(at), badge=badge, word=str(RatingBadge(badge).label))
        for at, badge, _engine, _policy in found
    )
    *_earlier, before, last = [(badge, engine, policy) for _at, badge, engine, policy in found]
    measured = {(engine, policy) for _at, _badge, engine, policy in found}
    return Trend(said=_said(before, last), points=points, note=_note(changed=len(measured) > 1))


def _said(before: _Row, last: _Row) -> str:
    """The last two audits in a sentence: only two ratings of a risk can be better or worse."""
    words = {
        "before": RatingBadge(before[0]).label,
        "now": RatingBadge(last[0]).label,
    }
    if before[0] == last[0]:
        return _("The same as at the audit before: %(now)s.") % words
    if before[0] in _KNOWN and last[0] in _KNOWN:
        if _KNOWN.index(last[0]) > _KNOWN.index(before[0]):
            return _("Worse than at the audit before: %(before)s then, %(now)s now.") % words
        return _("Better than at the audit before: %(before)s then, %(now)s now.") % words
    return _("%(before)s at the audit before, %(now)s at the last one.") % words


def _note(*, changed: bool) -> str:
    if not changed:
        return ""
    return _(
        "Not all of them were measured with the same version of the attacks and verdict policy:"
        " part of a change may come from that."
    )
