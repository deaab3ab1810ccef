"""The quarterly review: what was done at a client, how the risk moved, what is open and next."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import Answer, JobState, ReportKind, ReportSection, ToolDecision
from audits.models import AITool, Audit, ChecklistItem
from audits.queries import (
    checklist,
    plan,
    report_movement,
    report_owner,
    report_quarter_dates,
    report_quarter_decisions,
    report_quarter_promises,
    report_quarter_vendors,
    risk,
)
from audits.queries.checklist import ChecklistRow
from audits.queries.plan import PlanRow
from audits.queries.report_counts import counted
from audits.queries.report_frame import About, Frame, framed, titled
from audits.queries.report_movement import Movement
from audits.queries.report_periods import Period
from audits.reports.document import Document, Section, Table
from audits.reports.owner_summary import footer

MOST_ACTIONS = 30


def document(period: Period, frame: Frame) -> Document:
    """Word the review of one quarter; of one that still runs, how it stands today."""
    moved = report_movement.movements(period, frame)
    open_actions = plan.rows(plan.to_do(client=frame.client))
    return framed(
        frame,
        ReportKind.QUARTER,
        _about(period, frame, moved),
        (
            _risk(moved),
            _done(period, frame),
            _audits(period, frame),
            report_quarter_vendors.vendors(period, frame),
            report_quarter_vendors.incidents(period, frame),
            report_quarter_promises.section(period, frame),
            _actions(period, frame, open_actions),
            report_quarter_decisions.section(period, frame, open_actions),
            _tools(frame),
            report_quarter_dates.section(period, frame, open_actions),
        ),
    )


def _about(period: Period, frame: Frame, moved: list[Movement]) -> About:
    span = _("%(label)s: %(first)s to %(last)s") % {
        "label": period.label,
        "first": frame.day(period.first),
        "last": frame.day(period.last),
    }
    runs = frame.today <= period.last
    still = _("The quarter is not over: this is how it stands on %(day)s.")
    worst = moved[0] if moved else None
    return About(
        subject=_("How the AI in use stands, and what comes next"),
        period=span,
        footer=footer(),
        lead=" ".join(
            filter(
                None,
                (
                    worst.meaning if worst is not None else "",
                    report_movement.told(moved),
                    still % {"day": frame.day(frame.today)} if runs else "",
                ),
            )
        ),
        badge=worst.after if worst is not None else None,
    )


def _risk(moved: list[Movement]) -> Section:
    rows = tuple(
        (
            one.model,
            str(one.before.label) if one.before else _("Not listed yet"),
            str(one.after.label) if one.after else _("Not listed yet"),
            one.why,
        )
        for one in moved
    )
    return Section(
        key="risk",
        title=_("How the risk moved"),
        paragraphs=(_not_known(moved),) if moved else (),
        tables=(
            Table(
                caption=_("Rating of each model at the start and at the end"),
                headers=(_("Model"), _("At the start"), _("At the end"), _("Why")),
                rows=rows,
                widths=(1.5, 0.9, 0.9, 2.2),
                empty=_("No model is listed."),
                note=_(
                    "Both by the rating policy in force today and by who can ask the model today:"
                    " what moves a rating here is what was measured, and how long ago."
                ),
            ),
        ),
    )


def _not_known(moved: list[Movement]) -> str:
    """How many models nobody can say anything of, each word as the table has it."""
    return " ".join(
        _("%(badge)s: %(count)s.")
        % {"badge": badge.label, "count": sum(one.after == badge for one in moved)}
        for badge in risk.BADGE_ORDER
        if badge in risk.UNKNOWN
    )


def _done(period: Period, frame: Frame) -> Section:
    points = tuple(counted(period, frame))
    none = _("Nothing was recorded in these three months.")
    return Section(*titled(ReportSection.DONE), points=points, paragraphs=() if points else (none,))


def _audits(period: Period, frame: Frame) -> Section:
    begins, ends = period.bounds(frame.client)
    finished = (
        Audit.objects.filter(client=frame.client, completed_at__gte=begins, completed_at__lt=ends)
        .select_related("model_version__model")
        .defer("document")
        .order_by("completed_at")
    )
    failed = Audit.objects.filter(
        client=frame.client,
        job__state=JobState.FAILED,
        job__finished_at__gte=begins,
        job__finished_at__lt=ends,
    ).count()
    sentence = ngettext(
        "One audit failed and gave no result.",
        "%(count)s audits failed and gave no result.",
        failed,
    )
    return Section(
        *titled(ReportSection.AUDITS),
        tables=(
            Table(
                caption=_("Audits that were finished"),
                headers=(_("Day"), _("Model"), _("Rating then"), _("What was found")),
                rows=tuple(
                    (
                        frame.day(one.completed_at),
                        one.model_version.model.name,
                        str(one.get_badge_display()),
                        str(one.get_outcome_display()),
                    )
                    for one in finished
                ),
                badges=tuple(("", "", one.badge or "") for one in finished),
                widths=(1.0, 1.6, 0.9, 1.4),
                empty=_("No audit was finished in this quarter."),
                note=sentence % {"count": failed} if failed else "",
            ),
        ),
    )


def _actions(period: Period, frame: Frame, listed: list[PlanRow]) -> Section:
    begins, ends = period.bounds(frame.client)
    answered = checklist.items_with_figures(
        ChecklistItem.objects.filter(
            client=frame.client,
            answer=Answer.YES,
            answered_at__gte=begins,
            answered_at__lt=ends,
            retired_from=None,
        ).order_by("answered_at")
    )
    done = checklist.joined(answered)
    late = sum(one.row.overdue for one in listed)
    return Section(
        *titled(ReportSection.ACTIONS),
        paragraphs=(
            _("%(done)s put in place, %(open)s open, %(late)s of them overdue.")
            % {"done": len(done), "open": len(listed), "late": late},
        ),
        tables=(_done_table(done, frame), _open_table(listed, frame)),
    )


def _done_table(done: list[ChecklistRow], frame: Frame) -> Table:
    return Table(
        caption=_("Put in place"),
        headers=(_("Action"), _("Day"), _("Said by")),
        rows=tuple(
            (
                row.control.words(plain=True).title,
                frame.day(row.item.answered_at),
                str(row.item.answered_by or _("somebody who has left")),
            )
            for row in done
        ),
        widths=(2.6, 1.0, 1.2),
        empty=_("Nothing was put in place in this quarter."),
    )


def _open_table(listed: list[PlanRow], frame: Frame) -> Table:
    more = len(listed) - MOST_ACTIONS
    return Table(
        caption=_("Still open, the most urgent first"),
        headers=(_("Action"), _("Who"), _("Due"), _("Decision")),
        rows=tuple(
            (
                one.row.control.words(plain=True).title,
                one.row.owner or _("Nobody yet"),
                _due(one, frame),
                str(one.decision.get_treatment_display())
                if one.decision and one.stands
                else _("None yet"),
            )
            for one in listed[:MOST_ACTIONS]
        ),
        widths=(2.4, 1.1, 1.2, 0.8),
        empty=_("No action is open."),
        note=_("and %(more)s more in the portal") % {"more": more} if more > 0 else "",
    )


def _due(one: PlanRow, frame: Frame) -> str:
    if one.row.item.due is None:
        return _("No date set")
    day = frame.day(one.row.item.due)
    return _("%(day)s, overdue") % {"day": day} if one.row.overdue else day


def _tools(frame: Frame) -> Section:
    listed = AITool.objects.filter(client=frame.client)
    return Section(
        *titled(ReportSection.TOOLS),
        tables=(
            Table(
                caption=_("AI tools of other companies, as they stand today"),
                headers=(
                    _("Tool"),
                    _("Data that may go in"),
                    _("Trains on it?"),
                    _("Decision"),
                    _("Next review"),
                ),
                rows=tuple(
                    (
                        tool.name,
                        report_owner.allowed_data(tool),
                        str(tool.get_trains_on_data_display()),
                        ToolDecision(tool.decision).done,
                        frame.day(tool.next_review),
                    )
                    for tool in listed
                ),
                widths=(1.3, 1.6, 0.8, 1.0, 1.0),
                empty=_("No AI tool is listed."),
            ),
        ),
    )
