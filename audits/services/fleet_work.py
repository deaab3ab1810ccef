"""Work for many clients at once: audits, reports, a starter set.

Each client by itself, and of each client each model: what cannot be done is said by name and stops
nothing else.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.enums import (
    ACTIVE_STATES,
    AUDIT_KINDS,
    AuditRhythm,
    ReportKind,
    StarterSet,
)
from audits.guidance.starter_sets import STARTER_SETS
from audits.models import Client, Report, ReportSending
from audits.queries import (
    audit_repeat,
    report_outbox,
    report_periods,
    report_readers,
)
from audits.queries import checklist as checklists
from audits.queries import report as reports
from audits.queries.audit_repeat import Repeat
from audits.queries.report_content import Wish
from audits.queries.report_outbox import ToSend
from audits.services import audit_repeat as again
from audits.services import checklist, checklist_answer, list_bulk, report, report_sending
from audits.services.errors import NotPossible, ServiceError
from audits.services.list_bulk import Line, Outcome

Link = Callable[[Client, ReportSending], str]


@dataclass(frozen=True, kw_only=True)
class Work:
    """How much was begun, at which clients, and what was not, by client and with its reason."""

    made: int = 0
    done: list[Client] = field(default_factory=list)
    refused: list[tuple[Client, str]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)


Step = Callable[[], int]


def _each(clients: Iterable[Client], steps: Callable[[Client], Iterable[tuple[str, Step]]]) -> Work:
    """Take each step of each client for itself; a step is called by a name, or by none."""
    made, done, refused = 0, list[Client](), list[tuple[Client, str]]()
    for client in clients:
        count = 0
        for name, step in _listed(client, steps, refused):
            try:
                with transaction.atomic():
                    count += step()
            except ServiceError as error:
                refused.append((client, _called(name, error)))
        made += count
        if count:
            done.append(client)
    return Work(made=made, done=done, refused=refused)


def _listed(
    client: Client,
    steps: Callable[[Client], Iterable[tuple[str, Step]]],
    refused: list[tuple[Client, str]],
) -> list[tuple[str, Step]]:
    try:
        return list(steps(client))
    except ServiceError as error:
        refused.append((client, str(error)))
        return []


def _called(name: str, error: ServiceError) -> str:
    if not name:
        return str(error)
    return _("“%(model)s”: %(reason)s") % {"model": name, "reason": error}


def audit_again(*, actor: Actor, clients: Iterable[Client]) -> Work:
    """Measure every model in use once more, as its newest finished audit measured it."""

    def steps(client: Client) -> Iterable[tuple[str, Step]]:
        list_bulk.require_open(actor=actor, client=client, action="audit.start")
        found = _in_use(client)
        return [(one.model.name, partial(_repeat, actor=actor, one=one)) for one in found]

    return _each(clients, steps)


def _repeat(*, actor: Actor, one: Repeat) -> int:
    again.repeat(one=one, actor=actor.user)
    return 1


def schedule_audits(
    *, actor: Actor, clients: Iterable[Client], rhythm: AuditRhythm, next_on: date
) -> Outcome:
    """Have every model in use that was measured once measured again and again."""
    outcome = Outcome()
    for client in clients:
        try:
            list_bulk.require_open(actor=actor, client=client, action="audit.start")
            found = _in_use(client)
        except ServiceError as error:
            outcome.refused.append(Line(name=client.name, note=str(error), slug=client.slug))
            continue
        planned = list_bulk.plan_each(
            client=client, found=found, actor=actor.user, rhythm=rhythm, next_on=next_on
        )
        outcome.add(planned, at=client.name)
    return outcome


def _in_use(client: Client) -> list[Repeat]:
    found = audit_repeat.of_client(client)
    if not found:
        raise NotPossible(_("No model is in use there."))
    return found


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which report is wanted of each of several clients, and of which quarter."""

    kind: ReportKind = ReportKind.OWNER_SUMMARY
    period: str = ""
    held: bool = False


def make_reports(
    *, actor: Actor, clients: Iterable[Client], check_at: str, asked: Asked | None = None
) -> Work:
    """Make a report of each client; one about an audit is of the model rated worst there."""
    wanted = asked or Asked()
    reports_made: list[Report] = []

    def make(client: Client) -> int:
        Client.objects.select_for_update(no_key=True).get(
            pk=client.pk
        )  # a second click waits, and sees it
        wish = _wish(client, wanted)
        _refuse_twice(client, wish)
        made = report.make(client=client, wish=wish, actor=actor.user, check_at=check_at)
        reports_made.append(made)
        return 1

    return replace(_each(clients, _one_step(actor, "report.create", make)), reports=reports_made)


def _wish(client: Client, asked: Asked) -> Wish:
    period = report_periods.by_key(asked.period, client, timezone.now()) if asked.period else None
    if asked.period and period is None:
        raise NotPossible(_("It was not listed yet in that quarter."))
    speaking = None
    if asked.kind in AUDIT_KINDS:
        speaking = reports.worst_audit(client)
        if speaking is None:
            raise NotPossible(_("No audit of a model in use is finished there."))
    elif period is None:
        raise NotPossible(_("Choose a quarter."))
    return Wish(kind=asked.kind, audit=speaking, period=period, held=asked.held)


def _refuse_twice(client: Client, wish: Wish) -> None:
    same = Report.objects.filter(
        client=client,
        kind=wish.kind,
        audit=wish.audit,
        period_start=wish.period.first if wish.period is not None else None,
    )
    if same.filter(job__state__in=ACTIVE_STATES).exists():
        raise NotPossible(_("This report is being made already."))


def outbox(*, actor: Actor, clients: Iterable[Client]) -> list[ToSend]:
    """What would go out at those of these clients whose reports the actor may send."""
    return report_outbox.to_send(one for one in clients if access.may(actor, "report.send", one))


def send_reports(
    *, actor: Actor, clients: Iterable[Client], link: Link, shown: Collection[int]
) -> Work:
    """Mail a link to the newest report that is ready at each client and was never sent.

    `shown` are the reports that somebody has looked at: another one does not go in their place.
    """
    listed = list(clients)
    ready = {one.client.pk: one for one in outbox(actor=actor, clients=listed)}

    def send(client: Client) -> int:
        one = ready[client.pk]
        if one.report is None:
            raise NotPossible(_("No report is ready to be sent."))
        if one.report.pk not in shown:
            raise NotPossible(_("Another report is ready by now: look at it first."))
        readers, hidden = _people(one)
        if not readers:
            raise NotPossible(_("There is nobody to send it to: invite the owner first."))
        report_sending.send(
            report=one.report,
            actor=actor.user,
            readers=readers,
            hidden=hidden,
            link=lambda sending: link(client, sending),
            only_first=True,
        )
        return 1

    return _each(listed, _one_step(actor, "report.send", send))


def _people(one: ToSend) -> report_readers.People:
    """The people of the report's schedule who may read it today, else the owner of the client."""
    listed = one.run.schedule.readers.all() if one.run is not None else ()
    found = report_readers.sendable(one.client, listed)
    return found.shown or list(reports.readers_of(one.client)), found.hidden


def apply_set(*, actor: Actor, clients: Iterable[Client], starter: StarterSet, due: date) -> Work:
    """Put a starter set on the plan: what of it is open and has no date is due on this day."""

    def apply(client: Client) -> int:
        if starter == StarterSet.PROVIDER and not client.is_house:
            raise NotPossible(_("This set is for your own company alone."))
        checklist.refresh(client=client)
        asked = [
            row.item
            for row in checklists.rows(client)
            if row.control.id in STARTER_SETS[starter]
            and row.is_open
            and not (row.is_left or row.is_waiting or row.item.due)
        ]
        if not asked:
            raise NotPossible(_("Nothing of this set is open there without a date."))
        return checklist_answer.set_due(items=asked, actor=actor.user, due=due)

    return _each(clients, _one_step(actor, "checklist.manage", apply))


def _one_step(
    actor: Actor, action: str, step: Callable[[Client], int]
) -> Callable[[Client], Iterable[tuple[str, Step]]]:
    def steps(client: Client) -> Iterable[tuple[str, Step]]:
        list_bulk.require_open(actor=actor, client=client, action=action)
        return [("", lambda: step(client))]

    return steps
