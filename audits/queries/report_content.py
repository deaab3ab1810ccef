"""What a report will say: the same for the preview and for the one that is frozen."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from audits.enums import AUDIT_KINDS, HELD_KINDS, SECTIONS_OF, ReportKind
from audits.models import AITool, Audit, Client, Report
from audits.queries import audit as audits
from audits.queries import (
    branding,
    report_owner,
    report_quarter,
    report_technical,
    report_tool,
)
from audits.queries.report_frame import Frame
from audits.queries.report_periods import Period
from audits.reports.document import Document
from audits.reports.owner_summary import OwnerSummary

Content = OwnerSummary | Document


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which report is wanted: its kind, what it is about, what it leaves out, whether it waits."""

    kind: ReportKind
    audit: Audit | None = None
    tool: AITool | None = None
    period: Period | None = None
    left_out: frozenset[str] = frozenset()
    held: bool = False

    @property
    def is_held(self) -> bool:
        return self.held or self.kind in HELD_KINDS

    @property
    def about(self) -> str:
        """What it is about, as the log names it."""
        if self.audit is not None:
            return self.audit.model_version.model.name
        if self.tool is not None:
            return self.tool.name
        return self.period.label if self.period is not None else ""


def next_number(client: Client) -> int:
    last = Report.objects.filter(client=client).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def frame_of(
    client: Client, wish: Wish, *, now: datetime, code: str = "", check_at: str = ""
) -> Frame:
    """The frame of the client's next report."""
    known = {one.value for one in SECTIONS_OF[wish.kind]}
    return Frame(
        client=client,
        house=branding.provider(client.provider_id),
        number=next_number(client),
        now=now,
        code=code,
        check_at=check_at,
        left_out=wish.left_out & known,
    )


def worded(wish: Wish, frame: Frame) -> Content | None:
    """Word a report; None while what it is about has no result or is missing."""
    if wish.audit is not None:
        result = audits.result(wish.audit)
        if result is None:
            return None
        if wish.kind == ReportKind.TECHNICAL:
            return report_technical.document(result, frame)
        return report_owner.summary(result, frame, period=wish.period)
    if wish.tool is not None:
        return report_tool.document(wish.tool, frame)
    return report_quarter.document(wish.period, frame) if wish.period is not None else None


def missing(wish: Wish) -> str:
    """Say why a report cannot be worded."""
    if wish.kind in AUDIT_KINDS:
        return _("A report needs a finished audit.")
    return _("Choose what the report is about.")
