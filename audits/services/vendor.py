"""What the provider writes down about a vendor: facts, copies of the terms, a usual decision."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import DataClass, ToolCategory, ToolDecision
from audits.models import AITool, User, VendorReview, VendorSheet, VendorTerms
from audits.queries import review as reviews
from audits.queries import vendor as sheets
from audits.services import activity, changes, names
from audits.services.activity import Line, Subject
from audits.services.errors import InvalidInput

LONGEST_TERMS = 300_000
# What a review is about: with another of these it would speak of something nobody looked at.
_SUBJECT = frozenset({"vendor", "product", "tier"})


@transaction.atomic
def save(
    *, provider_id: int, actor: User, sheet: VendorSheet | None, values: Mapping[str, Any]
) -> VendorSheet:
    """Add a fact sheet, or change what it says; raises InvalidInput where the plan has one.

    Another plan is written into the tools of the clients in scope that nobody has decided about: a
    decision stands for the plan that it was made about. The others get it when they are decided.
    """
    with _plan_is_new():
        if sheet is None:
            row = VendorSheet.objects.create(provider_id=provider_id, **values)
            _tell(row, actor, "created", {})
            return row
        fields = changes.write(sheet, values)
        if not _SUBJECT.isdisjoint(fields) and _is_reviewed(sheet):
            raise InvalidInput(
                "product",
                _("a completed review speaks of this product and plan"),
                _("add a sheet of its own for another one"),
            )
    if "tier" in fields:
        _write_plan(sheet, actor)
    _tell(sheet, actor, "changed", {"fields": fields})
    return sheet


def _write_plan(sheet: VendorSheet, actor: User) -> None:
    """Let the tools say which plan it is, also where the actor is a guest of the client.

    It is the provider's own fact that spreads: nobody chooses anything for a client here.
    """
    waiting = AITool.objects.filter(sheet=sheet, decision=ToolDecision.UNDECIDED)
    lines = []
    for tool in waiting.select_related("client").order_by("pk"):
        fields = changes.write(tool, {"plan": sheet.tier})
        lines.append(
            Line(
                client=tool.client,
                subject=Subject.of(tool),
                details={"fields": fields},
            )
        )
    activity.record_each(actor=actor, verb="changed", lines=lines)


def _is_reviewed(sheet: VendorSheet) -> bool:
    return VendorReview.objects.filter(sheet=sheet).exclude(completed_at=None).exists()


@contextmanager
def _plan_is_new() -> Iterator[None]:
    """Say of a name that is taken what is taken: vendor, product and plan together."""
    try:
        with names.refused_if_taken():
            yield
    except InvalidInput as error:
        raise InvalidInput(
            "product",
            _("there is a sheet of this product and plan already"),
            _("open that one, or name another plan"),
        ) from error


@transaction.atomic
def save_terms(*, sheet: VendorSheet, actor: User, url: str, dated: date | None, text: str) -> bool:
    """Keep a copy of the terms; say whether they are other ones than before.

    Other words or another date make the review of the sheet due, at every client of the running
    scope that uses the tool; a new link to the same terms does not.
    """
    VendorSheet.objects.select_for_update(no_key=True).get(pk=sheet.pk)
    if len(text) > LONGEST_TERMS:
        raise InvalidInput(
            "text", _("the text is too long"), _("leave out what is not about your data")
        )
    before = VendorTerms.objects.filter(sheet=sheet).order_by("-pk").first()
    digest = hashlib.sha256(text.encode()).hexdigest() if text else ""
    if before is not None and (before.sha256, before.dated) == (digest, dated):
        if before.url != url:
            old, before.url = before.url, url
            before.save(update_fields=["url"])
            _tell(sheet, actor, "changed", {"fields": {"terms_url": {"before": old, "after": url}}})
        return False
    made = VendorTerms.objects.create(
        provider_id=sheet.provider_id,
        sheet=sheet,
        url=url,
        dated=dated,
        text=text,
        sha256=digest,
        saved_by=actor,
    )
    told = {"terms_dated": dated, "terms_sha256": digest, "terms_url": url}
    _tell(sheet, actor, "saved_terms", told)
    if before is None:  # nothing to differ from: a review that had no copy speaks of this one
        VendorReview.objects.filter(sheet=sheet, terms=None).exclude(completed_at=None).update(
            terms=made
        )
    else:
        _fall_due(sheet, actor)
    return True


def _fall_due(sheet: VendorSheet, actor: User) -> None:
    """Bring the next review of every decided tool of the sheet to today, each with its line.

    Also where the actor is a guest of the client: what a vendor changed concerns it all the same.
    """
    if not _is_reviewed(sheet):
        return
    today = timezone.localdate()
    rows = AITool.objects.filter(sheet=sheet).exclude(decision=ToolDecision.UNDECIDED)
    due = [
        tool
        for tool in rows.select_related("client").select_for_update(of=("self",)).order_by("pk")
        if tool.next_review is None or tool.next_review > today
    ]
    lines = [
        Line(
            client=tool.client,
            subject=Subject.of(tool),
            details={"fields": {"next_review": {"before": tool.next_review, "after": today}}},
        )
        for tool in due
    ]
    AITool.objects.filter(pk__in=[tool.pk for tool in due]).update(next_review=today)
    activity.record_each(actor=actor, verb="fell_due", lines=lines)


@transaction.atomic
def set_default(
    *,
    sheet: VendorSheet,
    actor: User,
    decision: ToolDecision,
    kinds: Sequence[DataClass],
    conditions: str,
) -> None:
    """Say what is usually decided about the tool; each client still gets a decision of its own.

    Raises InvalidInput for more than the review in force allows for the data that it speaks of.
    """
    row = sheets.row_of(sheet)
    if decision in (ToolDecision.APPROVE, ToolDecision.APPROVE_LISTED):
        standing = row.standing
        found = reviews.assess(standing.answers, is_provider=sheet.is_shared) if standing else None
        if found is None or not found.allows(decision):
            raise InvalidInput(
                "decision",
                _("the review does not allow this"),
                _("complete the review, or choose a narrower decision"),
            )
    listed = sorted(kinds) if decision == ToolDecision.APPROVE_LISTED else []
    values = {
        "default_decision": decision,
        "default_data": listed,
        "default_conditions": conditions,
    }
    changed = changes.write(sheet, values)
    if changed:
        _tell(sheet, actor, "set_default", {"fields": changed})


def sheet_for(*, tool: AITool, actor: User) -> VendorSheet:
    """Return the sheet of a tool; one of its name, or a new one, where it points at none."""
    if tool.sheet_id is not None:
        return VendorSheet.objects.get(pk=tool.sheet_id)
    vendor = tool.vendor or _("Vendor not known")
    named = VendorSheet.objects.filter(
        provider_id=tool.provider_id, vendor=vendor, product=tool.name
    ).first()
    if named is not None:
        return named
    values = {"vendor": vendor, "product": tool.name, "category": ToolCategory(tool.category)}
    return save(provider_id=tool.provider_id, actor=actor, sheet=None, values=values)


def _tell(sheet: VendorSheet, actor: User, verb: str, details: Mapping[str, Any]) -> None:
    activity.record_at_provider(
        provider_id=sheet.provider_id, actor=actor, verb=verb, obj=sheet, details=details
    )
