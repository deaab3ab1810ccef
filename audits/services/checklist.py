"""Which controls apply to a client, and how each stands. Answers never change a measured rating."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audits.enums import Answer
from audits.guidance import catalogue, findings
from audits.guidance.matching import matches
from audits.models import AIModel, AITool, ChecklistItem, Client, Dataset, Finding, User
from audits.queries import facts, risk
from audits.services import activity
from audits.services.errors import InvalidInput

if TYPE_CHECKING:
    from audits.guidance.catalogue import Control


def _facts_of(client: Client) -> list[facts.Facts]:
    models = AIModel.objects.filter(client=client)
    found = [facts.of_model(row) for row in risk.risks_of(models)]
    found.extend(facts.of_dataset(row) for row in Dataset.objects.filter(client=client))
    found.extend(facts.of_tool(row) for row in AITool.objects.filter(client=client))
    return found or [{"org": "smb"}]


def _impact_of(asset: facts.Facts) -> int:
    known = asset.get("S")
    return known if isinstance(known, int) else 1


def _newest_findings(client: Client) -> dict[str, Finding]:
    """The gravest finding behind each control, from the newest audit of each model."""
    models = AIModel.objects.filter(client=client)
    current = [row.pk for row in risk.newest_audits(models).values()]
    shown = sorted(
        Finding.objects.filter(audit__in=current), key=lambda row: findings.gravity(row.key)
    )
    found: dict[str, Finding] = {}
    for finding in shown:
        for control_id in findings.controls_for(finding.key):
            found.setdefault(control_id, finding)
    return found


def refresh(*, client: Client) -> None:
    """Bring the checklist in line with the facts; rows are added and re-ranked, never removed."""
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # two at once would add twice
    assets = _facts_of(client)
    triggered = _newest_findings(client)
    have = {item.control: item for item in ChecklistItem.objects.filter(client=client)}
    for control in catalogue.load():
        impacts = [_impact_of(asset) for asset in assets if matches(control.rule, asset)]
        finding = triggered.get(control.id)
        if not impacts and finding is None and control.id not in have:
            continue
        _place(client, control, have.get(control.id), impacts or [1], finding)


def _place(
    client: Client,
    control: "Control",
    item: ChecklistItem | None,
    impacts: Iterable[int],
    finding: Finding | None,
) -> None:
    priority = findings.priority(
        control.weight, max(impacts), finding_triggered=finding is not None
    )
    if item is None:
        ChecklistItem.objects.create(
            provider_id=client.provider_id,
            client=client,
            control=control.id,
            catalogue_version=catalogue.CATALOGUE_VERSION,
            priority=priority,
            finding=finding,
        )
    elif (item.priority, item.finding_id) != (priority, finding.pk if finding else None):
        item.priority = priority
        item.finding = finding
        item.save(update_fields=["priority", "finding"])


@transaction.atomic
def answer(
    *,
    item: ChecklistItem,
    actor: User,
    answer: Answer,
    reason: str = "",
    owner_name: str = "",
    due: date | None = None,
    note: str = "",
) -> ChecklistItem:
    """Record how a control stands; leaving one out needs a reason."""
    if answer == Answer.NOT_APPLICABLE and not reason.strip():
        raise InvalidInput(
            "reason", "A control can only be left out with a reason.", "Say why it does not apply."
        )
    before = item.answer
    item.answer = answer
    item.reason = reason.strip()
    item.owner_name = owner_name
    item.due = due
    item.note = note
    item.answered_by = actor
    item.answered_at = timezone.now()
    item.save(
        update_fields=[
            "answer",
            "reason",
            "owner_name",
            "due",
            "note",
            "answered_by",
            "answered_at",
        ]
    )
    activity.record(
        client=item.client,
        actor=actor,
        verb="answered",
        obj=item,
        details={"before": before, "after": item.answer},
    )
    return item
