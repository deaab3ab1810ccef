"""The tool-review sheet: what was decided about one AI tool, and what that rests on."""

from django.utils.translation import gettext as _

from audits.enums import Answer, ReportKind, ReportSection, ReviewEvidence, ToolDecision
from audits.guidance.questions import by_id
from audits.models import AITool, VendorReview, VendorTerms
from audits.queries import review as reviews
from audits.queries import tool as tools
from audits.queries.report_frame import About, Frame, framed, titled
from audits.queries.tool import ToldRuling, ToolRow
from audits.reports.document import Document, Fact, Section, Table

_FOOTER = (
    "A review of what the vendor states and shows, on the day it was read. Not proof of what the"
    " vendor does. Not legal advice."
)


def document(tool: AITool, frame: Frame) -> Document:
    """Word the sheet of one tool; the reader of the scope must be the provider's own."""
    row = tools.row_of(tool, with_sheets=True)
    told = tools.told_of(tool)
    review = row.sheet.review if row.sheet is not None else None
    return framed(
        frame,
        ReportKind.TOOL,
        _about(row),
        (
            _decision(row, told, frame),
            _standing(row, review, frame),
            _answers(row, review),
            _history(told, frame),
            _terms(row, frame),
        ),
    )


def _about(row: ToolRow) -> About:
    tool = row.tool
    vendor = tool.vendor or _("vendor not set")
    return About(
        subject=f"{tool.name}, {vendor}",
        footer=_FOOTER,
        lead=_("Decision: %(decision)s.") % {"decision": ToolDecision(tool.decision).done},
    )


def _decision(row: ToolRow, told: list[ToldRuling], frame: Frame) -> Section:
    tool, last = row.tool, told[0] if told else None
    facts = [
        Fact(_("Most sensitive data"), tool.data_note or str(tool.get_data_class_display())),
        Fact(_("Does the vendor train on it?"), str(tool.get_trains_on_data_display())),
        Fact(_("People who use it"), f"{tool.people:,}" if tool.people else _("Not set")),
    ]
    if row.allowed_data:
        facts.append(Fact(_("Data that may go in"), ", ".join(row.allowed_data)))
    facts += [
        Fact(_("Conditions"), tool.conditions or _("None")),
        Fact(_("Next review"), frame.day(row.review_on)),
    ]
    if last is not None:
        asked = last.ruling.requested_by
        facts += [
            Fact(_("Decided on"), frame.day(last.ruling.decided_at)),
            Fact(_("Decided by"), str(last.ruling.decided_by or _("somebody who has left"))),
            Fact(_("Asked for by"), str(asked) if asked else _("Not recorded")),
        ]
    means = ToolDecision(tool.decision).means
    return Section(
        key="decision",
        title=_("The decision"),
        paragraphs=(means or _("Nothing is decided yet: until then the tool is not approved."),),
        facts=tuple(facts),
    )


def _standing(row: ToolRow, review: VendorReview | None, frame: Frame) -> Section:
    title = _("What the review comes to")
    if review is None or row.sheet is None:
        text = _("No review of this tool is completed, so nothing can be approved.")
        return Section(key="standing", title=title, paragraphs=(text,))
    bounds = tools.bounds_of(row)
    found = reviews.assess(
        review.answers, impact=bounds.impact, is_provider=row.sheet.sheet.is_shared
    )
    knocked_out = reviews.knock_out_words(found.knock_outs)
    limits = tuple(dict.fromkeys((*bounds.reasons, *knocked_out)))
    return Section(
        key="standing",
        title=title,
        facts=(
            Fact(_("Plan that was reviewed"), str(row.sheet.sheet)),
            Fact(_("Completed"), frame.day(review.completed_at)),
            Fact(
                _("Risk"),
                _("%(risk)s of 100; at most %(mark)s passes for data of impact S%(impact)s")
                % {"risk": found.risk, "mark": found.pass_mark, "impact": found.impact},
            ),
            Fact(_("Version of the questions"), review.version),
        ),
        paragraphs=(
            _("What rules an approval out:") if limits else _("Nothing rules an approval out."),
        ),
        points=limits,
    )


def _answers(row: ToolRow, review: VendorReview | None) -> Section | None:
    """Every question that was asked, in its order. Notes stay with the provider."""
    if review is None or row.sheet is None:
        return None
    given = reviews.answers_of(review.answers)
    known = by_id()
    labels = dict(ReviewEvidence.choices)
    tables = []
    for step in reviews.STEPS:
        asked = [one for one in reviews.shown_in(step, given) if one.id in known]
        if not asked:
            continue
        rows = tuple(
            (
                one.id,
                one.text,
                reviews.said(review.answers, one) or str(Answer.UNANSWERED.label),
                str(labels[given[one.id].evidence.value]) if one.id in given else "",
            )
            for one in asked
        )
        tables.append(
            Table(
                caption=str(step.title),
                headers=(_("No."), _("Question"), _("Answer"), _("Rests on")),
                rows=rows,
                widths=(0.4, 2.2, 2.0, 1.0),
            )
        )
    return Section(*titled(ReportSection.ANSWERS), tables=tuple(tables))


def _history(told: list[ToldRuling], frame: Frame) -> Section:
    rows = tuple(
        (
            frame.day(one.ruling.decided_at),
            ToolDecision(one.ruling.decision).done,
            one.ruling.conditions or _("None"),
            str(one.ruling.decided_by or _("somebody who has left")),
        )
        for one in told[1:]
    )
    return Section(
        *titled(ReportSection.HISTORY),
        tables=(
            Table(
                caption=_("What held before, the newest first"),
                headers=(_("Day"), _("Decision"), _("Conditions"), _("Decided by")),
                rows=rows,
                widths=(1.0, 1.0, 2.0, 1.2),
                empty=_("There was no decision before this one.")
                if told
                else _("Nothing has been decided about this tool yet."),
            ),
        ),
    )


def _terms(row: ToolRow, frame: Frame) -> Section:
    terms: VendorTerms | None = row.sheet.terms if row.sheet is not None else None
    if terms is None:
        text = _("No copy of the vendor's terms was kept.")
        return Section(*titled(ReportSection.TERMS), paragraphs=(text,))
    facts = [
        Fact(_("Terms of"), frame.day(terms.dated)),
        Fact(_("Copy kept on"), frame.day(terms.saved_at)),
    ]
    if terms.url:
        facts.append(Fact(_("Link"), terms.url, is_code=True))
    if terms.sha256:
        facts.append(Fact(_("SHA-256 of the copy"), terms.sha256, is_code=True))
    return Section(*titled(ReportSection.TERMS), facts=tuple(facts))
