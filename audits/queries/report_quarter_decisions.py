"""What waits for a decision at a client, and what was decided within a period."""

from django.utils.translation import gettext as _

from audits.enums import ReportSection, ToolDecision, Treatment
from audits.models import AITool, ChecklistItem, RiskDecision, ToolRuling
from audits.queries import checklist
from audits.queries.plan import PlanRow
from audits.queries.report_frame import Frame, titled
from audits.queries.report_periods import Period
from audits.reports.document import Section, Table

MOST_ASKED = 30


def section(period: Period, frame: Frame, listed: list[PlanRow]) -> Section:
    """Decisions about actions and about tools alike."""
    return Section(
        *titled(ReportSection.DECISIONS),
        tables=(_waiting(frame, listed), _made(period, frame)),
    )


def _waiting(frame: Frame, listed: list[PlanRow]) -> Table:
    waiting = [one for one in listed if not one.stands]
    tools = AITool.objects.filter(client=frame.client, decision=ToolDecision.UNDECIDED)
    choices = ", ".join(str(label) for label in Treatment.labels)
    return Table(
        caption=_("Waiting for a decision"),
        headers=(_("What"), _("How it can be decided"), _("Effort")),
        rows=(
            *(
                (one.row.control.words(plain=True).title, choices, one.row.effort)
                for one in waiting[:MOST_ASKED]
            ),
            *((_asked(tool), _("Decision about the tool"), "") for tool in tools),
        ),
        widths=(2.4, 1.5, 1.0),
        empty=_("Nothing waits for a decision."),
    )


def _asked(tool: AITool) -> str:
    return _("May %(tool)s be used?") % {"tool": tool.name}


def _made(period: Period, frame: Frame) -> Table:
    begins, ends = period.bounds(frame.client)
    risks = RiskDecision.objects.filter(
        client=frame.client, recorded_at__gte=begins, recorded_at__lt=ends
    )
    rulings = ToolRuling.objects.filter(
        client=frame.client, decided_at__gte=begins, decided_at__lt=ends
    ).select_related("tool", "decided_by")
    items = ChecklistItem.objects.filter(pk__in=risks.order_by().values("item"))
    about = {row.item.pk: row for row in checklist.joined(checklist.items_with_figures(items))}
    found = [
        *(
            (
                one.recorded_at,
                about[one.item_id].control.words(plain=True).title,
                str(one.get_treatment_display()),
                one.signature,
                frame.day(one.decided_on),
            )
            for one in risks
        ),
        *(
            (
                one.decided_at,
                _asked(one.tool),
                ToolDecision(one.decision).done,
                str(one.decided_by or _("somebody who has left")),
                frame.day(one.decided_at),
            )
            for one in rulings
        ),
    ]
    return Table(
        caption=_("Decided in this quarter"),
        headers=(_("What"), _("Decision"), _("Signed or decided by"), _("Day")),
        rows=tuple(tuple(row) for _at, *row in sorted(found, key=lambda one: one[0])),
        widths=(2.2, 0.9, 1.2, 1.0),
        empty=_("Nothing was decided in this quarter."),
    )
