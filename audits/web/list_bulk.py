"""What is done with the rows that are ticked in a list of a client, and how far it went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import ngettext

from audits import access
from audits.enums import AuditRhythm
from audits.services import list_bulk as service
from audits.services.errors import NotPossible
from audits.services.list_bulk import Outcome
from audits.web import list_files, told_once
from audits.web.forms.fields import FILES
from audits.web.forms.list_bulk import (
    AuditsForm,
    BulkForm,
    DatasetsForm,
    ListForm,
    ModelsForm,
    PeopleForm,
    PlanForm,
    ReportsForm,
    ToolsForm,
)
from audits.web.list_files import Listed
from audits.web.requests import ClientRequest, FleetRequest

Form = TypeVar("Form", bound=ListForm)
Asking = TypeVar("Asking", bound=FleetRequest)
# Rows as they were ticked, and what the fields below the list say.
Change = Callable[[ClientRequest, list[Any], Mapping[str, Any]], Outcome]


def bar(request: ClientRequest, form: type[Form]) -> Form | None:
    """The bar below a list, for whoever may change its rows; others are told of nothing there."""
    action = BARS[form].action
    if request.method == "POST":
        access.require(request.actor, action, request.client)
    if not access.may(request.actor, action, request.client):
        return None
    return form(request.POST or None, client=request.client)


def answer(
    request: ClientRequest, form: BulkForm | None, listed: Callable[[ClientRequest], Listed]
) -> HttpResponseBase | None:
    """Do what was sent below a client's list; None as `answered`, and where there is no bar."""
    if form is None:
        return None
    changes = BARS[type(form)].changes
    return answered(request, form, lambda: taken(request, form, listed(request)), changes)


def answered(
    request: Asking,
    form: BulkForm,
    take: Callable[[], HttpResponseBase | None],
    changes: Mapping[str, Callable[[Asking, list[Any], Mapping[str, Any]], Outcome]],
) -> HttpResponseBase | None:
    """Do what was sent and say how it went; None where nothing was, or not all that it takes.

    What is told stands on a page of its own, once: loaded again, that page does nothing again.
    """
    if request.method != "POST":
        return told_once.last(request)
    if not form.is_valid():
        return None
    given = form.cleaned_data
    if given["do"] in FILES:
        return take()
    if given["do"] == "retire" and not given["confirmed"]:
        return render(request, "lists/retire.html", {"rows": form.chosen()})
    outcome = changes[given["do"]](request, form.chosen(), given)
    return told_once.keep(request, told(given, outcome), outcome)


def taken(request: ClientRequest, form: BulkForm, listed: Listed) -> HttpResponseBase | None:
    """Ticked rows as a file; what hinders it is told above the list, where they stay ticked."""
    numbers = {row.pk for row in form.chosen()}
    try:
        return list_files.ticked(request, listed, numbers, form.cleaned_data["do"])
    except NotPossible as error:
        form.add_error(None, str(error))
        return None


def told(given: Mapping[str, Any], outcome: Outcome) -> str:
    """Say what became of the rows, and how many stayed as they were."""
    if given["do"] == "schedule":
        return told_once.scheduled(given, outcome)
    n = len(outcome.done)
    words = {
        "owner": ngettext("Owner set for %(n)s model.", "Owner set for %(n)s models.", n),
        "review": ngettext(
            "Next review set for %(n)s model.", "Next review set for %(n)s models.", n
        ),
        "retire": ngettext("%(n)s model is retired.", "%(n)s models are retired.", n),
        "audit": ngettext("%(n)s audit is started.", "%(n)s audits are started.", n),
        "ask": ngettext(
            "Decision asked for about %(n)s AI tool.",
            "Decision asked for about %(n)s AI tools.",
            n,
        ),
        "acknowledge": ngettext(
            "%(n)s failure is acknowledged.", "%(n)s failures are acknowledged.", n
        ),
        "assign": ngettext("Owner set for %(n)s action.", "Owner set for %(n)s actions.", n),
        "due": ngettext("Due date set for %(n)s action.", "Due date set for %(n)s actions.", n),
        "done": ngettext("%(n)s action is done.", "%(n)s actions are done.", n),
    }
    return told_once.summed_up(words[given["do"]] % {"n": n}, outcome)


def _owner(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return service.set_owner(listed=rows, actor=request.actor.user, owner_name=given["owner"])


def _review(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return service.set_review(listed=rows, actor=request.actor.user, day=given["review"])


def _retire(request: ClientRequest, rows: list[Any], _given: Mapping[str, Any]) -> Outcome:
    return service.retire(listed=rows, actor=request.actor.user)


def _audit(request: ClientRequest, rows: list[Any], _given: Mapping[str, Any]) -> Outcome:
    access.require(request.actor, "audit.start", request.client)
    return service.audit_again(client=request.client, listed=rows, actor=request.actor.user)


def _schedule(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    access.require(request.actor, "audit.start", request.client)
    return service.schedule(
        client=request.client,
        listed=rows,
        actor=request.actor.user,
        rhythm=AuditRhythm(given["rhythm"]),
        next_on=given["first"],
    )


def _ask(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return service.ask(listed=rows, actor=request.actor.user, reason=given["reason"])


def _acknowledge(request: ClientRequest, rows: list[Any], _given: Mapping[str, Any]) -> Outcome:
    return service.acknowledge(listed=rows, actor=request.actor.user)


def _assign(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return service.assign(
        items=rows, actor=request.actor.user, owner=given["who"], plain=_plain(request)
    )


def _due(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return service.set_due(
        items=rows, actor=request.actor.user, due=given["until"], plain=_plain(request)
    )


def _done(request: ClientRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return service.mark_done(
        items=rows, actor=request.actor.user, reason=given["reason"], plain=_plain(request)
    )


def _plain(request: ClientRequest) -> bool:
    return not access.may(request.actor, "technical.view", request.client)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What somebody must be allowed to do for a bar, and the changes that it offers by name."""

    action: str
    changes: Mapping[str, Change] = field(default_factory=dict)


BARS: Mapping[type[BulkForm], Bar] = {
    ModelsForm: Bar(
        action="model.edit",
        changes={
            "owner": _owner,
            "review": _review,
            "retire": _retire,
            "audit": _audit,
            "schedule": _schedule,
        },
    ),
    ToolsForm: Bar(action="tool.edit", changes={"ask": _ask}),
    AuditsForm: Bar(action="audit.acknowledge", changes={"acknowledge": _acknowledge}),
    DatasetsForm: Bar(action="dataset.edit"),
    ReportsForm: Bar(action="report.prepare"),
    PeopleForm: Bar(action="people.manage"),
    PlanForm: Bar(
        action="checklist.manage", changes={"assign": _assign, "due": _due, "done": _done}
    ),
}
