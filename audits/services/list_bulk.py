"""One change to many rows of a client's list: each by itself, so that none stops another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from django.db import models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.enums import Answer, AuditRhythm, ClientState, Lifecycle
from audits.models import AIModel, AITool, Audit, AuditSchedule, ChecklistItem, Client, User
from audits.queries import audit_repeat, authorisation, checklist
from audits.queries.audit_repeat import Repeat
from audits.services import ai_model, audit, audit_schedule, checklist_answer, tool
from audits.services import audit_repeat as again
from audits.services.errors import Forbidden, NotPossible, ServiceError

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, kw_only=True)
class Line:
    """What became of one row, and to which client and model it leads, if it is of one."""

    name: str
    note: str = ""
    slug: str = ""
    model: int | None = None


@dataclass(kw_only=True)
class Outcome:
    """Which rows are as they were asked to be, and which are not, and why: it grows row by row.

    `waiting` are saved, and begin once somebody records the permission that their notes miss.
    """

    done: list[Line] = field(default_factory=list)
    waiting: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)

    @property
    def saved(self) -> int:
        return len(self.done) + len(self.waiting)

    def add(self, other: "Outcome", *, at: str) -> None:
        """Take over the rows of another list, called by the place that they are `at` as well."""
        for own, more in (
            (self.done, other.done),
            (self.waiting, other.waiting),
            (self.refused, other.refused),
        ):
            own.extend(replace(line, name=f"{at}: {line.name}") for line in more)


def require_open(*, actor: Actor, client: Client, action: str) -> None:
    """Raise Forbidden where the actor may not do this, NotPossible where nothing is done any more.

    For rows of several clients: the door of a list of them all has asked about none of them.
    """
    if not access.may(actor, action, client):
        raise Forbidden(_("You may not do this at this client."), action=action, obj=client)
    if client.state == ClientState.ARCHIVED:
        raise NotPossible(_("It is archived."))


def _each(
    rows: Iterable[Row], change: Callable[[Row], object], called: Callable[[Row], str] = str
) -> Outcome:
    outcome = Outcome()
    for row in rows:
        try:
            with transaction.atomic():
                change(row)
        except ServiceError as error:
            outcome.refused.append(Line(name=called(row), note=str(error)))
        else:
            outcome.done.append(Line(name=called(row)))
    return outcome


def set_owner(*, listed: Iterable[AIModel], actor: User, owner_name: str) -> Outcome:
    """Say who answers for these models; an empty name takes the one away that is there."""
    return _change(listed, actor, "owner_name", owner_name.strip())


def set_review(*, listed: Iterable[AIModel], actor: User, day: date) -> Outcome:
    """Say when these models are looked at again; what is retired is not looked at."""
    return _change(listed, actor, "next_review", day, in_use=True)


def retire(*, listed: Iterable[AIModel], actor: User) -> Outcome:
    """Take these models out of use: their results stay, and nothing asks about them any more."""
    return _change(listed, actor, "lifecycle", Lifecycle.RETIRED, in_use=True)


def _change(
    listed: Iterable[AIModel], actor: User, name: str, value: object, *, in_use: bool = False
) -> Outcome:
    def change(model: AIModel) -> None:
        if in_use:
            _refuse_retired(model)
        if getattr(model, name) != value:
            ai_model.edit(model=model, actor=actor, values={name: value})

    return _each(listed, change)


def _refuse_retired(model: AIModel) -> None:
    if model.lifecycle == Lifecycle.RETIRED:
        raise NotPossible(_("It is retired."))


def audit_again(*, client: Client, listed: Iterable[AIModel], actor: User) -> Outcome:
    """Measure each of these models once more, as its newest finished audit measured it."""
    known = {one.model.pk: one for one in audit_repeat.of_client(client)}

    def start(model: AIModel) -> None:
        _refuse_retired(model)
        again.repeat(one=known[model.pk], actor=actor)

    return _each(listed, start)


def schedule(
    *, client: Client, listed: Iterable[AIModel], actor: User, rhythm: AuditRhythm, next_on: date
) -> Outcome:
    """Have each of these models measured again and again; that takes one audit to repeat."""
    known = {one.model.pk: one for one in audit_repeat.of_client(client)}
    models_ = list(listed)
    found = [known[model.pk] for model in models_ if model.pk in known]
    outcome = plan_each(client=client, found=found, actor=actor, rhythm=rhythm, next_on=next_on)
    outcome.refused.extend(
        _line(client, model, _("It is retired.")) for model in models_ if model.pk not in known
    )
    return outcome


def plan_each(
    *, client: Client, found: Iterable[Repeat], actor: User, rhythm: AuditRhythm, next_on: date
) -> Outcome:
    """Plan these models of one client, each by itself: what was planned before is replaced."""
    listed, outcome = list(found), Outcome()
    allowed = authorisation.last_days(one.model for one in listed)
    for one in listed:
        try:
            before = audit_schedule.save_measured(
                one=one, actor=actor, rhythm=rhythm, next_on=next_on
            )
        except ServiceError as error:
            outcome.refused.append(_line(client, one.model, str(error)))
            continue
        replaced, missing = _replaced(before), _missing(allowed.get(one.model.pk), next_on)
        line = _line(client, one.model, " ".join(filter(None, (missing, replaced))))
        (outcome.waiting if missing else outcome.done).append(line)
    return outcome


def _line(client: Client, model: AIModel, note: str) -> Line:
    return Line(name=model.name, note=note, slug=client.slug, model=model.pk)


def _replaced(before: AuditSchedule | None) -> str:
    """How the model was planned until now."""
    if before is None:
        return ""
    return _("Replaced the plan with its next day on %(day)s. It was: %(rhythm)s.") % {
        "rhythm": before.get_rhythm_display(),
        "day": date_format(before.next_on, "j M Y"),
    }


def _missing(allowed_until: date | None, next_on: date) -> str:
    """What its first audit lacks, as things stand."""
    if allowed_until is None:
        return _("Nobody has allowed an audit, or the permission has ended.")
    if allowed_until < next_on:
        day = date_format(allowed_until, "j M Y")
        return _("The permission ends on %(day)s, before the first audit.") % {"day": day}
    return ""


def ask(*, listed: Iterable[AITool], actor: User, reason: str) -> Outcome:
    """Ask for a new decision about each of these tools; somebody else takes it."""
    return _each(listed, lambda row: tool.ask(tool=row, actor=actor, reason=reason))


def acknowledge(*, listed: Iterable[Audit], actor: User) -> Outcome:
    """Leave it at these failures: none of them asks for attention any more."""
    return _each(listed, lambda row: audit.acknowledge(audit=row, actor=actor), called=_audit_name)


def _audit_name(row: Audit) -> str:
    words = {"n": row.pk, "model": row.model_version.model.name}
    return _("Audit %(n)s of %(model)s") % words


def assign(
    *, items: Iterable[ChecklistItem], actor: User, owner: User | None, plain: bool
) -> Outcome:
    """Have somebody see to these actions, or nobody."""
    return _each_action(
        items,
        lambda item: checklist_answer.assign(items=[item], actor=actor, owner=owner),
        plain=plain,
    )


def set_due(
    *, items: Iterable[ChecklistItem], actor: User, due: date | None, plain: bool
) -> Outcome:
    """Set one day for all of these actions, or none."""
    return _each_action(
        items,
        lambda item: checklist_answer.set_due(items=[item], actor=actor, due=due),
        plain=plain,
    )


def mark_done(*, items: Iterable[ChecklistItem], actor: User, reason: str, plain: bool) -> Outcome:
    """Answer that these actions are in place, and say what makes it so."""

    def change(item: ChecklistItem) -> None:
        if item.retired_from_id is not None:
            raise NotPossible(_("The catalogue asks for it no longer."))
        if not reason.strip():
            raise NotPossible(_("Say what was done."))
        checklist_answer.answer(item=item, actor=actor, answer=Answer.YES, reason=reason)

    return _each_action(items, change, plain=plain)


def kept(*, items: Iterable[ChecklistItem], reason: str) -> Outcome:
    """Actions that all stay as they are, for one reason."""

    def refuse(_item: ChecklistItem) -> None:
        raise NotPossible(reason)

    return _each_action(items, refuse, plain=False)


def _each_action(
    items: Iterable[ChecklistItem], change: Callable[[ChecklistItem], object], *, plain: bool
) -> Outcome:
    """Actions are called by their names as the reader knows them."""
    listed = list(items)
    rows = checklist.joined(listed)
    words = {row.item.pk: row.control.words(plain=plain).title for row in rows}
    return _each(listed, change, lambda item: words[item.pk])
