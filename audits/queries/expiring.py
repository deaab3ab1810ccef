"""What of a client runs out soon, or has run out: one list for everything that has a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from audits.enums import Expiry, Lifecycle, Outcome, ToolDecision
from audits.guidance.strictness import Policy
from audits.models import AITool, AuditSchedule, Authorisation, Client, Dataset
from audits.queries.checklist import ChecklistRow
from audits.queries.risk_order import Placed

DAYS: Final = 45
MOST: Final = 8


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something with a last day, and the page where it is seen to: `action` opens that page.

    `row` is there where it is a control of the catalogue, which each reader reads in own words.
    """

    kind: Expiry
    name: str
    on: date
    page: str
    pk: int
    action: str
    row: ChecklistRow | None = None

    @property
    def days_left(self) -> int:
        return (self.on - timezone.localdate()).days

    @property
    def is_over(self) -> bool:
        return self.days_left < 0


@dataclass(frozen=True, kw_only=True)
class Expiring:
    """What comes first, and how much more there is."""

    items: list[Item]
    more: int

    @property
    def has_overdue(self) -> bool:
        return any(item.is_over for item in self.items)


def of_client(
    client: Client, *, models: list[Placed], policy: Policy, checklist: list[ChecklistRow]
) -> Expiring:
    """Everything whose day is over or comes within 45 days, the earliest first; four queries.

    The models are those in use.
    """
    last = timezone.localdate() + timedelta(days=DAYS)
    found = [
        *_audits(models, policy, last),
        *_planned(client, last),
        *_models(models, last),
        *_permissions(client, last),
        *_records(client, last),
        *_tools(client, last),
        *_actions(checklist, last),
    ]
    soon = sorted(found, key=lambda one: (one.on, one.kind, one.name.casefold(), one.pk))
    return Expiring(items=soon[:MOST], more=max(0, len(soon) - MOST))


def _audits(models: list[Placed], policy: Policy, last: date) -> Iterator[Item]:
    """Results that stand until a day: the last one of each model, by the client's policy."""
    lasts = policy.lasts
    for one in models:
        if one.audit is None or one.audit.completed_at is None:
            continue
        if one.audit.outcome == Outcome.INVALID:  # it measured nothing that could expire
            continue
        day = timezone.localdate(one.audit.completed_at + lasts)
        if day <= last:
            yield Item(
                kind=Expiry.AUDIT,
                name=one.model.name,
                on=day,
                page="audit",
                pk=one.audit.pk,
                action="audit.view",
            )


def _models(models: list[Placed], last: date) -> Iterator[Item]:
    for one in models:
        day = one.model.next_review
        if day is not None and day <= last:
            yield Item(
                kind=Expiry.MODEL,
                name=one.model.name,
                on=day,
                page="model",
                pk=one.model.pk,
                action="model.view",
            )


def _planned(client: Client, last: date) -> Iterator[Item]:
    """Days on which a schedule measures a model again."""
    rows = AuditSchedule.objects.filter(
        client=client, deleted_at=None, paused_at=None, next_on__lte=last
    )
    for model, name, day in rows.values_list("model_id", "model__name", "next_on"):
        yield Item(
            kind=Expiry.PLANNED, name=name, on=day, page="model", pk=model, action="model.view"
        )


def _permissions(client: Client, last: date) -> Iterator[Item]:
    """The permission that holds longest for each model, where it was not withdrawn."""
    rows = (
        Authorisation.objects.filter(client=client, withdrawn_at=None)
        .exclude(model__lifecycle=Lifecycle.RETIRED)
        .order_by("model_id", "-ends_on", "-pk")
        .distinct("model_id")
    )
    for model, name, ends_on in rows.values_list("model_id", "model__name", "ends_on"):
        if ends_on <= last:
            yield Item(
                kind=Expiry.PERMISSION,
                name=name,
                on=ends_on,
                page="model",
                pk=model,
                action="model.view",
            )


def _records(client: Client, last: date) -> Iterator[Item]:
    rows = Dataset.objects.filter(client=client, records_deleted_at=None, retain_until__lte=last)
    for row in rows:
        if row.retain_until is not None:
            yield Item(
                kind=Expiry.RECORDS,
                name=row.name,
                on=row.retain_until,
                page="dataset",
                pk=row.pk,
                action="dataset.view",
            )


def _tools(client: Client, last: date) -> Iterator[Item]:
    rows = AITool.objects.filter(client=client, next_review__lte=last)
    for row in rows.exclude(decision=ToolDecision.UNDECIDED):
        if row.next_review is not None:
            yield Item(
                kind=Expiry.TOOL,
                name=row.name,
                on=row.next_review,
                page="tool",
                pk=row.pk,
                action="tool.view",
            )


def falls_due(row: ChecklistRow) -> bool:
    """Say whether a control is to be done within 45 days, or should have been by now."""
    due = row.item.due
    return due is not None and due <= timezone.localdate() + timedelta(days=DAYS) and _is_to_do(row)


def _is_to_do(row: ChecklistRow) -> bool:
    return row.is_open and not row.is_left


def _actions(checklist: list[ChecklistRow], last: date) -> Iterator[Item]:
    """Dates of controls that are still to be done."""
    for row in checklist:
        due = row.item.due
        if due is not None and due <= last and _is_to_do(row):
            yield Item(
                kind=Expiry.ACTION,
                name=row.control.title,
                on=due,
                page="checklist_answer",
                pk=row.item.pk,
                action="checklist.answer",
                row=row,
            )
