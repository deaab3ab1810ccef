"""Telling whoever planned an audit that it could not be started on its day."""

from datetime import timedelta
from typing import Final

from django.template.loader import render_to_string

from audits.enums import MailKind
from audits.models import AuditRun
from audits.queries import branding, members, report_frame
from audits.services import mail

_LASTS: Final = timedelta(days=14)


def tell(run: AuditRun) -> None:
    """Mail it to that person, who opens the client today; to nobody where that has ended."""
    schedule = run.schedule
    held = members.staff_opening(run.client).filter(user=schedule.created_by_id).first()
    if schedule.created_by_id is None or held is None:
        return
    words = {
        "client": mail.in_a_line(run.client),
        "provider": mail.in_a_line(branding.provider(run.provider_id).name),
        "model": mail.in_a_line(schedule.model.name),
        "day": report_frame.day_at(run.client, run.due_on),
        "following": report_frame.day_at(run.client, schedule.next_on),
        "problem": mail.in_a_line(run.problem),  # which may name things
    }
    mail.send(
        recipient=held.user.email,
        kind=MailKind.AUDIT,
        subject=render_to_string("mail/unstarted_audit_subject.txt", words),
        body=render_to_string("mail/unstarted_audit_body.txt", words),
        lasts=_LASTS,
    )
