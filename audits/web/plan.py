"""The action plan of a client, and decisions about its actions."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.enums import ColumnList
from audits.queries import assignees, checklist, narrowed_plan, plan
from audits.services import risk_decision
from audits.services.errors import InvalidInput
from audits.web import list_bulk, list_columns, list_files, narrowing
from audits.web.checklist import opened
from audits.web.forms import refusal
from audits.web.forms.list_bulk import PlanForm
from audits.web.forms.plan import RiskDecisionForm
from audits.web.list_files import Listed
from audits.web.requests import ClientRequest


def of_client(request: ClientRequest, slug: str) -> HttpResponseBase:
    """What is open at one client, the most urgent first; what is ticked is changed at once."""
    access.require(request.actor, "plan.view", request.client)
    bulk = list_bulk.bar(request, PlanForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed_plan.PLAN, _listed(request).rows)
    context = list_columns.context(request, ColumnList.PLAN, found)
    own = {"bulk": bulk, "counts": plan.counts(client=request.client)}
    return render(request, "plan/client.html", context | own)


def _listed(request: ClientRequest) -> Listed:
    plain = not access.may(request.actor, "technical.view", request.client)
    return Listed(
        name=ColumnList.PLAN.value,
        listing=plan.listing(plain=plain),
        read=lambda: plan.open_at(request.client, plain=plain),
        for_staff=not plain,
    )


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of a client's plan."""
    return list_files.chosen(request, _listed(request))


def client_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The same as a download, in the words of its reader."""
    access.require(request.actor, "plan.view", request.client)
    return list_files.table(request, chosen(request), ending)


def decide(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Write down what was decided about one action; nobody changes it afterwards."""
    item = opened(request, pk, action="decision.make")
    # Who works for the client writes down what its people decided: the name under it is theirs.
    works_for = access.may(request.actor, "technical.view", request.client)
    signer = "" if works_for else str(request.actor.user)
    manages = access.may(request.actor, "checklist.manage", item)
    people = assignees.of_client(request.client) if manages else None
    form = RiskDecisionForm(request.POST or None, signer=signer, item=item, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            risk_decision.decide(item=item, actor=request.actor.user, **form.decided())
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The decision is on record."))
            return redirect("plan", slug=slug)
    context = {"form": form, "row": checklist.row_of(item), "decisions": plan.of_item(item)}
    return render(request, "plan/decide.html", context)
