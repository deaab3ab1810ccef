"""One change to many rows of a client's list: each by itself, so that none stops another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from audits.enums import Answer, AuditRhythm, Lifecycle
from audits.models import AIModel, AITool, Audit, ChecklistItem, Client, User
from audits.queries import audit_repeat, checklist
from audits.services import ai_model, audit, audit_schedule, checklist_answer, tool
from audits.services import audit_repeat as again
from audits.services.errors import NotPossible, ServiceError

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Which rows are as they were asked to be, by name, and which are not, and why."""

    done: list[str]
    refused: list[tuple[str, str]]


def _each(
    rows: Iterable[Row], change: Callable[[Row], object], called: Callable[[Row], str] = str
) -> Outcome:
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for row in rows:
        try:
            with transaction.atomic():
                change(row)
        except ServiceError as error:
            refused.append((called(row), str(error)))
        else:
            done.append(called(row))
    return Outcome(done=done, refused=refused)


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

    def plan(model: AIModel) -> None:
        _refuse_retired(model)
        audit_schedule.save_measured(
            one=known[model.pk], actor=actor, rhythm=rhythm, next_on=next_on
        )

    return _each(listed, plan)


def ask(*, listed: Iterable[AITool], actor: User) -> Outcome:
    """Ask for a new decision about each of these tools; somebody else takes it."""
    return _each(listed, lambda row: tool.ask(tool=row, actor=actor))


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


def _each_action(
    items: Iterable[ChecklistItem], change: Callable[[ChecklistItem], object], *, plain: bool
) -> Outcome:
    """Actions are called by their names as the reader knows them."""
    listed = list(items)
    rows = checklist.joined(listed)
    words = {row.item.pk: row.control.words(plain=plain).title for row in rows}
    return _each(listed, change, lambda item: words[item.pk])
