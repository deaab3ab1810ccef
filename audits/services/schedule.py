"""What schedules of audits and of reports have in common: a day in sight, a pause, an end of it."""

from datetime import date, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import AuditRhythm, ReportRhythm
from audits.models import AuditSchedule, Client, ReportSchedule
from audits.queries import report_schedule as schedules
from audits.services.errors import InvalidInput, NotPossible

FARTHEST: Final = timedelta(days=2 * 365)

Schedule = AuditSchedule | ReportSchedule


def refuse_the_day(*, client: Client, day: date) -> None:
    """Raise InvalidInput on "next_on" where nothing can be planned for this day."""
    today = schedules.today_at(client)
    if not today <= day <= today + FARTHEST:
        raise InvalidInput("next_on", _("Choose a day from today on, two years ahead at most."))


def halt(*, locked: Schedule) -> None:
    """Let nothing further come of it until somebody lets it go on."""
    if locked.paused_at is not None:
        raise NotPossible(_("This schedule is paused already."))
    locked.paused_at = timezone.now()
    locked.save(update_fields=["paused_at"])


def go_on(*, locked: Schedule) -> None:
    """Let it go on with its next day from today on: what lies behind is not made up for."""
    if locked.paused_at is None:
        raise NotPossible(_("This schedule is not paused."))
    rhythm = (
        AuditRhythm(locked.rhythm)
        if isinstance(locked, AuditSchedule)
        else ReportRhythm(locked.rhythm)
    )
    today = schedules.today_at(locked.client)
    days = schedules.days_from(locked.next_on, rhythm=rhythm, day_of_month=locked.day_of_month)
    locked.paused_at, locked.next_on = None, next(day for day in days if day >= today)
    locked.save(update_fields=["paused_at", "next_on"])


def end(*, locked: Schedule) -> None:
    """End it; what came of its days stays."""
    locked.deleted_at = timezone.now()
    locked.save(update_fields=["deleted_at"])
