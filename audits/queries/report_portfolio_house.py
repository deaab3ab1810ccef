"""Of the portfolio report what its own leaders ask: lateness, permissions, and what is shared."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ReportSection
from audits.queries.portfolio_figures import MOST_ROWS, Portfolio
from audits.queries.portfolio_shared import Shared
from audits.queries.report_frame import titled
from audits.queries.report_portfolio_lists import more
from audits.queries.risk import ModelRisk
from audits.reports.document import Section, Table

_MOST_NAMED = 4


def grave(found: Portfolio) -> Section:
    """Models that are High or Critical, or to be treated so, by what is left of their time."""
    late = [one for one in found.grave if one.deadline is not None and one.deadline.is_overdue]
    told = ngettext(
        "One model is rated High or Critical, or to be treated so; past its day: %(late)s.",
        "%(count)s models are rated High or Critical, or to be treated so; past their day:"
        " %(late)s.",
        len(found.grave),
    ) % {"count": len(found.grave), "late": len(late)}
    return Section(
        *titled(ReportSection.GRAVE),
        paragraphs=(told,) if found.grave else (),
        tables=(
            Table(
                caption=_("The longest overdue first"),
                headers=(
                    _("Model"),
                    _("Client"),
                    _("Rating"),
                    _("Stands since"),
                    _("Time to act"),
                    _("Act by"),
                    _("Now"),
                ),
                rows=tuple(_grave(found, one) for one in found.grave[:MOST_ROWS]),
                badges=tuple(("", "", one.badge.value) for one in found.grave[:MOST_ROWS]),
                widths=(1.5, 1.4, 1.3, 0.9, 0.7, 0.9, 1.0),
                empty=_("No model is rated High or Critical, or is to be treated so."),
                note=" ".join(
                    filter(
                        None,
                        (
                            more(len(found.grave) - MOST_ROWS),
                            _(
                                "Counted from the audit that speaks for a model, or from the day on"
                                " which it was listed; the time to act is that of the client's"
                                " rating policy."
                            ),
                        ),
                    )
                )
                if found.grave
                else "",
            ),
        ),
    )


def _grave(found: Portfolio, one: ModelRisk) -> tuple[str, ...]:
    until = one.deadline
    name, client = one.model.name, one.model.client.name
    rating = str(one.badge.label)
    severity = one.standing.severity
    if severity is not None and severity != one.badge:
        rating = _("%(badge)s, treat as %(severity)s") % {
            "badge": one.badge.label,
            "severity": severity.label,
        }
    if until is None:
        return name, client, rating, "–", "–", "–", "–"
    days = ngettext("%(count)s day", "%(count)s days", until.days) % {"count": until.days}
    since = until.at - timedelta(days=until.days)
    return name, client, rating, found.day(since), days, found.day(until.at), _left(found, one)


def _left(found: Portfolio, one: ModelRisk) -> str:
    """How many days are left, or have gone by since."""
    if one.deadline is None:
        return ""
    last = timezone.localdate(one.deadline.at)
    days = (last - found.frame.today).days
    if days < 0:
        return ngettext("%(count)s day late", "%(count)s days late", -days) % {"count": -days}
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days}


def permissions(found: Portfolio) -> Section:
    """Clients with models that may not be audited: no record, or one that ended or was taken."""
    rows = [row for row in found.counting if row.client.pk in found.unpermitted]
    return Section(
        *titled(ReportSection.PERMISSIONS),
        tables=(
            Table(
                caption=_("Clients without a permission that holds today"),
                headers=(
                    _("Client"),
                    _("Models without one"),
                    _("Of models"),
                    _("Looked after by"),
                ),
                rows=tuple(
                    (
                        row.client.name,
                        f"{found.unpermitted[row.client.pk]:,}",
                        f"{row.models:,}",
                        row.lead_name or _("Nobody"),
                    )
                    for row in rows
                ),
                widths=(2.2, 1.0, 0.8, 1.4),
                empty=_("Every model in use may be audited."),
            ),
        ),
    )


def shared(found: Portfolio) -> Section:
    """How far it reaches when a vendor, or a model that was handed on, goes wrong."""
    listed = found.shared
    return Section(
        *titled(ReportSection.SHARED),
        tables=(
            Table(
                caption=_("Vendors and model files at several clients, the widest reach first"),
                headers=(
                    _("What"),
                    _("Clients"),
                    _("Which"),
                    _("People who use it"),
                    _("Most sensitive data"),
                ),
                rows=tuple(_shared(one) for one in listed[:MOST_ROWS]),
                widths=(1.6, 0.6, 2.4, 0.8, 1.1),
                empty=_("No vendor and no model file is at more than one client."),
                note=" ".join(
                    filter(
                        None,
                        (
                            more(len(listed) - MOST_ROWS),
                            _(
                                "Vendors are compared by name, model files by their digest."
                                " People are counted as far as it was said how many there are."
                            ),
                        ),
                    )
                )
                if listed
                else "",
            ),
        ),
    )


def _shared(one: Shared) -> tuple[str, ...]:
    named, rest = one.clients[:_MOST_NAMED], len(one.clients) - _MOST_NAMED
    which = ", ".join(named)
    if rest > 0:
        which = _("%(clients)s and %(more)s more") % {"clients": which, "more": rest}
    name = _("Model file: %(name)s") % {"name": one.name} if one.is_model else one.name
    if one.one_account:
        name = _("%(vendor)s (one account for several)") % {"vendor": one.name}
    people = f"{one.people:,}" if one.people else _("Not known")
    data = str(one.data.label) if one.data is not None else _("Not known")
    return name, f"{len(one.clients):,}", which, people, data
