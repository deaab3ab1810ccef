"""What people do beside measuring, done in the demo: permissions, last days, a begun checklist."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from audits.enums import (
    SECTIONS_OF,
    Answer,
    AuditRhythm,
    Impact,
    LegalBasis,
    ReportKind,
    ReportRhythm,
)
from audits.guidance.sensitivity import NOTHING
from audits.models import AIModel, ChecklistItem, Client, DatasetVersion, User
from audits.queries import audit_schedule as audit_schedules
from audits.queries import report as reports
from audits.queries import report_schedule as schedules
from audits.services import (
    audit_schedule,
    checklist_answer,
    checklist_evidence,
    dataset_review,
    report_schedule,
    retention,
)

_KEPT = timedelta(days=540)
_DUE = timedelta(days=45)


class _Said(NamedTuple):
    """How one control stands, with what shows it, and how many days ago that was."""

    answer: Answer
    shows: str = ""
    days: int = 0
    reason: str = ""


# Given to a client's first controls in turn, so that every state of a checklist can be seen.
_SAID = (
    _Said(Answer.YES, "The list of AI systems was read out at the monthly meeting.", 20),
    _Said(Answer.PARTLY),
    _Said(Answer.YES, "The clause was found in the signed contract.", 400),
    _Said(Answer.NO),
    _Said(Answer.NOT_APPLICABLE, reason="Another company supplies the records and sees to this."),
    _Said(Answer.YES, "Screen of the settings, looked at together.", 75),
)


def plan_review(*, client: Client, actor: User) -> None:
    """Let the review of each quarter be made by itself, and wait for somebody to look at it."""
    kind = ReportKind.QUARTER
    report_schedule.create(
        client=client,
        actor=actor,
        kind=kind,
        plan=report_schedule.Plan(
            rhythm=ReportRhythm.QUARTERLY,
            next_on=schedules.first_day(kind, client),
            sections=[one.value for one in SECTIONS_OF[kind]],
        ),
        people=report_schedule.People(readers=list(reports.readers_of(client))),
    )


def plan_audits(*, client: Client, actor: User) -> None:
    """Let the client's first model be measured again every quarter."""
    audit_schedule.save(
        model=AIModel.objects.filter(client=client).earliest("pk"),
        actor=actor,
        rhythm=AuditRhythm.QUARTERLY,
        next_on=audit_schedules.first_day(client),
    )


def settle_records(*, version: DatasetVersion, actor: User, person: str, role: str) -> None:
    """Confirm what the columns hold, how sensitive that is, who allowed it and until when."""
    dataset, today = version.dataset, timezone.localdate()
    kinds = {
        column["name"]: (column["about"] or {}).get("kind", NOTHING)
        for column in version.profile["columns"]
    }
    dataset_review.confirm_columns(version=version, actor=actor, kinds=kinds)
    dataset_review.decide_sensitivity(
        dataset=dataset,
        actor=actor,
        values={
            "data_class": dataset.data_class,
            "impact": dataset.impact,
            "reveals": dataset.reveals,
        },
    )
    about_people = dataset.impact >= Impact.PERSONAL
    dataset_review.record_permission(
        dataset=dataset,
        actor=actor,
        basis=LegalBasis.LEGITIMATE if about_people else LegalBasis.NONE_NEEDED,
        given_by=person,
        given_role=role,
        given_on=today - timedelta(days=14),
        note="Made up for the demo.",
    )
    if about_people:
        retention.keep_until(dataset=dataset, actor=actor, until=today + _KEPT)


def begin_checklist(*, client: Client, actor: User, answers: int) -> None:
    """Answer a client's first controls as a technician would in the first meeting."""
    items = ChecklistItem.objects.filter(client=client).order_by("control")
    answer_in_turn(items=items[:answers], actor=actor)


def answer_in_turn(*, items: Iterable[ChecklistItem], actor: User) -> None:
    """Answer controls so that every state of a checklist is among the answers."""
    for item, said in zip(items, _SAID, strict=False):
        _answer(item, actor, said)


def _answer(item: ChecklistItem, actor: User, said: _Said) -> None:
    today = timezone.localdate()
    contact = item.client.contact_name
    owner = User.objects.filter(membership__client=item.client, name=contact).first()
    beside = {"owner": owner, "owner_name": "" if owner else contact, "due": today + _DUE}
    checklist_answer.answer(
        item=item,
        actor=actor,
        answer=said.answer,
        reason=said.reason,
        beside=beside if said.answer in (Answer.NO, Answer.PARTLY) else None,
    )
    if said.shows:
        checklist_evidence.add_note(
            item=item, actor=actor, text=said.shows, dated=today - timedelta(days=said.days)
        )
