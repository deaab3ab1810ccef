"""What every client of the cast has in its checklist: a control, and one of all it can have."""

from datetime import date
from typing import Any

from audits.enums import Answer, EvidenceKind, Treatment
from audits.guidance import editions
from audits.models import (
    ChecklistComment,
    ChecklistEvidence,
    ChecklistItem,
    ChecklistPin,
    Client,
    Finding,
    RiskDecision,
)
from audits.services import catalogue_pin


def checklist_rows(client: Client, finding: Finding) -> dict[str, Any]:
    """One row of every table of the checklist, by its name in the cast."""
    own = {"provider_id": client.provider_id, "client": client}
    item = ChecklistItem.objects.create(
        **own,
        control="AI-25",
        catalogue_version="1",
        answer=Answer.UNANSWERED,
        due=date(2031, 1, 1),
        finding=finding,
    )
    return {
        "checklist_item": item,
        "checklist_evidence": ChecklistEvidence.objects.create(
            **own,
            item=item,
            kind=EvidenceKind.NOTE,
            text="Seen the log-in page.",
            dated=date(2026, 1, 1),
        ),
        "checklist_comment": ChecklistComment.objects.create(
            **own, item=item, text="Asked the vendor."
        ),
        "checklist_pin": ChecklistPin.objects.create(
            **own, edition=catalogue_pin.kept(editions.current())
        ),
        "risk_decision": RiskDecision.objects.create(
            **own,
            item=item,
            treatment=Treatment.FIX,
            reason="It is worth it.",
            signature="Dr Anna Berg",
            decided_on=date(2026, 1, 2),
            priority=1,
        ),
    }
