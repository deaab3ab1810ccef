"""The checklist joined with its catalogue, its score and what comes first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import Answer, Effort
from audits.guidance import catalogue, findings, readiness
from audits.guidance.catalogue import Control
from audits.models import Audit, ChecklistItem, Client, Finding
from audits.queries.words import finding_sentence

SETTLED = (Answer.YES, Answer.NOT_APPLICABLE)
EVIDENCE_LASTS = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class ChecklistRow:
    """One control and how it stands at this client."""

    item: ChecklistItem
    control: Control
    because: str
    overdue: bool

    @property
    def is_open(self) -> bool:
        return self.item.answer not in SETTLED

    @property
    def effort(self) -> str:
        return str(Effort(self.control.effort).label)


def _row(item: ChecklistItem, today: date) -> ChecklistRow:
    is_open = item.answer not in SETTLED
    return ChecklistRow(
        item=item,
        control=catalogue.by_id()[item.control],
        because=finding_sentence(item.finding) if item.finding is not None else "",
        overdue=is_open and item.due is not None and item.due < today,
    )


def rows(client: Client) -> list[ChecklistRow]:
    """Every control of the client's checklist, the most urgent first."""
    items = ChecklistItem.objects.filter(client=client).select_related("finding", "answered_by")
    today = timezone.localdate()
    return sorted((_row(item, today) for item in items), key=_urgency)


def score(listed: list[ChecklistRow]) -> readiness.Readiness:
    """How ready the client is, and how much is answered: two figures, kept apart."""
    return readiness.readiness(
        readiness.Item(weight=row.control.weight, answer=row.item.answer, stale=_is_stale(row.item))
        for row in listed
    )


def _is_stale(item: ChecklistItem) -> bool:
    """Say whether what was answered is older than evidence lasts."""
    return item.answered_at is not None and item.answered_at < timezone.now() - EVIDENCE_LASTS


def top_actions(listed: list[ChecklistRow], limit: int = 3) -> list[ChecklistRow]:
    """What to do next: open controls, those that a finding asks for first."""
    return sorted((row for row in listed if row.is_open), key=_urgency)[:limit]


def actions_for(
    listed: list[ChecklistRow], audit: Audit, found: Iterable[Finding], limit: int = 3
) -> list[ChecklistRow]:
    """What to do about this audit's findings first, then what comes next for the client.

    Each says why by this audit's own findings; what another audit asked for names that audit.
    """
    by_key = {finding.key: finding for finding in found}
    called: dict[str, Finding] = {}
    for key in findings.standing(by_key):
        for control_id in findings.controls_for(key):
            called.setdefault(control_id, by_key[key])
    void = findings.VOID in by_key
    first = set(findings.controls_for(findings.VOID)) if void else set()
    shown = [
        _for_audit(row, audit, called.get(row.control.id))
        for row in listed
        if row.is_open
        and (row.control.id in called or not (void and findings.answers_figures(row.control.id)))
    ]
    return sorted(
        shown,
        key=lambda row: (row.control.id not in first, row.control.id not in called, _urgency(row)),
    )[:limit]


def _for_audit(row: ChecklistRow, audit: Audit, own: Finding | None) -> ChecklistRow:
    """Give the row the reason that holds on this audit's page."""
    if own is not None:
        return replace(row, because=finding_sentence(own))
    asked = row.item.finding
    if asked is None or asked.audit_id == audit.pk:
        return row
    return replace(row, because=_("Asked for by audit %(number)s.") % {"number": asked.audit_id})


def _urgency(row: ChecklistRow) -> tuple[bool, float, tuple[int, int], str]:
    """Asked for by a finding, then by priority, then in the order that the finding names."""
    finding, control = row.item.finding, row.item.control
    called = (len(findings.CONTROLS), 0)
    # A row of an earlier policy may name a finding that calls for other controls today.
    if finding is not None and control in findings.CONTROLS.get(finding.key, ()):
        called = findings.place(finding.key, control)
    return finding is None, -row.item.priority, called, control


def of_client(client: Client) -> models.QuerySet[ChecklistItem]:
    """Rows of the client's checklist."""
    return ChecklistItem.objects.filter(client=client).select_related("client", "finding")


def row_of(item: ChecklistItem) -> ChecklistRow:
    """One row joined with its control."""
    return _row(item, timezone.localdate())
