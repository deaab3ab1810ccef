"""Telling whoever planned a report that it waits for a look, or did not go out."""

from datetime import timedelta
from typing import Final

from django.template.loader import render_to_string

from audits.enums import MailKind
from audits.models import ReportRun
from audits.queries import branding, members, report_frame
from audits.services import mail

_LASTS: Final = timedelta(days=14)


def tell(run: ReportRun, *, problem: str = "") -> None:
    """Mail it to that person, who opens the client today; to nobody where that has ended."""
    planner = run.schedule.created_by
    if planner is None:
        return
    held = members.staff_opening(run.client).filter(user=planner).first()
    if held is None:
        return
    words = {
        "client": mail.in_a_line(run.client),
        "provider": mail.in_a_line(branding.provider(run.provider_id).name),
        "kind": run.schedule.get_kind_display(),
        "day": report_frame.day_at(run.client, run.due_on),
        "problem": mail.in_a_line(problem),  # which may name things
    }
    mail.send(
        recipient=held.user.email,
        kind=MailKind.REPORT,
        subject=render_to_string("mail/report_waits_subject.txt", words),
        body=render_to_string("mail/report_waits_body.txt", words),
        lasts=_LASTS,
    )
