"""What people write in the checklist: answers, who sees to what, and that something is left out."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import Answer, WorkStatus
from audits.guidance import findings
from audits.models import ChecklistItem, Client, User
from audits.queries.checklist_view import revision_of
from audits.services import activity, changes, checklist
from audits.services.errors import InvalidInput, NotPossible

_ANSWER = ("answer", "reason", "status")
_BESIDE = frozenset({"owner", "owner_name", "due", "note", "status"})
_SIGNED = ("answered_by", "answered_at", "confirmed_by", "confirmed_at")


@transaction.atomic
def answer(
    *,
    item: ChecklistItem,
    actor: User,
    answer: Answer,
    reason: str = "",
    beside: Mapping[str, Any] | None = None,
) -> ChecklistItem:
    """Record how a control stands; what stands beside the answer changes where it is given.

    Leaving a control out needs a reason, and counts once another person has confirmed it.
    Raises InvalidInput on "reason".
    """
    if answer == Answer.NOT_APPLICABLE and not reason.strip():
        raise InvalidInput(
            "reason", "A control can only be left out with a reason.", "Say why it does not apply."
        )
    _hold([item])
    given = {name: value for name, value in (beside or {}).items() if name in _BESIDE}
    # A form may have written into `item` already: what stood there before is in the database.
    stored = _locked(item)
    for name, value in given.items():
        setattr(item, name, value)
    item.answer, item.reason = answer, reason.strip()
    if _is_said_again(item, stored):
        for name in _SIGNED:
            setattr(item, name, getattr(stored, name))
    else:
        _sign(item, actor)
    if answer == Answer.NOT_APPLICABLE or given.get("status", stored.status) == stored.status:
        item.status = _status_after(item, stored)
    fields = {*_ANSWER, *given}
    _own_date(item, stored)
    item.save(update_fields=[*fields, *_SIGNED, "dated_by_finding"])
    _log(item, stored, actor, "answered", fields)
    if item.control in findings.BY_ANSWER and item.answer != stored.answer:
        checklist.refresh(client=item.client)
    return item


def _hold(items: Iterable[ChecklistItem]) -> None:
    """Lock the client before its items where an answer can be a finding, as a refresh does."""
    telling = {item.client_id for item in items if item.control in findings.BY_ANSWER}
    if telling:
        list(Client.objects.select_for_update(no_key=True).filter(pk__in=telling).order_by("pk"))


def _is_said_again(item: ChecklistItem, stored: ChecklistItem) -> bool:
    """Say whether a control was left out before, for the same reason: its confirmation holds."""
    before, now = (stored.answer, stored.reason), (item.answer, item.reason)
    return item.answer == Answer.NOT_APPLICABLE and before == now


def _sign(item: ChecklistItem, actor: User) -> None:
    """Say who answered and when; nobody has confirmed it yet."""
    answered = item.answer != Answer.UNANSWERED
    item.answered_by = actor if answered else None
    item.answered_at = timezone.now() if answered else None
    item.confirmed_by, item.confirmed_at = None, None


def _status_after(item: ChecklistItem, stored: ChecklistItem) -> str:
    """What an answer alone says of the work, where nobody has said more."""
    if item.answer == Answer.NOT_APPLICABLE:
        return WorkStatus.DONE if item.confirmed_at else WorkStatus.IN_REVIEW
    if item.answer == stored.answer:
        return stored.status
    if item.answer == Answer.YES:
        begun = stored.status in (WorkStatus.TO_DO, WorkStatus.IN_PROGRESS)
        return WorkStatus.DONE if begun else stored.status
    was_done = stored.answer in (Answer.YES, Answer.NOT_APPLICABLE)
    return WorkStatus.TO_DO if was_done else stored.status


@transaction.atomic
def confirm(*, item: ChecklistItem, actor: User, seen: str) -> ChecklistItem:
    """Say as another person that a control does not apply: from now on it counts so.

    `seen` is the revision of the answer that was read. Raises NotPossible if it is another by now.
    """
    stored = _waiting(item, seen)
    if stored.answered_by_id == actor.pk:
        raise NotPossible(_("Another person has to confirm what you left out."))
    item.confirmed_by, item.confirmed_at = actor, timezone.now()
    item.status = WorkStatus.DONE
    item.save(update_fields=["confirmed_by", "confirmed_at", "status"])
    _log(item, stored, actor, "confirmed", ("status",))
    return item


@transaction.atomic
def send_back(*, item: ChecklistItem, actor: User, seen: str) -> ChecklistItem:
    """Say that a control does apply: its question is open again. `seen` is as in `confirm`."""
    stored = _waiting(item, seen)
    item.answer, item.reason, item.status = Answer.UNANSWERED, "", WorkStatus.TO_DO
    _sign(item, actor)
    item.save(update_fields=[*_ANSWER, *_SIGNED])
    _log(item, stored, actor, "sent_back", _ANSWER)
    return item


@transaction.atomic
def assign(
    *, items: Iterable[ChecklistItem], actor: User, owner: User | None, owner_name: str = ""
) -> int:
    """Have somebody see to these controls; a name stands for whoever has no account."""
    given = {"owner": owner, "owner_name": owner_name.strip() if owner is None else ""}
    return sum(_set(item, actor, "assigned", given) for item in items)


@transaction.atomic
def set_due(*, items: Iterable[ChecklistItem], actor: User, due: date | None) -> int:
    """Set one date for all of these controls, or none."""
    return sum(_set(item, actor, "dated", {"due": due}) for item in items)


@transaction.atomic
def leave_out(*, items: Iterable[ChecklistItem], actor: User, reason: str) -> int:
    """Say of all of these controls that they do not apply; each waits for its confirmation."""
    made, items = 0, list(items)
    _hold(items)
    for item in items:
        if item.answer != Answer.NOT_APPLICABLE:
            answer(item=item, actor=actor, answer=Answer.NOT_APPLICABLE, reason=reason)
            made += 1
    return made


def _set(item: ChecklistItem, actor: User, verb: str, given: Mapping[str, Any]) -> bool:
    """Write these fields of one item; say whether anything changed."""
    stored = _locked(item)
    for name, value in given.items():
        setattr(item, name, value)
    if not changes.between(stored, item, given):
        return False
    _own_date(item, stored)
    item.save(update_fields=[*given, "dated_by_finding"])
    _log(item, stored, actor, verb, given)
    return True


def _own_date(item: ChecklistItem, stored: ChecklistItem) -> None:
    """A date that somebody sets is theirs, and outlasts the finding."""
    item.dated_by_finding = stored.dated_by_finding and item.due == stored.due


def _locked(item: ChecklistItem) -> ChecklistItem:
    rows = ChecklistItem.objects.select_for_update(no_key=True)
    return rows.get(pk=item.pk)


def _waiting(item: ChecklistItem, seen: str) -> ChecklistItem:
    stored = _locked(item)
    if stored.answer != Answer.NOT_APPLICABLE or stored.confirmed_at is not None:
        raise NotPossible(_("Nothing waits for a confirmation here."))
    if revision_of(stored) != seen:
        raise NotPossible(
            _("The reason has changed since you opened the page. Read it again, then decide.")
        )
    return stored


def _log(
    item: ChecklistItem, stored: ChecklistItem, actor: User, verb: str, fields: Iterable[str]
) -> None:
    told = changes.between(stored, item, set(fields))
    activity.record(client=item.client, actor=actor, verb=verb, obj=item, details={"fields": told})
