"""Which controls apply to a client, and how each stands. Answers never change a measured rating."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from audits.enums import Answer
from audits.guidance import catalogue, findings
from audits.guidance.catalogue import Control
from audits.guidance.matching import matches
from audits.models import AIModel, AITool, ChecklistItem, Client, Dataset, Finding, User
from audits.queries import facts, risk
from audits.services import activity
from audits.services.errors import InvalidInput

_LEAST_IMPACT = 1


@dataclass(frozen=True, kw_only=True)
class _Called:
    """The gravest finding that calls for a control, its data's impact, the rating's deadline."""

    finding: Finding
    impact: int
    due: date | None


@dataclass(frozen=True, kw_only=True)
class _Picture:
    """What is known of a client: facts of every asset, and what the audits call for."""

    assets: list[facts.Facts]
    called: dict[str, _Called]


def _picture(client: Client) -> _Picture:
    risks = risk.risks_of(AIModel.objects.filter(client=client))
    by_audit = {row.audit.pk: row for row in risks if row.audit is not None}
    found = list(Finding.objects.filter(audit__in=list(by_audit)))
    speaking = {row.audit_id for row in found}
    assets = [
        facts.of_model(row, has_findings=row.audit is not None and row.audit.pk in speaking)
        for row in risks
    ]
    assets.extend(facts.of_dataset(row) for row in Dataset.objects.filter(client=client))
    assets.extend(facts.of_tool(row) for row in AITool.objects.filter(client=client))
    called = [
        _Called(
            finding=row,
            impact=by_audit[row.audit_id].rating.impact,
            due=_deadline(by_audit[row.audit_id], client),
        )
        for row in sorted(found, key=lambda row: row.pk)
    ]
    return _Picture(assets=assets or [{"org": "smb"}], called=_gravest(called))


def _deadline(row: risk.ModelRisk, client: Client) -> date | None:
    """Until when the rating wants something done: counted from the measurement."""
    measured = row.audit.completed_at if row.audit is not None else None
    if measured is None or row.rating.deadline_days is None:
        return None
    until = measured + timedelta(days=row.rating.deadline_days)
    return timezone.localdate(until, ZoneInfo(client.time_zone))


def _gravest(called: Iterable[_Called]) -> dict[str, _Called]:
    """For each control the gravest finding; of two alike the one about the more sensitive data."""
    first: dict[str, _Called] = {}
    ranked = sorted(called, key=lambda one: (findings.gravity(one.finding.key), -one.impact))
    for one in ranked:
        for control_id in findings.controls_for(one.finding.key):
            first.setdefault(control_id, one)
    return first


def _impact_of(asset: facts.Facts) -> int:
    known = asset.get("S")
    return known if isinstance(known, int) else _LEAST_IMPACT


def refresh(*, client: Client) -> None:
    """Bring the checklist in line with the facts.

    Rows are added and ranked anew. One that nothing asks for any more goes, unless somebody has
    written something in it.
    """
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # two at once would add twice
    picture = _picture(client)
    have = {item.control: item for item in ChecklistItem.objects.filter(client=client)}
    new: list[ChecklistItem] = []
    moved: list[ChecklistItem] = []
    for control in catalogue.load():
        item = have.get(control.id)
        called = picture.called.get(control.id)
        impacts = [_impact_of(one) for one in picture.assets if matches(control.rule, one)]
        if called is not None:
            impacts.append(called.impact)
        if not impacts:
            if item is None:
                continue
            if _is_untouched(item):
                item.delete()
                continue
        row = item or _new_item(client, control)
        if _rank(row, control, impacts or [_LEAST_IMPACT], called):
            (moved if item else new).append(row)
    ChecklistItem.objects.bulk_create(new)
    ChecklistItem.objects.bulk_update(moved, ["priority", "finding", "due"])


def _is_untouched(item: ChecklistItem) -> bool:
    own_date = item.due is not None and item.finding_id is None  # else a finding brought it
    written = item.reason or item.owner_name or item.note or own_date
    return item.answer == Answer.UNANSWERED and not written


def _new_item(client: Client, control: Control) -> ChecklistItem:
    return ChecklistItem(
        provider_id=client.provider_id,
        client=client,
        control=control.id,
        catalogue_version=catalogue.CATALOGUE_VERSION,
    )


def _rank(
    item: ChecklistItem, control: Control, impacts: Iterable[int], called: _Called | None
) -> bool:
    """Set priority and finding; say whether the row has to be written.

    A finding that is new to a row brings its deadline, where nobody has set a date.
    """
    before = (item.pk, item.priority, item.finding_id)
    item.priority = findings.priority(
        control.weight, max(impacts), finding_triggered=called is not None
    )
    item.finding = called.finding if called is not None else None
    if called is not None and item.due is None and before[2] != called.finding.pk:
        item.due = called.due
    return item.pk is None or before != (item.pk, item.priority, item.finding_id)


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
    # A form may have written into `item` already: what stood there before is in the database.
    before = ChecklistItem.objects.select_for_update(no_key=True).get(pk=item.pk).answer
    item.answer = answer
    item.reason = reason.strip()
    item.owner_name = owner_name
    item.due = due
    item.note = note
    answered = answer != Answer.UNANSWERED
    item.answered_by = actor if answered else None
    item.answered_at = timezone.now() if answered else None
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
