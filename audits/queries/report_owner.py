"""The two pages for an owner: everything they say, decided on the day on which they are made."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from django.utils.translation import gettext as _

from audits.charts import dots, values
from audits.enums import DataClass, RatingBadge, ReportKind, ToolDecision, Treatment
from audits.guidance import wording
from audits.models import AITool, Audit, RiskDecision
from audits.queries import audit as audits
from audits.queries import (
    checklist,
    facts,
    glossary,
    next_actions,
    plan,
    report_care,
    report_trend,
)
from audits.queries.report_frame import LANGUAGE, Frame, template_name
from audits.queries.report_periods import Period
from audits.reports import owner_summary
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

NOT_SET = "Not set"
NOBODY = "Nobody yet"
NO_DATE = "No date set"
MOST_DECISIONS = 3
GRADES = {
    "A": "Strong: even guesses with 1 wrong accusation in 1,000 were measured, by every attack.",
    "B": "Good for guesses with 1 wrong accusation in 100; rarer ones were not all measured.",
    "C": "Weak: only the overall tendency could be measured.",
}
_MOST_TERMS = 6  # what two pages have room for


def summary(result: audits.Result, frame: Frame, *, period: Period | None = None) -> OwnerSummary:
    """Word the two pages about a finished audit; `period` is that of what the provider did."""
    audit = result.audit
    client = audit.client
    model = audit.model_version.model
    listed = checklist.rows(client)
    known = facts.known_of(client, model=model).assets
    first = checklist.begun(next_actions.first(listed), known, model=model)
    letter = audit.authorisation.file if audit.authorisation is not None else None
    made = OwnerSummary(
        language=LANGUAGE,
        made_at=frame.made_at,
        report_number=frame.report_number,
        provider=frame.house.name,
        client=client.name,
        system=model.name,
        version=str(audit.model_version.number),
        audit_date=frame.day(audit.completed_at),
        authorised_by=authorised_by(audit, frame),
        scope=_scope(audit, frame),
        basis=_basis(audit, frame),
        letter=letter.original_name or "a file" if letter is not None else "",
        letter_sha256=letter.sha256 if letter is not None else "",
        rating=_rating(result),
        verdict=result.words.headline,
        meaning=_paragraphs(result, frame),
        actions=tuple(_action(row, audit, frame) for row in first),
        not_tested=result.words.limits,
        dots=_people(result),
        readiness=_readiness(listed),
        tools=tuple(_tool(tool, frame) for tool in AITool.objects.filter(client=client)),
        glossary=(),
        method=_method(result, frame),
        choices=tuple(str(label) for label in Treatment.labels),
        decisions=_decisions(first, listed, frame),
        brand=frame.brand,
        left_out=tuple(sorted(frame.left_out)),
        trend=report_trend.trend(model, frame),
        care=report_care.care(period, frame),
        code=frame.code,
        check_at=frame.check_at,
    )
    return replace(made, glossary=_explained(made))


def _explained(said: OwnerSummary) -> tuple[Term, ...]:
    """The words of the glossary that these two pages use, and no other."""
    shown = [value for name, value in asdict(said).items() if name not in {"brand", *said.left_out}]
    text = " ".join((*_texts(shown), dots.title(said.dots), dots.alt_text(said.dots)))
    used = glossary.said_in(text)
    found = [Term(term=term, meaning=told) for term, told in wording.glossary() if term in used]
    return tuple(found[:_MOST_TERMS])


def _texts(value: object) -> Iterator[str]:
    """Every text of a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def authorised_by(audit: Audit, frame: Frame) -> str:
    """Who allowed the attack, as what and when."""
    given = audit.authorisation
    return f"{given}, {frame.day(given.given_on)}" if given is not None else NOT_SET


def _scope(audit: Audit, frame: Frame) -> str:
    """What may be tested, and until when; nothing for audits of early days."""
    given = audit.authorisation
    if given is None:
        return ""
    return f"{given.scope.rstrip('. ')} (holds until {frame.day(given.ends_on)})"


def _basis(audit: Audit, frame: Frame) -> str:
    """On whose word the permission rests, and where it is kept; a letter is named by itself."""
    given = audit.authorisation
    if given is None:
        return ""
    who = given.recorded_by or "somebody who has left"
    day = frame.day(given.recorded_at)
    said = (
        f"Confirmed by {who} on {day}: this person may decide about the model and its data, and has"
        " agreed to an attack on a copy of it."
    )
    kept = f"Kept in: {given.source}."
    return " ".join((said,) * given.is_confirmed + (kept,) * bool(given.source))


def _people(result: audits.Result) -> dots.DotsSeries:
    """Who would be picked out, by the figure of the verdict, whose range is told there."""
    words = result.words
    found = dots.series(
        result.audit.document or {}, about_people=words.about_people, told_at=words.told_at
    )
    return dots.in_one_figure(found)


def _paragraphs(result: audits.Result, frame: Frame) -> tuple[str, ...]:
    """What may happen, and then what to do about it by when, or which audit says so today.

    Where another audit of the version found more, that comes before anything else.
    """
    *first, last = result.words.meaning
    said = (last, _act_by(result, frame), result.overruled_by)
    return " ".join(filter(None, (_more(result, frame), *first))), " ".join(filter(None, said))


def _more(result: audits.Result, frame: Frame) -> str:
    """Which other audit of the version found more; empty where none did."""
    if result.more is None:
        return ""
    return f"{result.more.dated(frame.day(result.more.audit.completed_at))}."


def _act_by(result: audits.Result, frame: Frame) -> str:
    """Until when to act, as the pages say it; empty where the rating asks for nothing by a day."""
    until = result.deadline
    if until is None:
        return ""
    day = frame.day(until.at)
    late = " This is overdue." if until.is_overdue else ""
    # What a critical rating asks for today stands beside it: the day is the end of the repair.
    begin = "Fixed" if until.is_critical else "Act"
    return f"{begin} by {day} ({until.days} days after the audit).{late}"


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


def _action(row: checklist.ChecklistRow, audit: Audit, frame: Frame) -> Action:
    """An open action, with owner and date as the checklist shows them.

    What something else than this audit asks for says so: it follows from another verdict.
    """
    asked = row.item.finding
    return Action(
        title=row.control.words(plain=True).title,
        owner=row.owner or NOBODY,
        effort=row.effort,
        due=_due(row, frame),
        because=row.in_short if asked is not None and asked.audit_id != audit.pk else "",
        begin=row.begin_plain,
    )


def _due(row: checklist.ChecklistRow, frame: Frame) -> str:
    if row.item.due is None:
        return NO_DATE
    day = frame.day(row.item.due)
    return _("begin by %(day)s") % {"day": day} if row.is_to_begin else day


def _decisions(
    first: list[checklist.ChecklistRow], listed: list[checklist.ChecklistRow], frame: Frame
) -> tuple[Decision, ...]:
    """The actions of the page before in their order, then what was decided to be left."""
    asked = [row for row in first if row.is_action]
    left = sorted((row for row in listed if row.is_action and row.is_left), key=checklist.urgency)
    shown = [*asked, *left][:MOST_DECISIONS]
    made = plan.latest(row.item.pk for row in shown if row.item.decided)
    return tuple(_decision(row, made.get(row.item.pk), frame) for row in shown)


def _decision(row: checklist.ChecklistRow, made: RiskDecision | None, frame: Frame) -> Decision:
    title = row.control.words(plain=True).title
    if made is None:
        return Decision(title=title)
    return Decision(
        title=title,
        chosen=str(made.get_treatment_display()),
        signature=made.signature,
        date=frame.day(made.decided_on),
        recorded_by=str(made.recorded_by or "somebody who has left"),
        recorded_on=frame.day(made.recorded_at),
    )


def _readiness(listed: list[checklist.ChecklistRow]) -> Readiness:
    score = checklist.score(listed)
    return Readiness(
        percent=score.percent if score.answered else None,
        summary=f"{score.answered} of {score.applicable} answered",
    )


def _tool(tool: AITool, frame: Frame) -> Tool:
    return Tool(
        name=tool.name,
        vendor=tool.vendor or NOT_SET,
        plan=tool.plan,
        data=allowed_data(tool),
        trains=str(tool.get_trains_on_data_display()),
        decision=ToolDecision(tool.decision).done,
        next_review=frame.day(tool.next_review),
    )


def allowed_data(tool: AITool) -> str:
    """Which data may go in by what was decided; before that, what goes in as it is."""
    said = {
        ToolDecision.APPROVE: tool.data_note or str(tool.get_data_class_display()),
        ToolDecision.APPROVE_LISTED: ", ".join(
            str(DataClass(kind).label) for kind in tool.allowed_data
        ),
        ToolDecision.RESTRICT: f"{DataClass.PUBLIC.label} only",
        ToolDecision.REJECT: "None",
    }
    goes_in = f"Not decided; in use with: {tool.data_note or tool.get_data_class_display()}"
    return said.get(ToolDecision(tool.decision), goes_in)


def _method(result: audits.Result, frame: Frame) -> tuple[Fact, ...]:
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
        Fact(name="Engine", value=str(provenance["engine_version"])),
        Fact(name="Verdict policy", value=str(provenance["rating_policy"])),
        Fact(name="Rating policy", value=" ".join(result.policies)),
        Fact(
            name="Fingerprint of the file",
            value=(provenance["model_sha256"] or provenance["predictions_sha256"] or "")[:16],
        ),
        Fact(name="Fingerprint of the plan", value=provenance["plan_sha256"][:16]),
        Fact(
            name="Data as of, template",
            value=f"{frame.day(frame.now)}; "
            + template_name(ReportKind.OWNER_SUMMARY, owner_summary.VERSION),
        ),
    )
