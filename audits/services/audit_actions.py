"""What an audit advises becomes somebody's work with a date: the plan of its client."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from audits.models import User
from audits.queries.audit import Result
from audits.services import checklist_answer

_USUAL = timedelta(days=30)


@transaction.atomic
def put_on_plan(*, result: Result, actor: User) -> int:
    """Give each advised action that has nobody or no date a person and a day; say to how many.

    What somebody has taken on, or dated, stays as it is. The day is until when the rating is to be
    acted on where it lies ahead, else a month from now.
    """
    client = result.audit.client
    zone = ZoneInfo(client.time_zone)
    today = timezone.now().astimezone(zone).date()
    until = result.deadline.at.astimezone(zone).date() if result.deadline is not None else None
    due = until if until is not None and until > today else today + _USUAL
    changed = 0
    for row in result.actions:
        item, given = row.item, False
        if not (item.owner_id or item.owner_name):
            given |= bool(checklist_answer.assign(items=[item], actor=actor, owner=actor))
        if item.due is None:
            given |= bool(checklist_answer.set_due(items=[item], actor=actor, due=due))
        changed += given
    return changed
