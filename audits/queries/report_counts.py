"""What was done at a client within a period, counted from the rows themselves."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import ngettext

from audits.enums import Answer
from audits.models import (
    AIModel,
    Audit,
    ChecklistEvidence,
    ChecklistItem,
    Dataset,
    ReportSending,
    ToolRuling,
)
from audits.queries.report_frame import Frame
from audits.queries.report_periods import Period


def counted(period: Period, frame: Frame) -> Iterator[str]:
    """One sentence for each kind of work of which there was any."""
    zone = ZoneInfo(frame.client.time_zone)
    bounds = {"gte": period.begins(zone), "lt": period.ends(zone)}

    def count(rows: QuerySet[Any], field: str) -> int:
        within = {f"{field}__{name}": moment for name, moment in bounds.items()}
        return rows.filter(client=frame.client, **within).count()

    # Reports, not letters; a hidden copy is told to nobody at the client.
    shown = ReportSending.objects.filter(is_hidden=False).order_by().values("report").distinct()
    for number, sentence in (
        (count(AIModel.objects.all(), "created_at"), _models),
        (count(Audit.objects.all(), "completed_at"), _audits),
        (count(Dataset.objects.all(), "created_at"), _datasets),
        (count(ToolRuling.objects.all(), "decided_at"), _tools),
        (count(_answered(), "answered_at"), _answers),
        (count(ChecklistEvidence.objects.all(), "created_at"), _evidence),
        (count(shown, "sent_at"), _reports),
    ):
        if number:
            yield sentence(number) % {"count": number}


def _answered() -> QuerySet[ChecklistItem]:
    """Questions whose answer counts, as the checklist counts them."""
    rows = ChecklistItem.objects.filter(retired_from=None).exclude(answer=Answer.UNANSWERED)
    return rows.exclude(answer=Answer.NOT_APPLICABLE)


def _models(number: int) -> str:
    return ngettext("One AI model was listed.", "%(count)s AI models were listed.", number)


def _audits(number: int) -> str:
    return ngettext("One audit was finished.", "%(count)s audits were finished.", number)


def _datasets(number: int) -> str:
    return ngettext("One dataset was listed.", "%(count)s datasets were listed.", number)


def _tools(number: int) -> str:
    return ngettext(
        "One decision about an AI tool was taken.",
        "%(count)s decisions about AI tools were taken.",
        number,
    )


def _answers(number: int) -> str:
    return ngettext(
        "One question of the checklist was answered.",
        "%(count)s questions of the checklist were answered.",
        number,
    )


def _evidence(number: int) -> str:
    return ngettext(
        "One piece of evidence was added.", "%(count)s pieces of evidence were added.", number
    )


def _reports(number: int) -> str:
    return ngettext("One report was sent.", "%(count)s reports were sent.", number)
