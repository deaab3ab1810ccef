"""A review of a vendor's sheet, kept step by step until somebody completes it."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import ReviewEvidence
from audits.guidance import questions
from audits.models import AITool, User, VendorReview, VendorSheet, VendorTerms
from audits.queries import review as queries
from audits.queries.review import Step
from audits.services import activity, checklist, vendor
from audits.services.activity import Line, Subject
from audits.services.errors import InvalidInput, NotPossible

LONGEST_NOTE = 500
Given = Mapping[str, Mapping[str, str]]


@transaction.atomic
def start(*, sheet: VendorSheet, actor: User) -> VendorReview:
    """Return the review that is being filled in; begins one where there is none."""
    VendorSheet.objects.select_for_update(no_key=True).get(pk=sheet.pk)
    found = VendorReview.objects.filter(sheet=sheet, completed_at=None).first()
    if found is not None:
        return found
    review = VendorReview.objects.create(
        provider_id=sheet.provider_id, sheet=sheet, version=queries.VERSION, started_by=actor
    )
    _tell(review, actor, "started", {})
    _mark_in_review(sheet)
    return review


def _mark_in_review(sheet: VendorSheet) -> None:
    """Tools that wait for this sheet are being looked into from now on, whoever of staff began."""
    rows = AITool.objects.filter(sheet=sheet, in_review_since=None)
    rows.update(in_review_since=timezone.now())


@transaction.atomic
def start_for_tool(*, tool: AITool, actor: User) -> VendorReview:
    """Begin the review that a client's tool waits for, on a sheet of its own where it has none."""
    sheet = vendor.sheet_for(tool=tool, actor=actor)
    if tool.sheet_id is None:
        AITool.objects.filter(pk=tool.pk).update(sheet=sheet, plan=sheet.tier)
        tool.sheet, tool.plan = sheet, sheet.tier
        activity.record(
            client=tool.client,
            actor=actor,
            verb="started_review",
            obj=tool,
            details={"sheet": sheet.pk},  # its name is the provider's own
        )
    review = start(sheet=sheet, actor=actor)
    _mark_in_review(sheet)
    return review


@transaction.atomic
def save_step(*, review: VendorReview, actor: User, step: Step, given: Given) -> VendorReview:
    """Keep the answers of one page; what is left empty there is unanswered again.

    Raises InvalidInput for an answer that its question does not have, NotPossible for a review
    that is completed already.
    """
    row = VendorReview.objects.select_for_update(no_key=True).get(pk=review.pk)
    if row.completed_at is not None:
        raise NotPossible(_("This review is completed. Start a new one to change an answer."))
    kept = {name: told for name, told in row.answers.items() if name not in step.questions}
    page = {name: _told(name, told) for name, told in given.items() if told.get("answer")}
    before, after = row.answers, {**kept, **page}
    row.answers = after
    row.version = queries.VERSION
    row.save(update_fields=["answers", "version"])
    changed = sorted(name for name in step.questions if before.get(name) != after.get(name))
    if changed:
        _tell(row, actor, "answered", {"questions": changed})
    return row


def _told(name: str, given: Mapping[str, str]) -> dict[str, str]:
    question = questions.by_id().get(name)
    if question is None or not question.accepts(given["answer"]):
        raise InvalidInput(name, _("this answer does not exist"), _("choose one of those shown"))
    evidence = ReviewEvidence(given.get("evidence") or ReviewEvidence.CALL)
    note = given.get("note", "").strip()[:LONGEST_NOTE]
    return {"answer": given["answer"], "evidence": evidence.value, "note": note}


@transaction.atomic
def complete(*, review: VendorReview, actor: User) -> VendorReview:
    """Close a review: it stands for a year, or until the vendor's terms change.

    Questions that are not answered stay so, and keep anything from being approved. What the vendor
    does with data is written into the tools of the clients in scope.
    """
    row = VendorReview.objects.select_for_update(no_key=True).get(pk=review.pk)
    if row.completed_at is not None:
        raise NotPossible(_("This review is completed already."))
    sheet = VendorSheet.objects.get(pk=row.sheet_id)
    found = queries.assess(row.answers, is_provider=sheet.is_shared)
    row.terms = VendorTerms.objects.filter(sheet=sheet).order_by("-pk").first()
    row.completed_by = actor
    row.completed_at = timezone.now()
    row.save(update_fields=["terms", "completed_by", "completed_at"])
    _tell(
        row,
        actor,
        "completed",
        {"risk": found.risk, "pass_mark": found.pass_mark, "knock_outs": list(found.knock_outs)},
    )
    _pass_on(sheet, row, actor)
    return row


def _pass_on(sheet: VendorSheet, review: VendorReview, actor: User) -> None:
    """Let the tools of the sheet say what the review found out about training.

    Also where the actor is a guest of the client: it is the provider's own fact that spreads, and
    a client that trains the vendor's models unknowingly is worse off. Decisions ask for the role.
    """
    told = queries.trains(review)
    rows = AITool.objects.filter(sheet=sheet).exclude(trains_on_data=told)
    moved = list(rows.select_related("client").select_for_update(of=("self",)).order_by("pk"))
    AITool.objects.filter(pk__in=[tool.pk for tool in moved]).update(trains_on_data=told)
    activity.record_each(
        actor=actor,
        verb="learned",
        lines=[
            Line(
                client=tool.client,
                subject=Subject.of(tool),
                details={
                    "fields": {"trains_on_data": {"before": tool.trains_on_data, "after": told}}
                },
            )
            for tool in moved
        ],
    )
    for client in {tool.client_id: tool.client for tool in moved}.values():
        checklist.refresh(client=client)


def _tell(review: VendorReview, actor: User, verb: str, details: Mapping[str, object]) -> None:
    """The log names the sheet: a review has no name of its own."""
    activity.record_about_at_provider(
        provider_id=review.provider_id,
        actor=actor,
        verb=verb,
        subject=Subject(
            kind="vendorreview", pk=review.pk, name=str(VendorSheet.objects.get(pk=review.sheet_id))
        ),
        details=details,
    )
