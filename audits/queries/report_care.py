"""What a provider did for a client in a period: counted from stored rows, never from notes."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import Answer
from audits.models import Audit, ChecklistItem, ToolRuling
from audits.queries import checklist, members, report_periods
from audits.queries.report_frame import Frame
from audits.queries.report_periods import Period
from audits.reports.owner_summary import Care

MOST_NAMED = 3


def care(period: Period | None, frame: Frame) -> Care:
    """Steps put in place, audits run and tools reviewed; without a period: of three months.

    What people of the client themselves said, asked for or decided is theirs and not counted.
    """
    span = period or report_periods.until(frame.today)
    said = (_steps(span, frame), _audits(span, frame), _reviews(span, frame))
    return Care(
        period=_("%(first)s to %(last)s")
        % {"first": frame.day(span.first), "last": frame.day(min(span.last, frame.today))},
        points=tuple(filter(None, said)),
        none=_("Nothing was recorded in this time."),
    )


def _within(
    rows: QuerySet[Any], period: Period, frame: Frame, *, at: str, by: str
) -> QuerySet[Any]:
    zone = ZoneInfo(frame.client.time_zone)
    of_client = members.people_of(frame.client).order_by().values("user_id")
    bounds = {f"{at}__gte": period.begins(zone), f"{at}__lt": period.ends(zone)}
    return rows.filter(client=frame.client, **bounds).exclude(**{f"{by}__in": of_client})


def _steps(period: Period, frame: Frame) -> str:
    """Steps of the checklist that were put in place, the first ones by name."""
    rows = ChecklistItem.objects.filter(answer=Answer.YES, retired_from=None)
    answered = _within(rows, period, frame, at="answered_at", by="answered_by")
    items = checklist.items_with_figures(answered.order_by("answered_at", "pk"))
    titles = [row.control.words(plain=True).title for row in checklist.joined(items)]
    if not titles:
        return ""
    more = len(titles) - MOST_NAMED
    named = "; ".join(titles[:MOST_NAMED])
    said = ngettext(
        "One step put in place: %(named)s.", "%(count)s steps put in place: %(named)s.", len(titles)
    )
    if more > 0:
        named = _("%(named)s; and %(more)s more") % {"named": named, "more": more}
    return said % {"count": len(titles), "named": named}


def _audits(period: Period, frame: Frame) -> str:
    number = _within(
        Audit.objects.all(), period, frame, at="completed_at", by="requested_by"
    ).count()
    said = ngettext("One audit run.", "%(count)s audits run.", number)
    return said % {"count": number} if number else ""


def _reviews(period: Period, frame: Frame) -> str:
    number = _within(
        ToolRuling.objects.all(), period, frame, at="decided_at", by="decided_by"
    ).count()
    said = ngettext(
        "One AI tool reviewed and decided about.",
        "%(count)s reviews of AI tools made and decided.",
        number,
    )
    return said % {"count": number} if number else ""
