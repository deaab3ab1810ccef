"""Asking for an owner summary: everything it says is decided and frozen here, once."""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.formats import date_format

from audits.charts import dots, roc, values
from audits.enums import JobKind, RatingBadge
from audits.guidance import wording
from audits.models import AITool, Audit, Client, Provider, Report, User
from audits.queries import audit as audits
from audits.queries import checklist
from audits.reports.owner_summary import (
    Action,
    Fact,
    OwnerSummary,
    Rating,
    Readiness,
    Term,
    Tool,
)
from audits.services import activity, files, job
from audits.services.errors import NotPossible

NOT_SET = "Not set"
NO_DATE = "No date set"
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
def request(*, audit: Audit, actor: User | None, started_by: str = "web") -> Report:
    """Freeze an owner summary of a finished audit and queue its PDF."""
    client = audit.client
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # one number at a time
    result = audits.result(audit)
    if result is None:
        raise NotPossible("A report needs a finished audit.")
    last = Report.objects.filter(client=client).aggregate(last=Max("number"))["last"] or 0
    report = Report.objects.create(
        provider_id=client.provider_id,
        client=client,
        number=last + 1,
        audit=audit,
        data=json.loads(_summary(result, number=last + 1, now=timezone.now()).to_json()),
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
    return OwnerSummary(
        language="en",
        made_at=now.replace(microsecond=0).isoformat(),
        report_number=f"{client.slug[-4:].upper()}-{number:04d}",
        provider=Provider.objects.get(pk=client.provider_id).name,
        client=client.name,
        system=model.name,
        version=str(audit.model_version.number),
        audit_date=_day(audit.completed_at, client),
        requested_by=str(audit.requested_by or client.contact_name or NOT_SET),
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
        method=_method(audit),
    )


def _curves(document: dict[str, Any]) -> roc.RocSeries:
    """Return the curves; none of a void audit, whose figures say nothing of the model."""
    found = roc.series(document)
    return replace(found, curves=()) if found.outcome == "invalid" else found


def _paragraphs(result: audits.Result) -> tuple[str, ...]:
    """What may happen, and then what to do about it by when, or which audit says so today."""
    *first, last = result.words.meaning
    return " ".join(first), f"{last} {result.overruled_by}".rstrip()


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
        title=row.control.title,
        owner=row.item.owner_name or NOT_SET,
        effort=row.effort,
        due=_day(row.item.due, result.audit.client) if row.item.due else NO_DATE,
    )


def _readiness(listed: list[checklist.ChecklistRow]) -> Readiness:
    score = checklist.score(listed)
    open_rows = [row for row in listed if row.is_open]
    return Readiness(
        percent=score.percent if score.answered else None,
        summary=f"{score.answered} of {score.applicable} questions answered.",
        unmet=tuple(row.control.title for row in open_rows[:3]),
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


def _method(audit: Audit) -> tuple[Fact, ...]:
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
            name="Engine and rating policy",
            value=f"{provenance['engine_version']}, policy {provenance['rating_policy']}",
        ),
        Fact(
            name="Fingerprint of the file",
            value=(provenance["model_sha256"] or provenance["predictions_sha256"] or "")[:16],
        ),
        Fact(name="Fingerprint of the plan", value=provenance["plan_sha256"][:16]),
    )


def open_pdf(report: Report) -> BinaryIO:
    """Open the finished PDF; the same bytes every time."""
    if report.file is None:
        raise NotPossible("The PDF is not ready yet.")
    return files.open_plain(report.file)
