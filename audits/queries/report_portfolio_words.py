"""Why a client needs somebody, and what is not known about it, in whole sentences."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import RatingBadge, Trend
from audits.queries import risk
from audits.queries.fleet_row import FleetRow

_MOST_ABOUT_MODELS = 3


def reasons(row: FleetRow) -> str:
    """Why a client stands where it does, the gravest reason first."""
    return " ".join((*_about_models(row), *_about_work(row))) or _("Nothing is open.")


def unreached(row: FleetRow) -> str:
    """What keeps a client from having a result that stands for every model."""
    if not row.models:
        return _("No model is listed.")
    if row.last_audit is None:
        return _("Never audited.")
    return " ".join(
        _told(badge, count, severity)
        for badge, (count, severity) in row.risk.by_badge.items()
        if badge in risk.UNKNOWN
    )


def has_expired(row: FleetRow) -> bool:
    return RatingBadge.EXPIRED in row.risk.by_badge


def _about_models(row: FleetRow) -> list[str]:
    wanted = risk.NEEDS_ATTENTION | risk.UNKNOWN
    told = [
        _told(badge, count, severity)
        for badge, (count, severity) in row.risk.by_badge.items()
        if badge in wanted
    ]
    if not row.models:
        return [_("No model is listed.")]
    return told[:_MOST_ABOUT_MODELS]


def _about_work(row: FleetRow) -> Iterator[str]:
    if row.trend == Trend.WORSE and row.figures.before is not None:
        yield _("The worst rating was %(badge)s 90 days ago.") % {"badge": row.figures.before.label}
    if row.overdue_actions:
        yield ngettext(
            "One action is overdue.", "%(count)s actions are overdue.", row.overdue_actions
        ) % {"count": row.overdue_actions}
    if row.failed_audits:
        yield ngettext(
            "One audit failed and was not tried again.",
            "%(count)s audits failed and were not tried again.",
            row.failed_audits,
        ) % {"count": row.failed_audits}
    if row.unstarted_audits:
        yield ngettext(
            "One planned audit could not be started on its day.",
            "%(count)s planned audits could not be started on their days.",
            row.unstarted_audits,
        ) % {"count": row.unstarted_audits}


def _told(badge: RatingBadge, count: int, severity: RatingBadge | None) -> str:
    values = {
        "count": count,
        "badge": badge.label,
        "severity": severity.label if severity is not None else "",
    }
    return _sentence(badge, count, is_treated=severity is not None) % values


def _sentence(badge: RatingBadge, count: int, *, is_treated: bool) -> str:
    if badge == RatingBadge.UNTESTED and is_treated:
        return ngettext(
            "One model has no valid audit: treat it as %(severity)s until it has one.",
            "%(count)s models have no valid audit: treat them as %(severity)s at worst.",
            count,
        )
    if badge == RatingBadge.UNTESTED:
        return ngettext(
            "One model has no valid audit.", "%(count)s models have no valid audit.", count
        )
    if badge == RatingBadge.EXPIRED:
        return ngettext(
            "The result of one model has expired.",
            "Results of %(count)s models have expired.",
            count,
        )
    if badge == RatingBadge.INCONCLUSIVE:
        return ngettext(
            "The audit of one model settled nothing.",
            "Audits of %(count)s models settled nothing.",
            count,
        )
    return ngettext("One model is rated %(badge)s.", "%(count)s models are rated %(badge)s.", count)


def rating_of(row: FleetRow) -> str:
    return str(row.badge.label) if row.badge is not None else _("No model yet")


def mark_of(row: FleetRow) -> str:
    """The badge whose colour and shape stand beside the word of the rating; none without one."""
    return row.badge.value if row.badge is not None else ""


def moved(row: FleetRow, day: Callable[[datetime], str]) -> str:
    """How the worst rating went in 90 days, as the fleet says it."""
    if row.expired_since is not None:
        return _("Expired since %(day)s") % {"day": day(row.expired_since)}
    return str(row.trend.label)


def reached(row: FleetRow) -> str:
    return _("%(rated)s of %(models)s") % {"rated": row.risk.rated, "models": row.models}
