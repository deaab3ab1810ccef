"""Asking for an owner summary: everything it says is decided and frozen here, once."""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audits import cache
from audits.charts import dots, roc, values
from audits.enums import JobKind, RatingBadge, Treatment
from audits.guidance import wording
from audits.models import AITool, Audit, Client, Provider, Report, RiskDecision, User
from audits.queries import audit as audits
from audits.queries import checklist, plan
from audits.reports import seal
from audits.reports.owner_summary import (
    Action,
    Decision,
    Fact,
    OwnerSummary,
    Rating,
    Readiness,
    Term,
    Tool,
)
from audits.services import activity, job, limits, report_seal
from audits.services.errors import NotPossible

NOT_SET = "Not set"
NO_DATE = "No date set"
MOST_DECISIONS = 3
GRADES = {
    "A": "Strong: even guesses with 1 wrong accusation in 1,000 were measured, by every attack.",
    "B": "Good for guesses with 1 wrong accusation in 100; rarer ones were not all measured.",
    "C": "Weak: only the overall tendency could be measured.",
}
TERMS = (
    "Membership inference",
    "Member / non-member",
    "False alarm (false-positive rate)",
    "Catch rate (true-positive rate)",
    "Confidence range",
    "Exposure",
)


@transaction.atomic
def request(
    *, audit: Audit, actor: User | None, check_at: str = "", started_by: str = "web"
) -> Report:
    """Freeze an owner summary of a finished audit and queue its PDF.

    `check_at` is the address, as people type it, at which anybody can check the file. Raises
    TooMany where the person had as many as an hour allows.
    """
    client = audit.client
    locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # one number at a time
    if locked.synthetic:
        raise NotPossible(_("Data made up for load tests enter no report."))
    result = audits.result(audit)
    if result is None:
        raise NotPossible("A report needs a finished audit.")
    if actor is not None:
        limits.spend(
            cache.of_person(actor.pk),
            "pdf_requests",
            most=settings.MIA_PDF_REQUESTS_PER_HOUR,
            seconds=limits.HOUR,
            refusal=f"One person may ask for {settings.MIA_PDF_REQUESTS_PER_HOUR} PDFs in an hour",
        )
    last = Report.objects.filter(client=client).aggregate(last=Max("number"))["last"] or 0
    code = seal.draw()
    summary = replace(
        _summary(result, number=last + 1, now=timezone.now()), code=code, check_at=check_at
    )
    report_seal.begin(code)
    report = Report.objects.create(
        provider_id=client.provider_id,
        client=client,
        number=last + 1,
        audit=audit,
        data=json.loads(summary.to_json()),
        created_by=actor,
    )
    report.job = job.start(
        client=client,
        actor=actor,
        kind=JobKind.REPORT,
        object_id=report.pk,
        key=f"report-{report.pk}",
        steps=1,
        started_by=started_by,
    )
    report.save(update_fields=["job"])
    activity.record(
        client=client,
        actor=actor,
        verb="requested",
        obj=report,
        details={"model": audit.model_version.model.name},
    )
    return report


def _day(value: date | datetime | None, client: Client) -> str:
    """A date as the client writes it, in the client's time zone."""
    if value is None:
        return NOT_SET
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(client.time_zone)).date()
    with translation.override(client.locale):
        return date_format(value, "j F Y")


def _summary(result: audits.Result, *, number: int, now: datetime) -> OwnerSummary:
    audit = result.audit
    client = audit.client
    model = audit.model_version.model
    listed = checklist.rows(client)
    document = audit.document or {}
    letter = audit.authorisation.file if audit.authorisation is not None else None
    return OwnerSummary(
        language="en",
        made_at=now.replace(microsecond=0).isoformat(),
        report_number=f"{client.slug[-4:].upper()}-{number:04d}",
        provider=Provider.objects.get(pk=client.provider_id).name,
        client=client.name,
        system=model.name,
        version=str(audit.model_version.number),
        audit_date=_day(audit.completed_at, client),
        authorised_by=_authorised_by(audit),
        letter=letter.original_name or "a file" if letter is not None else "",
        letter_sha256=letter.sha256 if letter is not None else "",
        rating=_rating(result),
        verdict=result.words.headline,
        meaning=_paragraphs(result),
        actions=tuple(_action(row, result) for row in result.actions),
        not_tested=result.words.limits,
        roc=_curves(document),
        dots=dots.series(document, about_people=result.words.about_people),
        readiness=_readiness(listed),
        tools=tuple(_tool(tool, client) for tool in AITool.objects.filter(client=client)),
        glossary=tuple(
            Term(term=term, meaning=meaning)
            for term, meaning in wording.glossary()
            if term in TERMS
        ),
        method=_method(result),
        choices=tuple(str(label) for label in Treatment.labels),
        decisions=_decisions(listed, client),
    )


def _authorised_by(audit: Audit) -> str:
    """Who allowed the attack, as what and when."""
    given = audit.authorisation
    return f"{given}, {_day(given.given_on, audit.client)}" if given is not None else NOT_SET


def _curves(document: dict[str, Any]) -> roc.RocSeries:
    """Return the curves; none of a void audit, whose figures say nothing of the model."""
    found = roc.series(document)
    return replace(found, curves=()) if found.outcome == "invalid" else found


def _paragraphs(result: audits.Result) -> tuple[str, ...]:
    """What may happen, and then what to do about it by when, or which audit says so today."""
    *first, last = result.words.meaning
    said = (last, _act_by(result), result.overruled_by)
    return " ".join(first), " ".join(filter(None, said))


def _act_by(result: audits.Result) -> str:
    """Until when to act, as the pages say it; empty where the rating asks for nothing by a day."""
    until = result.deadline
    if until is None:
        return ""
    day = _day(until.at, result.audit.client)
    late = " This is overdue." if until.is_overdue else ""
    return f"Act by {day} ({until.days} days after the audit).{late}"


def _rating(result: audits.Result) -> Rating:
    grade = result.audit.grade or None
    return Rating(
        badge=result.badge.value,
        word=str(RatingBadge(result.badge).label),
        struck_through=result.rating.struck_through,
        likelihood=result.rating.likelihood,
        impact=result.rating.impact,
        grade=grade,
        grade_meaning=GRADES.get(grade or "", "The comparison was not valid, so nothing counts."),
    )


def _action(row: checklist.ChecklistRow, result: audits.Result) -> Action:
    """An open action, with owner and date as the checklist shows them."""
    return Action(
        title=row.control.words(plain=True).title,
        owner=row.owner or NOT_SET,
        effort=row.effort,
        due=_day(row.item.due, result.audit.client) if row.item.due else NO_DATE,
    )


def _decisions(listed: list[checklist.ChecklistRow], client: Client) -> tuple[Decision, ...]:
    """What waits for a decision, the most urgent first, and then what has been decided."""
    asked = sorted((row for row in listed if row.is_action), key=lambda row: bool(row.item.decided))
    made = plan.latest(row.item.pk for row in asked if row.item.decided)
    return tuple(_decision(row, made.get(row.item.pk), client) for row in asked[:MOST_DECISIONS])


def _decision(row: checklist.ChecklistRow, made: RiskDecision | None, client: Client) -> Decision:
    title = row.control.words(plain=True).title
    if made is None:
        return Decision(title=title)
    return Decision(
        title=title,
        chosen=str(made.get_treatment_display()),
        signature=made.signature,
        date=_day(made.decided_on, client),
        recorded_by=str(made.recorded_by or "somebody who has left"),
        recorded_on=_day(made.recorded_at, client),
    )


def _readiness(listed: list[checklist.ChecklistRow]) -> Readiness:
    score = checklist.score(listed)
    open_rows = [row for row in listed if row.is_open]
    return Readiness(
        percent=score.percent if score.answered else None,
        summary=f"{score.answered} of {score.applicable} questions answered.",
        unmet=tuple(row.control.words(plain=True).title for row in open_rows[:3]),
    )


def _tool(tool: AITool, client: Client) -> Tool:
    return Tool(
        name=tool.name,
        vendor=tool.vendor or NOT_SET,
        data=tool.data_note or str(tool.get_data_class_display()),
        trains=str(tool.get_trains_on_data_display()),
        decision=str(tool.get_decision_display()),
        next_review=_day(tool.next_review, client),
    )


def _method(result: audits.Result) -> tuple[Fact, ...]:
    audit = result.audit
    document = audit.document or {}
    records, references = document["records"], document["references"]
    provenance = document["provenance"]
    return (
        Fact(
            name="Attacks run",
            value=", ".join(values.attack_label(key) for key in document["attacks"]),
        ),
        Fact(
            name="People" if records.get("unit") == "person" else "Records",
            value=f"{records['members']:,} used for training, {records['nonmembers']:,} held out",
        ),
        Fact(name="Reference models", value=str(references["count"])),
        Fact(name="How records were chosen", value=str(audit.get_split_display())),
        Fact(name="Seed", value=str(provenance["seed"])),
        Fact(
            name="Engine and verdicts",
            value=f"{provenance['engine_version']}, policy {provenance['rating_policy']}",
        ),
        Fact(name="Policy of the rating", value=" ".join(result.policies)),
        Fact(
            name="Fingerprint of the file",
            value=(provenance["model_sha256"] or provenance["predictions_sha256"] or "")[:16],
        ),
        Fact(name="Fingerprint of the plan", value=provenance["plan_sha256"][:16]),
    )
