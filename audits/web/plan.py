"""The action plan of a client and of every client that is granted, and decisions about actions."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.enums import Treatment
from audits.models import Client
from audits.queries import checklist, plan
from audits.services import risk_decision
from audits.services.errors import InvalidInput
from audits.web import list_bulk, narrowing
from audits.web.checklist import opened
from audits.web.downloads import attached
from audits.web.forms import refusal
from audits.web.forms.plan import PlanFilter, RiskDecisionForm
from audits.web.requests import ClientRequest, FleetRequest

_ON_A_PAGE = 50


def of_client(request: ClientRequest, slug: str) -> HttpResponseBase:
    """What is open at one client, the most urgent first."""
    access.require(request.actor, "plan.view", request.client)
    bulk = list_bulk.of_plan(request)
    if (done := list_bulk.answer(request, bulk)) is not None:
        return done
    context = _context(request, request.client) | {"bulk": bulk}
    return render(request, "plan/client.html", context)


def of_everyone(request: FleetRequest) -> HttpResponseBase:
    """What is open at every client that the person may open."""
    access.require(request.actor, "fleet.view")
    return render(request, "plan/fleet.html", _context(request, None))


def client_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    access.require(request.actor, "plan.view", request.client)
    plain = not access.may(request.actor, "technical.view", request.client)
    return _file(request, request.client, name=f"{slug}.{ending}", plain=plain)


def file_of_everyone(request: FleetRequest, ending: str) -> HttpResponse:
    access.require(request.actor, "fleet.view")
    return _file(request, None, name=f"clients.{ending}", plain=False)


def _context(request: FleetRequest, client: Client | None) -> dict[str, Any]:
    """One page of actions, as many questions for one as for fifty."""
    form = _asked(request, client)
    filters = form.filters()
    page = Paginator(plan.actions(filters, client=client), _ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    return {
        "form": form,
        "filters": filters,
        "page": page,
        "rows": plan.rows(page.object_list),
        "counts": plan.counts(client=client),
    }


def _asked(request: FleetRequest, client: Client | None) -> PlanFilter:
    """What a page is asked for: what is not there to choose is left out, and that is said."""
    people = list(plan.owners(client=client))
    form = PlanFilter(request.GET, owners=people)
    if form.is_valid():
        return form
    left = request.GET.copy()
    for name in form.errors:
        left.pop(name, None)
    narrowing.tell_left_out(request)
    return PlanFilter(left, owners=people)


def _file(request: FleetRequest, client: Client | None, *, name: str, plain: bool) -> HttpResponse:
    """What the filters leave, as a download."""
    form = PlanFilter(request.GET, owners=plan.owners(client=client))
    items = plan.actions(form.filters(), client=client)
    if name.endswith(".json"):
        body, kind = plan.as_json(items, plain=plain), "application/json"
    else:
        body, kind = plan.as_csv(items, plain=plain), "text/csv; charset=utf-8"
    return attached(body, name=f"action-plan-{name}", kind=kind)


def decide(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Write down what was decided about one action; nobody changes it afterwards."""
    item = opened(request, pk, action="decision.make")
    # Who works for the client writes down what its people decided: the name under it is theirs.
    works_for = access.may(request.actor, "technical.view", request.client)
    signer = "" if works_for else str(request.actor.user)
    form = RiskDecisionForm(request.POST or None, signer=signer)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data) | {"treatment": Treatment(form.cleaned_data["treatment"])}
        try:
            risk_decision.decide(item=item, actor=request.actor.user, **given)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The decision is on record."))
            return redirect("plan", slug=slug)
    context = {"form": form, "row": checklist.row_of(item), "decisions": plan.of_item(item)}
    return render(request, "plan/decide.html", context)
