"""Planning that a model is measured again and again, and when that stops."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audits.enums import AuditRhythm, Lifecycle
from audits.models import AIModel, AuditSchedule, User
from audits.queries import audit_schedule as schedules
from audits.queries.audit_repeat import Repeat
from audits.services import activity, audit_repeat, changes
from audits.services.errors import NotPossible
from audits.services.schedule import end, go_on, halt, refuse_the_day


@transaction.atomic
def save(*, model: AIModel, actor: User, rhythm: AuditRhythm, next_on: date) -> AuditSchedule:
    """Plan the audits of a model, or change how they are planned.

    Raises InvalidInput on "next_on", and NotPossible for what is measured no more.
    """
    rows = AIModel.objects.select_for_update(no_key=True, of=("self",)).select_related("client")
    known = rows.get(pk=model.pk)  # two at once wait
    if not schedules.may_have_any(known.client):
        raise NotPossible(_("No audits are planned for this client."))
    if known.lifecycle == Lifecycle.RETIRED:
        raise NotPossible(_("It is retired."))
    stored = _living().filter(model=known).first()
    if stored is not None:
        return _changed(stored, actor, rhythm, next_on)
    refuse_the_day(client=known.client, day=next_on)
    made = AuditSchedule.objects.create(
        provider_id=known.provider_id,
        client=known.client,
        model=known,
        rhythm=rhythm,
        next_on=next_on,
        day_of_month=next_on.day,
        created_by=actor,
    )
    _record(made, actor, "planned", {"next on": next_on.isoformat()})
    return made


def _changed(
    stored: AuditSchedule, actor: User, rhythm: AuditRhythm, next_on: date
) -> AuditSchedule:
    values: dict[str, object] = {"rhythm": rhythm}
    if next_on != stored.next_on:  # else the 31st stays, though this month has 30 days
        refuse_the_day(client=stored.client, day=next_on)
        values |= {"next_on": next_on, "day_of_month": next_on.day}
    told = {
        name: {when: str(value) for when, value in change.items()}
        for name, change in changes.write(stored, values).items()
        if name != "day_of_month"
    }
    if told:
        _record(stored, actor, "changed", {"fields": told})
    return stored


@transaction.atomic
def save_measured(
    *, one: Repeat, actor: User, rhythm: AuditRhythm, next_on: date
) -> AuditSchedule | None:
    """The same for one of many models: what has no audit to repeat, or is paused, is refused.

    Returns the schedule as it was before, if there was one.
    """
    audit_repeat.measured(one=one)
    before = AuditSchedule.objects.filter(model=one.model, deleted_at=None).first()
    if before is not None and before.paused_at is not None:
        raise NotPossible(_("Its schedule is paused. Resume it first."))
    save(model=one.model, actor=actor, rhythm=rhythm, next_on=next_on)
    return before


@transaction.atomic
def pause(*, schedule: AuditSchedule, actor: User) -> None:
    """Let no further audit be started until somebody lets it go on."""
    locked = _locked(schedule)
    halt(locked=locked)
    _record(locked, actor, "paused", {})


@transaction.atomic
def resume(*, schedule: AuditSchedule, actor: User) -> AuditSchedule:
    """Let it go on with its next day from today on: what lies behind is not made up for."""
    locked = _locked(schedule)
    go_on(locked=locked)
    _record(locked, actor, "resumed", {"next on": locked.next_on.isoformat()})
    return locked


@transaction.atomic
def delete(*, schedule: AuditSchedule, actor: User) -> None:
    """End a schedule; its audits stay, and what came of each day."""
    _end(_locked(schedule), actor, "deleted")


@transaction.atomic
def end_of(*, model: AIModel, actor: User) -> None:
    """End the schedule of a model that goes out of use, if it has one."""
    for stored in _living().filter(model=model):
        _end(stored, actor, "ended")


def _end(locked: AuditSchedule, actor: User, verb: str) -> None:
    end(locked=locked)
    _record(locked, actor, verb, {})


def _living() -> QuerySet[AuditSchedule]:
    rows = AuditSchedule.objects.select_for_update(of=("self",))
    return rows.select_related("client", "model").filter(deleted_at=None)


def _locked(schedule: AuditSchedule) -> AuditSchedule:
    found = _living().filter(pk=schedule.pk).first()
    if found is None:
        raise NotPossible(_("This schedule was deleted already."))
    return found


def _record(schedule: AuditSchedule, actor: User, verb: str, details: dict[str, object]) -> None:
    activity.record(client=schedule.client, actor=actor, verb=verb, obj=schedule, details=details)
