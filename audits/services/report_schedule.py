"""Planning reports that are made again and again, for whom, and when that stops."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import SECTIONS_OF, ReportKind, ReportRhythm
from audits.models import Client, Membership, ReportSchedule, ReportScheduleReader, User
from audits.queries import report_readers
from audits.queries import report_schedule as schedules
from audits.services import activity, changes
from audits.services.errors import InvalidInput, NotPossible
from audits.services.schedule import end, go_on, halt, refuse_the_day

# As many as somebody can keep in mind, and letters that go out by themselves.
MOST_SCHEDULES = 10
MOST_READERS = 20
# Each may send letters today: whoever plans and deletes in turn is slowed down.
MOST_A_DAY = 20
_DAY = timedelta(days=1)
OUTSIDE = "outside"
"""Code of the refusal to save people outside the client before somebody has confirmed them."""


@dataclass(frozen=True, kw_only=True)
class People:
    """For whom a schedule is: people of the client, and addresses as they were typed."""

    readers: Sequence[Membership] = ()
    further: Sequence[str] = ()
    hidden: Sequence[str] = ()
    outside_is_meant: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is made, how often, from which day on, and whether it waits for a look."""

    rhythm: ReportRhythm
    next_on: date
    sections: Sequence[str]
    held: bool = True
    portal: str = ""


@transaction.atomic
def create(
    *, client: Client, actor: User, kind: ReportKind, plan: Plan, people: People
) -> ReportSchedule:
    """Plan a report. Raises InvalidInput, and NotPossible where the client gets none."""
    if not schedules.may_have_any(client):
        raise NotPossible(_("No reports are made for this client."))
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # two at once wait
    if schedules.planned_since(client, timezone.now() - _DAY) >= MOST_A_DAY:
        raise NotPossible(_("Too many reports were planned here today. Plan more tomorrow."))
    if schedules.of_client(client).count() >= MOST_SCHEDULES:
        raise NotPossible(_("There are as many schedules as can be kept. Delete one first."))
    refuse_the_day(client=client, day=plan.next_on)
    found = _people(client, people, known=frozenset(), held=plan.held)
    schedule = ReportSchedule.objects.create(
        provider_id=client.provider_id,
        client=client,
        kind=kind,
        created_by=actor,
        **_values(kind, plan),
    )
    _set_readers(schedule, found)
    _record(schedule, actor, "planned", {"next on": plan.next_on.isoformat()}, found)
    return schedule


@transaction.atomic
def edit(*, schedule: ReportSchedule, actor: User, plan: Plan, people: People) -> ReportSchedule:
    """Change a schedule; the report of a day that was begun stays as it is."""
    stored = _locked(schedule)
    if plan.next_on != stored.next_on:
        refuse_the_day(client=schedule.client, day=plan.next_on)
    known = frozenset(schedule.readers.values_list("user_id", flat=True))
    found = _people(schedule.client, people, known=known, held=plan.held)
    values = _values(ReportKind(schedule.kind), plan)
    if plan.next_on == stored.next_on:
        values["day_of_month"] = stored.day_of_month  # the 31st, though this month has 30 days
    changed = changes.write(schedule, values)
    told = {
        name: {when: str(value) for when, value in change.items()}
        for name, change in changed.items()
        if name not in ("portal", "day_of_month")
    }
    before = frozenset(schedule.readers.filter(is_hidden=False).values_list("user_id", flat=True))
    _set_readers(schedule, found)
    # A change of hidden readers alone is no line that people of the client could wonder about.
    if told or before != {row.user_id for row in found.shown}:
        _record(schedule, actor, "changed", {"fields": told}, found)
    else:
        _record_hidden(schedule, actor)
    return schedule


@transaction.atomic
def pause(*, schedule: ReportSchedule, actor: User) -> None:
    """Let no further report be made until somebody lets it go on."""
    locked = _locked(schedule)
    halt(locked=locked)
    _record(locked, actor, "paused", {}, None)


@transaction.atomic
def resume(*, schedule: ReportSchedule, actor: User) -> ReportSchedule:
    """Let it go on with its next day from today on: what lies behind is not made up for."""
    locked = _locked(schedule)
    go_on(locked=locked)
    _record(locked, actor, "resumed", {"next on": locked.next_on.isoformat()}, None)
    return locked


@transaction.atomic
def delete(*, schedule: ReportSchedule, actor: User) -> None:
    """End a schedule and forget its people; its reports stay, and what came of each day."""
    locked = _locked(schedule)
    locked.readers.all().delete()
    end(locked=locked)
    _record(locked, actor, "deleted", {}, None)


def _locked(schedule: ReportSchedule) -> ReportSchedule:
    rows = ReportSchedule.objects.select_for_update(of=("self",)).select_related("client")
    found = rows.filter(pk=schedule.pk, deleted_at=None).first()
    if found is None:
        raise NotPossible(_("This schedule was deleted already."))
    return found


def _values(kind: ReportKind, plan: Plan) -> dict[str, object]:
    known = [one.value for one in SECTIONS_OF[kind]]
    return {
        "rhythm": plan.rhythm,
        "next_on": plan.next_on,
        "day_of_month": plan.next_on.day,
        "sections": [name for name in known if name in plan.sections],
        "held": plan.held,
        "portal": plan.portal,
    }


@dataclass(frozen=True, kw_only=True)
class _Found:
    shown: list[Membership]
    hidden: list[Membership]


def _people(client: Client, given: People, *, known: frozenset[int], held: bool) -> _Found:
    """Find the people; `known` are on the list already, and need no second confirmation."""
    today = report_readers.by_address(client)
    may_read = {row.user_id for row in today.values()}
    further = _of_addresses(client, given.further, today, "further")
    hidden = _once(_of_addresses(client, given.hidden, today, "hidden"))
    unseen = {row.user_id for row in hidden}
    listed = [row for row in given.readers if row.user_id in may_read]
    shown = [row for row in _once([*listed, *further]) if row.user_id not in unseen]
    if not held and not shown:
        raise InvalidInput("readers", _("Choose at least one person, or hold it for review."))
    if len(shown) + len(hidden) > MOST_READERS:
        raise InvalidInput(
            "further", _("A schedule is for %(most)s people at most.") % {"most": MOST_READERS}
        )
    outside = [row for row in (*shown, *hidden) if row.client_id is None]
    new = [row for row in outside if row.user_id not in known]
    if new and not given.outside_is_meant:
        raise InvalidInput("outside_is_meant", _outside(client, new), code=OUTSIDE)
    return _Found(shown=shown, hidden=hidden)


def _of_addresses(
    client: Client, typed: Iterable[str], known: dict[str, Membership], field: str
) -> list[Membership]:
    """The people behind addresses; each has to be able to log in and read the reports."""
    missing = [one for one in typed if one.casefold() not in known]
    if missing:
        raise InvalidInput(
            field,
            ngettext(
                "Nobody with this address can log in and read the reports of %(client)s:"
                " %(people)s.",
                "Nobody with these addresses can log in and read the reports of %(client)s:"
                " %(people)s.",
                len(missing),
            )
            % {"client": client.name, "people": ", ".join(missing)},
            _("Invite them first: a link opens nothing without a login."),
        )
    return [known[one.casefold()] for one in typed]


def _outside(client: Client, people: Sequence[Membership]) -> str:
    words = ngettext(
        "This person does not belong to %(client)s: %(people)s. Tick this if the report is meant"
        " for them.",
        "These people do not belong to %(client)s: %(people)s. Tick this if the report is meant"
        " for them.",
        len(people),
    )
    named = ", ".join(row.user.email for row in people)
    return words % {"people": named, "client": client.name}


def _once(rows: Iterable[Membership]) -> list[Membership]:
    return list({row.user_id: row for row in rows}.values())


def _set_readers(schedule: ReportSchedule, found: _Found) -> None:
    schedule.readers.all().delete()
    ReportScheduleReader.objects.bulk_create(
        ReportScheduleReader(
            provider_id=schedule.provider_id,
            client_id=schedule.client_id,
            schedule=schedule,
            user_id=row.user_id,
            is_hidden=is_hidden,
        )
        for rows, is_hidden in ((found.shown, False), (found.hidden, True))
        for row in rows
    )


def _record_hidden(schedule: ReportSchedule, actor: User) -> None:
    activity.record_at_provider(
        provider_id=schedule.provider_id,
        actor=actor,
        verb="changed",
        obj=schedule,
        details={"client": schedule.client.name},
    )


def _record(
    schedule: ReportSchedule,
    actor: User,
    verb: str,
    details: dict[str, object],
    found: _Found | None,
) -> None:
    """Write the line; people of the client read it, so it names nobody who gets a hidden copy."""
    named = {"people": [row.user.email for row in found.shown]} if found is not None else {}
    activity.record(
        client=schedule.client, actor=actor, verb=verb, obj=schedule, details={**details, **named}
    )
