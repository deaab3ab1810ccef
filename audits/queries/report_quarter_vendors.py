"""Of the quarterly review: tools that came, vendors whose terms changed, and what may go wrong."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ReportSection, ToolDecision
from audits.models import AITool, Finding, VendorTerms
from audits.queries import checklist, vendor
from audits.queries.checklist import ChecklistRow
from audits.queries.report_frame import Frame, titled
from audits.queries.report_periods import Period
from audits.queries.vendor import SheetRow
from audits.reports.document import Fact, Section, Table

_REGRESSION: Final = "regression"
# Controls that say how ready a client is for an incident: who does what, and whether it is seen.
READY: Final = ("AI-30", "AI-31")


def vendors(period: Period, frame: Frame) -> Section:
    """Terms that another copy replaced within the period, and tools that were listed in it."""
    bounds = period.bounds(frame.client)
    tools = list(AITool.objects.filter(client=frame.client).select_related("requested_by"))
    return Section(
        *titled(ReportSection.VENDORS),
        tables=(_terms(tools, bounds, frame), _new(tools, bounds, frame)),
    )


def _terms(tools: list[AITool], bounds: tuple[datetime, datetime], frame: Frame) -> Table:
    begins, ends = bounds
    used = {tool.sheet_id for tool in tools if tool.sheet_id is not None}
    kept = VendorTerms.objects.filter(sheet__in=used, saved_at__lt=ends).defer("text")
    copies: dict[int, list[VendorTerms]] = {}
    for one in kept.select_related("sheet").order_by("pk"):
        copies.setdefault(one.sheet_id, []).append(one)
    # The first copy of a sheet changes nothing: there was none to differ from.
    changed = {
        sheet: listed[-1]
        for sheet, listed in copies.items()
        if len(listed) > 1 and listed[-1].saved_at >= begins
    }
    sheets = {row.sheet.pk: row for row in vendor.rows_of(one.sheet for one in changed.values())}
    return Table(
        caption=_("Terms that changed in this quarter"),
        headers=(_("Tool"), _("Plan"), _("Seen on"), _("Terms of"), _("Review")),
        rows=tuple(
            (
                tool.name,
                str(sheets[tool.sheet_id].sheet),
                frame.day(changed[tool.sheet_id].saved_at),
                frame.day(changed[tool.sheet_id].dated),
                _reviewed(sheets[tool.sheet_id]),
            )
            for tool in tools
            if tool.sheet_id is not None and tool.sheet_id in changed
        ),
        widths=(1.2, 1.6, 0.9, 0.9, 1.4),
        empty=_("No changed terms were seen: no newer copy was kept in this quarter."),
        note=_("A change is seen when somebody keeps a newer copy of the terms; nobody is watched.")
        if changed
        else "",
    )


def _reviewed(row: SheetRow) -> str:
    if row.review is None:
        return _("Never reviewed")
    if row.terms_changed:
        return _("Review again: it speaks of earlier terms")
    return _("Speaks of the terms now in force")


def _new(tools: list[AITool], bounds: tuple[datetime, datetime], frame: Frame) -> Table:
    begins, ends = bounds
    return Table(
        caption=_("Tools that were found or asked for in this quarter"),
        headers=(_("Tool"), _("Most sensitive data"), _("Listed on"), _("Asked for by"), _("Now")),
        rows=tuple(
            (
                tool.name,
                str(tool.get_data_class_display()),
                frame.day(tool.created_at),
                str(tool.requested_by or _("Nobody: it was found")),
                ToolDecision(tool.decision).done,
            )
            for tool in tools
            if begins <= tool.created_at < ends
        ),
        widths=(1.3, 1.2, 0.9, 1.3, 1.1),
        empty=_("No tool was listed in this quarter."),
    )


def incidents(period: Period, frame: Frame) -> Section:
    """What was measured to have become worse; that nothing else is kept is said openly."""
    begins, ends = period.bounds(frame.client)
    worse = Finding.objects.filter(
        client=frame.client, key=_REGRESSION, created_at__gte=begins, created_at__lt=ends
    ).select_related("audit__model_version__model")
    names = sorted({one.about for one in worse})
    told = ngettext(
        "One model gives away more than at the audit before: %(names)s.",
        "%(count)s models give away more than at the audits before: %(names)s.",
        len(names),
    ) % {"count": len(names), "names": ", ".join(names)}
    return Section(
        *titled(ReportSection.INCIDENTS),
        paragraphs=(
            told if names else _("No audit found that a model gives away more than before."),
            _(
                "The portal keeps no record of incidents, probing and near misses: none is known"
                " here, which does not say that there was none. Bring what your own records hold."
            ),
        ),
        facts=tuple(
            Fact(row.control.words(plain=True).title, str(row.standing.label))
            for row in _readiness(frame)
        ),
    )


def _readiness(frame: Frame) -> list[ChecklistRow]:
    rows = checklist.of_client(frame.client).filter(control__in=READY, retired_from=None)
    return sorted(checklist.joined(rows), key=lambda row: row.control.id)
