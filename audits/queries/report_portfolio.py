"""The portfolio report: all clients of a provider that one person looks after, on paper."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.charts import heat_map, rating_spread
from audits.enums import ClientState, RatingBadge, ReportKind, ReportSection, Trend
from audits.guidance import rating, wording
from audits.queries import charts, rating_policy
from audits.queries import report_portfolio_house as house
from audits.queries import report_portfolio_lists as lists
from audits.queries import report_portfolio_words as words
from audits.queries.fleet_risk import TREND_SPAN
from audits.queries.fleet_row import Listed
from audits.queries.portfolio_figures import Portfolio
from audits.queries.report_frame import About, HouseFrame, framed, titled
from audits.reports.document import Document, Fact, Section, Table

ON_THE_MAP = 20


def document(found: Portfolio) -> Document:
    """Word the report."""
    frame = found.frame
    framed_document = framed(
        frame,
        ReportKind.PORTFOLIO,
        _about(found),
        (
            _attention(found),
            _movement(found),
            _map(found),
            _unreached(found),
            house.grave(found),
            house.permissions(found),
            house.shared(found),
            lists.overdue(found),
            lists.tools(found),
            lists.reports_due(found),
            lists.everybody(found),
            lists.method(),
        ),
    )
    listed = {name for one in framed_document.sections for name in one.pictures}
    return replace(
        framed_document,
        spread=_spread(found) if rating_spread.NAME in listed else None,
        by_models=_by_models(found) if heat_map.NAME in listed else None,
    )


def _about(found: Portfolio) -> About:
    frame = found.frame
    prospects = sum(row.client.state == ClientState.PROSPECT for row in found.rows)
    demo = sum(row.client.is_demo for row in found.rows)
    facts = [
        Fact(_("Covers"), _coverage(found)),
        Fact(_("Clients"), f"{len(found.counting):,}"),
        Fact(_("Need attention"), f"{len(found.in_bucket('attention')):,}"),
        Fact(_("OK"), f"{len(found.in_bucket('ok')):,}"),
        Fact(_("Unknown"), f"{len(found.in_bucket('unknown')):,}"),
        Fact(
            _("Every model has a result that stands"),
            f"{len(found.reached):,}",
        ),
        Fact(_("Overdue actions"), f"{sum(row.overdue_actions for row in found.counting):,}"),
        Fact(_("AI tools waiting for a decision"), f"{found.undecided:,}"),
    ]
    if prospects:
        facts.append(Fact(_("Prospects, listed but not counted"), f"{prospects:,}"))
    if demo:
        facts.append(Fact(_("Clients that came with the demo"), f"{demo:,}"))
    return About(
        subject=_("Portfolio of clients on %(day)s") % {"day": frame.day(frame.now)},
        footer=_(
            "For the provider's own staff. Ratings rest on audits; none of them is a guarantee."
        ),
        marking=_(
            "Confidential. It speaks of several clients, for the staff of %(provider)s alone: give"
            " it to none of the clients."
        )
        % {"provider": frame.house.name},
        lead=_lead(found),
        facts=tuple(facts),
        policies=(
            wording.say("policy.house", {"version": rating.POLICY}),
            *_own_policy(frame),
        ),
    )


def _own_policy(frame: HouseFrame) -> Iterable[str]:
    for one in rating_policy.of_provider(frame.house.pk).revisions:
        yield _("The provider's own rating policy, revision %(number)s, asks for more.") % {
            "number": one.number
        }


def _coverage(found: Portfolio) -> str:
    """Which clients are in it; of others neither how many there are nor whether there are any."""
    frame = found.frame
    if frame.whole:
        return _("Every client of %(provider)s.") % {"provider": frame.house.name}
    return ngettext(
        "The one client that %(maker)s looks after at %(provider)s. Other clients, if there are"
        " any, are not in this report.",
        "The %(count)s clients that %(maker)s looks after at %(provider)s. Other clients, if there"
        " are any, are not in this report.",
        len(found.rows),
    ) % {"count": len(found.rows), "maker": frame.maker, "provider": frame.house.name}


def _lead(found: Portfolio) -> str:
    counting, bad = len(found.counting), len(found.in_bucket("attention"))
    lacking = counting - len(found.reached)
    values = {"bad": bad, "count": counting, "lacking": lacking}
    if not counting:
        return _("No client is looked after yet.")
    first = (
        ngettext(
            "%(bad)s of %(count)s clients needs attention.",
            "%(bad)s of %(count)s clients need attention.",
            bad,
        )
        if bad
        else _("None of %(count)s clients needs attention.")
    )
    second = ngettext(
        "Of one client not every model has a result that stands.",
        "Of %(lacking)s clients not every model has a result that stands.",
        lacking,
    )
    return " ".join((first % values, *((second % values,) if lacking else ())))


def _attention(found: Portfolio) -> Section:
    return Section(
        key="attention",
        title=_("Who needs attention"),
        tables=(
            Table(
                caption=_("Worst first, with the reason"),
                headers=(_("Client"), _("Rating"), _("Why"), _("Looked after by")),
                rows=tuple(
                    (
                        row.client.name,
                        words.rating_of(row),
                        words.reasons(row),
                        row.lead_name or _("Nobody"),
                    )
                    for row in found.in_bucket("attention")
                ),
                badges=tuple(("", words.mark_of(row)) for row in found.in_bucket("attention")),
                widths=(1.5, 1.0, 2.9, 1.0),
                empty=_("No client needs attention."),
            ),
        ),
    )


def _movement(found: Portfolio) -> Section:
    moved = sorted(
        (
            row
            for row in found.counting
            if row.trend in {Trend.WORSE, Trend.BETTER} or row.expired_since is not None
        ),
        key=lambda row: (row.trend != Trend.WORSE, row.expired_since is None),
    )
    counted = {trend.value: 0 for trend in Trend} | {"expired": 0}
    for row in found.counting:
        counted["expired" if row.expired_since is not None else row.trend.value] += 1
    told = _(
        "Worse: %(worse)s. Better: %(better)s. Unchanged: %(same)s. Expired since: %(expired)s."
        " Not known yet: %(unknown)s."
    )
    return Section(
        *titled(ReportSection.MOVEMENT),
        paragraphs=(told % counted,),
        pictures=(rating_spread.NAME,) if found.counting else (),
        tables=(
            Table(
                caption=_("Clients whose worst rating moved within 90 days"),
                headers=(_("Client"), _("90 days ago"), _("Today"), _("Moved")),
                rows=tuple(
                    (
                        row.client.name,
                        str(row.figures.before.label) if row.figures.before else "",
                        words.rating_of(row),
                        words.moved(row, found.day),
                    )
                    for row in moved
                ),
                badges=tuple(
                    ("", _value(row.figures.before) or "", words.mark_of(row)) for row in moved
                ),
                widths=(2.4, 1.0, 1.0, 1.0),
                empty=_("No client moved."),
                note=_(
                    "Then: what audits said at the time. A client without an audit that old is not"
                    " known, and nothing gets better because a result expired."
                ),
            ),
        ),
    )


def _spread(found: Portfolio) -> rating_spread.RatingSpreadSeries:
    pairs = [(_value(row.figures.before), _value(row.badge)) for row in found.counting]
    return rating_spread.series({"spread": {"days": TREND_SPAN.days, "pairs": pairs}})


def _value(badge: RatingBadge | None) -> str | None:
    return badge.value if badge is not None else None


def _mapped(found: Portfolio) -> list[Listed]:
    return [row.client for row in found.counting if row.models][:ON_THE_MAP]


def _map(found: Portfolio) -> Section | None:
    if not _mapped(found):
        return None
    more = sum(row.models > 0 for row in found.counting) - ON_THE_MAP
    said = ngettext(
        "The worst clients; one more has models and is not shown.",
        "The worst clients; %(more)s more have models and are not shown.",
        more,
    )
    return Section(
        *titled(ReportSection.MAP),
        paragraphs=(said % {"more": more},) if more > 0 else (),
        pictures=(heat_map.NAME,),
    )


def _by_models(found: Portfolio) -> heat_map.HeatMapSeries:
    series: heat_map.HeatMapSeries = charts.clients_by_models(_mapped(found)).series
    return series


def _unreached(found: Portfolio) -> Section:
    rows = [row for row in found.counting if not row.is_reached]
    never = sum(row.last_audit is None for row in rows)
    expired = sum(words.has_expired(row) for row in rows)
    points = (
        ngettext("One client was never audited.", "%(count)s clients were never audited.", never)
        % {"count": never},
        ngettext(
            "One client has a result that expired.",
            "%(count)s clients have results that expired.",
            expired,
        )
        % {"count": expired},
    )
    return Section(
        *titled(ReportSection.UNREACHED),
        tables=(
            Table(
                caption=_("Clients of which not every model has a result that stands"),
                headers=(_("Client"), _("Models with a result"), _("Last audit"), _("Why")),
                rows=tuple(
                    (
                        row.client.name,
                        words.reached(row),
                        found.day(row.last_audit),
                        words.unreached(row),
                    )
                    for row in rows
                ),
                widths=(1.6, 0.9, 0.9, 2.6),
                empty=_("Every client is reached."),
            ),
        ),
        points=tuple(text for text, count in zip(points, (never, expired), strict=True) if count),
    )
