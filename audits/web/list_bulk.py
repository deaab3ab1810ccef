"""What is done with the rows that are ticked in a list of a client, and how far it went."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import access
from audits.enums import AuditRhythm
from audits.queries import assignees
from audits.services import list_bulk as service
from audits.services.errors import NotPossible
from audits.services.list_bulk import Outcome
from audits.web import list_files, told_once
from audits.web.forms.fields import FILES
from audits.web.forms.list_bulk import (
    AuditsForm,
    BulkForm,
    DatasetsForm,
    ModelsForm,
    PlanForm,
    ReportsForm,
    ToolsForm,
)
from audits.web.list_files import Listed
from audits.web.requests import ClientRequest


def of_models(request: ClientRequest) -> ModelsForm | None:
    """The bar below the models, for whoever may change them."""
    if not _offered(request, "model.edit"):
        return None
    return ModelsForm(request.POST or None, client=request.client)


def of_tools(request: ClientRequest) -> ToolsForm | None:
    if not _offered(request, "tool.edit"):
        return None
    return ToolsForm(request.POST or None, client=request.client)


def of_audits(request: ClientRequest) -> AuditsForm | None:
    if not _offered(request, "audit.acknowledge"):
        return None
    return AuditsForm(request.POST or None, client=request.client)


def of_datasets(request: ClientRequest) -> DatasetsForm | None:
    if not _offered(request, "dataset.edit"):
        return None
    return DatasetsForm(request.POST or None, client=request.client)


def of_reports(request: ClientRequest) -> ReportsForm | None:
    if not _offered(request, "report.prepare"):
        return None
    return ReportsForm(request.POST or None, client=request.client)


def of_plan(request: ClientRequest) -> PlanForm | None:
    if not _offered(request, "checklist.manage"):
        return None
    people = assignees.of_client(request.client)
    return PlanForm(request.POST or None, client=request.client, people=people)


def _offered(request: ClientRequest, action: str) -> bool:
    """Whether the person may; who sends something without it is told that nothing is there."""
    if request.method == "POST":
        access.require(request.actor, action, request.client)
    return access.may(request.actor, action, request.client)


def answer(
    request: ClientRequest, form: BulkForm | None, listed: Callable[[ClientRequest], Listed]
) -> HttpResponseBase | None:
    """Do what was sent and say how it went; None where nothing was, or not all that it takes.

    What is told stands on a page of its own, once: loaded again, that page does nothing again.
    """
    if form is None:
        return None
    if request.method != "POST":
        return told_once.last(request)
    if not form.is_valid():
        return None
    if form.cleaned_data["do"] in FILES:
        return taken(request, form, listed(request))
    if form.cleaned_data["do"] == "retire" and not form.cleaned_data["confirmed"]:
        return render(request, "lists/retire.html", {"rows": form.chosen()})
    outcome = _applied(request, form)
    return told_once.keep(request, _told(form.cleaned_data["do"], outcome), outcome)


def taken(request: ClientRequest, form: BulkForm, listed: Listed) -> HttpResponseBase | None:
    """Ticked rows as a file; what hinders it is told above the list, where they stay ticked."""
    numbers = {row.pk for row in form.chosen()}
    try:
        return list_files.ticked(request, listed, numbers, form.cleaned_data["do"])
    except NotPossible as error:
        form.add_error(None, str(error))
        return None


def _told(asked: str, outcome: Outcome) -> str:
    """Say what became of the rows, and how many stayed as they were."""
    n, kept = len(outcome.done), len(outcome.refused)
    words = {
        "owner": ngettext("Owner set for %(n)s model.", "Owner set for %(n)s models.", n),
        "review": ngettext(
            "Next review set for %(n)s model.", "Next review set for %(n)s models.", n
        ),
        "retire": ngettext("%(n)s model is retired.", "%(n)s models are retired.", n),
        "audit": ngettext("%(n)s audit is started.", "%(n)s audits are started.", n),
        "schedule": ngettext(
            "Audits of %(n)s model are scheduled.", "Audits of %(n)s models are scheduled.", n
        ),
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
    told = words[asked] % {"n": n}
    return " ".join([told, _("Not done: %(n)s.") % {"n": kept}]) if kept else told


def _applied(request: ClientRequest, form: BulkForm) -> Outcome:
    if isinstance(form, PlanForm):
        return _of_plan(request, form)
    if isinstance(form, ModelsForm):
        return _of_models(request, form)
    if isinstance(form, AuditsForm):
        return service.acknowledge(listed=form.chosen(), actor=request.actor.user)
    return service.ask(listed=form.chosen(), actor=request.actor.user)


def _of_models(request: ClientRequest, form: ModelsForm) -> Outcome:
    given, actor, rows = form.cleaned_data, request.actor.user, form.chosen()
    if given["do"] == "owner":
        return service.set_owner(listed=rows, actor=actor, owner_name=given["owner"])
    if given["do"] == "review":
        return service.set_review(listed=rows, actor=actor, day=given["review"])
    if given["do"] == "retire":
        return service.retire(listed=rows, actor=actor)
    access.require(request.actor, "audit.start", request.client)
    if given["do"] == "schedule":
        return service.schedule(
            client=request.client,
            listed=rows,
            actor=actor,
            rhythm=AuditRhythm(given["rhythm"]),
            next_on=given["first"],
        )
    return service.audit_again(client=request.client, listed=rows, actor=actor)


def _of_plan(request: ClientRequest, form: PlanForm) -> Outcome:
    given, actor, items = form.cleaned_data, request.actor.user, form.chosen()
    plain = not access.may(request.actor, "technical.view", request.client)
    if given["do"] == "assign":
        return service.assign(items=items, actor=actor, owner=given["who"], plain=plain)
    if given["do"] == "due":
        return service.set_due(items=items, actor=actor, due=given["until"], plain=plain)
    return service.mark_done(items=items, actor=actor, reason=given["reason"], plain=plain)
