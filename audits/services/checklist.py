"""Which controls apply to a client, and how each stands. Answers never change a measured rating."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from audits.enums import Answer, WorkStatus
from audits.guidance import findings
from audits.guidance.advice import Asset
from audits.guidance.catalogue import Control
from audits.guidance.matching import matches
from audits.models import (
    ChecklistComment,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    Finding,
    RiskDecision,
)
from audits.queries import facts, risk
from audits.services import activity, catalogue_pin, standing_findings

_LEAST_IMPACT = 1
_RANKED = ("priority", "finding", "due", "dated_by_finding", "decided")


@dataclass(frozen=True, kw_only=True)
class _Called:
    """The gravest finding that calls for a control, its data's impact, the rating's deadline."""

    finding: Finding
    impact: int
    due: date | None


@dataclass(frozen=True, kw_only=True)
class _Picture:
    """What is known of a client: facts of every asset, and what the audits call for."""

    assets: list[Asset]
    called: dict[str, _Called]


def _picture(client: Client, answers: Mapping[str, str]) -> _Picture:
    known = facts.known_of(client)
    standing = standing_findings.brought_in_line(client=client, known=known, answers=answers)
    measured = known.by_audit
    called = [
        *(_called_by_audit(row, measured[row.audit_id or 0], client) for row in known.findings),
        *(_Called(finding=one.finding, impact=one.impact, due=None) for one in standing),
    ]
    return _Picture(assets=known.assets, called=_gravest(called))


def _called_by_audit(row: Finding, measured: risk.ModelRisk, client: Client) -> _Called:
    return _Called(finding=row, impact=measured.rating.impact, due=deadline(measured, client))


def deadline(row: risk.ModelRisk, client: Client) -> date | None:
    """The day, as the client counts days, until when the rating wants something done."""
    until = row.deadline
    return timezone.localdate(until.at, ZoneInfo(client.time_zone)) if until is not None else None


def _gravest(called: Iterable[_Called]) -> dict[str, _Called]:
    """For each control the gravest finding; of two alike the one about the more sensitive data."""
    first: dict[str, _Called] = {}
    ranked = sorted(called, key=lambda one: (findings.gravity(one.finding.key), -one.impact))
    for one in ranked:
        for control_id in findings.controls_for(one.finding.key):
            first.setdefault(control_id, one)
    return first


def _impact_of(asset: Asset) -> int:
    return asset.impact or _LEAST_IMPACT


def refresh(*, client: Client) -> None:
    """Bring the checklist in line with the facts, by the edition that the client is pinned to.

    Rows are added and ranked anew. One that nothing asks for any more goes, unless somebody has
    written something in it. Dates that come nearer because a rating has risen stand in the log.
    """
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # two at once would add twice
    pin = catalogue_pin.of_client(client=client)
    have = {item.control: item for item in with_traces(client)}
    picture = _picture(client, {name: item.answer for name, item in have.items()})
    new: list[ChecklistItem] = []
    moved: list[ChecklistItem] = []
    dated = {name: item.due for name, item in have.items()}
    for control in pin.controls.values():
        item = have.get(control.id)
        concerns = client.is_house or not control.is_for_provider
        called = picture.called.get(control.id) if concerns else None
        impacts = [
            _impact_of(one)
            for one in picture.assets
            if concerns and matches(control.rule, one.facts)
        ]
        if called is not None:
            impacts.append(called.impact)
        if not impacts:
            if item is None:
                continue
            if is_untouched(item):
                item.delete()
                continue
        row = item or _new_item(client, control, pin.version)
        if _rank(row, control, impacts or [_LEAST_IMPACT], called):
            (moved if item else new).append(row)
    ChecklistItem.objects.bulk_create(new)
    ChecklistItem.objects.bulk_update(moved, _RANKED)
    _tell_sooner(client, [row for row in moved if _is_sooner(row.due, dated[row.control])])


def _is_sooner(due: date | None, before: date | None) -> bool:
    return due is not None and before is not None and due < before


def _tell_sooner(client: Client, brought: list[ChecklistItem]) -> None:
    """One line for all of them, however many actions a rating that has risen asks for sooner."""
    if brought:
        told = {
            "dates_moved": len(brought),
            "first_due": str(min(row.due for row in brought if row.due is not None)),
        }
        activity.record(client=client, actor=None, verb="brought_forward", obj=client, details=told)


def with_traces(client: Client) -> QuerySet[ChecklistItem]:
    """Items of the client, each saying whether people have left something at it."""
    evidence, comments, decisions = (
        Exists(model.objects.filter(item=OuterRef("pk")))
        for model in (ChecklistEvidence, ChecklistComment, RiskDecision)
    )
    rows = ChecklistItem.objects.filter(client=client)
    return rows.annotate(has_traces=evidence | comments | decisions)


def is_untouched(item: ChecklistItem) -> bool:
    """Say whether nobody has written anything in an item, as far as it tells of its traces."""
    own_date = item.due is not None and not item.dated_by_finding
    written = item.reason or item.owner_name or item.owner_id or item.note or own_date
    begun = item.answer != Answer.UNANSWERED or item.status != WorkStatus.TO_DO
    return not (begun or written or getattr(item, "has_traces", False))


def _new_item(client: Client, control: Control, version: str) -> ChecklistItem:
    return ChecklistItem(
        provider_id=client.provider_id,
        client=client,
        control=control.id,
        catalogue_version=version,
    )


def _rank(
    item: ChecklistItem, control: Control, impacts: Iterable[int], called: _Called | None
) -> bool:
    """Set priority and finding; say whether the row has to be written.

    A finding that is new to a row brings its deadline, where nobody has set a date, and asks for
    a decision once more; so does a higher priority. The deadline goes with its finding, and comes
    nearer when the rating rises: a date that a person set stays.
    """
    before = (item.pk, item.priority, item.finding_id, item.decided, item.due)
    item.priority = findings.priority(
        control.weight, max(impacts), finding_triggered=called is not None
    )
    item.finding = called.finding if called is not None else None
    asked_anew = called is not None and before[2] != called.finding.pk
    if called is not None and item.due is None and asked_anew:
        item.due, item.dated_by_finding = called.due, called.due is not None
    if called is not None and item.dated_by_finding and _is_sooner(called.due, item.due):
        item.due = called.due
    if called is None and item.dated_by_finding:
        item.due, item.dated_by_finding = None, False
    if item.decided and (item.priority > before[1] or asked_anew):
        item.decided = ""  # it was decided about something lesser
    after = (item.pk, item.priority, item.finding_id, item.decided, item.due)
    return item.pk is None or before != after
