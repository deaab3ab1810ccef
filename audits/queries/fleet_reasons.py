"""Why a client is to be looked at, in a few words each: from the figures that the fleet reads."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ColumnList, RatingBadge, ToolDecision
from audits.queries import risk
from audits.queries.client_figures import Figures
from audits.queries.narrowed import IN_USE, RENEW, STILL_OPEN
from audits.queries.narrowing import OVERDUE

# A name is typed by people: a longer one leaves no room for what is said of it.
_LONGEST_NAME = 40


class Reason(NamedTuple):
    """A few words, and what the client's list asks for that shows what they are about.

    `listing` is that list, by the name of its page; None where it is about planned audits, which
    stand on a page that not everybody may open.
    """

    words: str
    listing: ColumnList | None = None
    query: str = ""


def of(figures: Figures) -> list[Reason]:
    """The gravest first: what makes a client need attention stands before what nobody knows."""
    grave, unknown = _about_models(figures)
    return [*grave, *_left_undone(figures), *_reviews(figures), *unknown, *_undecided(figures)]


def _about_models(figures: Figures) -> tuple[list[Reason], list[Reason]]:
    """What is badly rated, or to be treated so, and what is not known beyond that."""
    grave: list[Reason] = []
    unknown: list[Reason] = []
    standing = figures.risk.by_badge
    for badge, (count, severity) in standing.items():
        is_grave = severity in risk.NEEDS_ATTENTION
        if is_grave or badge in risk.UNKNOWN:
            asked = f"status={IN_USE}&rating={badge.value}"
            words = _stand(figures, badge, count, severity if is_grave else None)
            (grave if is_grave else unknown).append(Reason(words, ColumnList.MODELS, asked))
    if not standing:
        unknown.append(Reason(_without_models(figures), ColumnList.MODELS))
    elif figures.last_audit is None and RatingBadge.UNTESTED not in standing:
        unknown.append(Reason(_("Never audited"), ColumnList.MODELS))
    return grave, unknown


def _without_models(figures: Figures) -> str:
    if figures.last_audit is None:
        return _("Never audited: no model is listed")
    return _("No model is listed")


def _stand(figures: Figures, badge: RatingBadge, count: int, severity: RatingBadge | None) -> str:
    """How many models stand so; where nothing is known, as what the worst is to be treated."""
    values = {"n": count, "badge": badge.label, "severity": severity.label if severity else ""}
    if badge == RatingBadge.UNTESTED and figures.last_audit is None:
        if severity is None:
            return _("Never audited")
        return _("Never audited: treat as %(severity)s") % values
    return _words(badge, count, is_treated=severity is not None) % values


def _words(badge: RatingBadge, count: int, *, is_treated: bool) -> str:
    if badge not in risk.UNKNOWN:
        return ngettext("%(n)s model rated %(badge)s", "%(n)s models rated %(badge)s", count)
    return _treated(badge, count) if is_treated else _unknown(badge, count)


def _treated(badge: RatingBadge, count: int) -> str:
    """What is not known, and as what it is to be treated until it is."""
    if badge == RatingBadge.EXPIRED:
        return ngettext(
            "%(n)s result expired: treat as %(severity)s",
            "%(n)s results expired: treat as %(severity)s",
            count,
        )
    if badge == RatingBadge.INCONCLUSIVE:
        return ngettext(
            "%(n)s model with an inconclusive audit: treat as %(severity)s",
            "%(n)s models with an inconclusive audit: treat as %(severity)s",
            count,
        )
    return ngettext(
        "%(n)s model without a valid audit: treat as %(severity)s",
        "%(n)s models without a valid audit: treat as %(severity)s",
        count,
    )


def _unknown(badge: RatingBadge, count: int) -> str:
    if badge == RatingBadge.EXPIRED:
        return ngettext("%(n)s result expired", "%(n)s results expired", count)
    if badge == RatingBadge.INCONCLUSIVE:
        return ngettext(
            "%(n)s model with an inconclusive audit",
            "%(n)s models with an inconclusive audit",
            count,
        )
    return ngettext(
        "%(n)s model without a valid audit", "%(n)s models without a valid audit", count
    )


def _left_undone(figures: Figures) -> Iterator[Reason]:
    """Audits and actions that somebody has to take up again."""
    if n := figures.failed_audits:
        words = ngettext("%(n)s failed audit", "%(n)s failed audits", n)
        yield Reason(words % {"n": n}, ColumnList.AUDITS, f"state={STILL_OPEN}")
    if n := figures.unstarted_audits:
        words = ngettext("%(n)s planned audit not started", "%(n)s planned audits not started", n)
        yield Reason(words % {"n": n})
    if n := figures.overdue_actions:
        words = ngettext("%(n)s action overdue", "%(n)s actions overdue", n)
        yield Reason(words % {"n": n}, ColumnList.PLAN, f"due={OVERDUE}")


def _reviews(figures: Figures) -> Iterator[Reason]:
    """Reviews that are late, each by the name of what has waited the longest."""
    if n := figures.overdue_tools:
        words = ngettext(
            "Review of AI tool %(name)s overdue",
            "%(n)s reviews of AI tools overdue, that of %(name)s the longest",
            n,
        )
        values = {"n": n, "name": _short(figures.late_tool)}
        yield Reason(words % values, ColumnList.TOOLS, f"due={RENEW}")
    if n := figures.overdue_models:
        words = ngettext(
            "Review of model %(name)s overdue",
            "%(n)s reviews of models overdue, that of %(name)s the longest",
            n,
        )
        values = {"n": n, "name": _short(figures.late_model)}
        yield Reason(words % values, ColumnList.MODELS, f"due={OVERDUE}")


def _undecided(figures: Figures) -> Iterator[Reason]:
    if n := figures.tools_unreviewed:
        words = ngettext("%(n)s AI tool not reviewed", "%(n)s AI tools not reviewed", n)
        query = f"decision={ToolDecision.UNDECIDED.value}"
        yield Reason(words % {"n": n}, ColumnList.TOOLS, query)


def _short(name: str) -> str:
    return Truncator(name).chars(_LONGEST_NAME)
