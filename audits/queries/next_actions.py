"""What to do next at a client, and what one of its audits asks for, in the order of the plan."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from audits.guidance import findings
from audits.models import Audit, Finding
from audits.queries.checklist import ChecklistRow, urgency
from audits.queries.words import finding_in_short, finding_sentence

MOST = 3


def first(listed: list[ChecklistRow], limit: int = MOST) -> list[ChecklistRow]:
    """What to do next: the first of the action plan, then what else of the list is open.

    Not what somebody decided to leave as it is.
    """
    shown = (row for row in listed if row.is_open and not row.is_left)
    return sorted(shown, key=_place)[:limit]


def for_audit(
    listed: list[ChecklistRow], audit: Audit, found: Iterable[Finding], limit: int = MOST
) -> list[ChecklistRow]:
    """What to do about this audit's findings first, then what comes next for the client.

    Each says why by this audit's own findings; what another audit asked for names that audit.
    """
    return [row for row, _own in _by_audit(listed, audit, found)][:limit]


def asked_by(
    listed: list[ChecklistRow], audit: Audit, found: Iterable[Finding], limit: int = MOST
) -> list[ChecklistRow]:
    """The first of what this audit's own findings ask for, and nothing else."""
    return [row for row, own in _by_audit(listed, audit, found) if own][:limit]


def _by_audit(
    listed: list[ChecklistRow], audit: Audit, found: Iterable[Finding]
) -> list[tuple[ChecklistRow, bool]]:
    """What is open, each with whether this audit asks for it; what it asks for comes first."""
    by_key = {finding.key: finding for finding in found}
    called: dict[str, Finding] = {}
    for key in findings.standing(by_key):
        for control_id in findings.controls_for(key):
            called.setdefault(control_id, by_key[key])
    void = findings.VOID in by_key
    ahead = set(findings.controls_for(findings.VOID)) if void else set()
    shown = [
        (_for_audit(row, audit, called.get(row.control.id)), row.control.id in called)
        for row in listed
        if row.is_open
        and not row.is_left
        and (row.control.id in called or not (void and findings.answers_figures(row.control.id)))
    ]
    return sorted(
        shown, key=lambda one: (one[0].control.id not in ahead, not one[1], _place(one[0]))
    )


def _for_audit(row: ChecklistRow, audit: Audit, own: Finding | None) -> ChecklistRow:
    """Give the row the reason that holds on this audit's page."""
    if own is not None:
        return replace(row, because=finding_sentence(own), in_short=finding_in_short(own))
    asked = row.item.finding
    if asked is None or asked.audit_id in (None, audit.pk):
        return row
    other = _("Asked for by audit %(number)s.") % {"number": asked.audit_id}
    return replace(row, because=other, in_short=other)


def _place(row: ChecklistRow) -> tuple[object, ...]:
    """Actions before what nobody has asked for."""
    return (not row.is_action, *urgency(row))
