"""The action plan of a client and of every client that is granted, and decisions about actions."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList, Treatment
from audits.queries import branding, checklist, narrowed_plan, plan, plan_print
from audits.reports.printed_table import PrintedTable
from audits.services import printed, risk_decision
from audits.services.errors import InvalidInput, NotPossible
from audits.web import list_bulk, list_columns, list_files, narrowing
from audits.web.checklist import opened
from audits.web.downloads import attached
from audits.web.forms import refusal
from audits.web.forms.list_bulk import PlanForm
from audits.web.forms.plan import RiskDecisionForm
from audits.web.list_files import Listed
from audits.web.listing import file_of
from audits.web.requests import ClientRequest, FleetRequest


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


def of_everyone(request: FleetRequest) -> HttpResponse:
    """What is open at every client that the person may open, a page at a time."""
    access.require(request.actor, "fleet.view")
    counts = plan.counts()
    every = plan.everywhere()
    found = narrowing.of_page(request, narrowed_plan.PLANS, every, total=counts.every)
    context = list_columns.of_everyone(request, ColumnList.PLANS, found)
    rows = plan.in_order(plan.numbers_of(context["page"].object_list))
    return render(request, "plan/fleet.html", context | {"rows": rows, "counts": counts})


def client_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The same as a download, in the words of its reader."""
    access.require(request.actor, "plan.view", request.client)
    return list_files.table(request, chosen(request), ending)


def file_of_everyone(request: FleetRequest, ending: str) -> HttpResponse:
    """What the address chooses of every client's plan, as a download."""
    access.require(request.actor, "fleet.view")
    found = narrowing.of_file(request, narrowed_plan.PLANS, plan.everywhere())
    listing, rows = plan.listing(plain=False), plan.in_parts(found.rows)
    return file_of(listing, rows, of="clients", ending=ending, for_staff=True)


@require_POST
def printed_of_everyone(request: FleetRequest) -> HttpResponseBase:
    """The same on pages. It is counted like every PDF, so that only who asks for it makes one."""
    access.require(request.actor, "portfolio.make")
    house = branding.provider(access.provider_of(request.actor))

    def table() -> PrintedTable:
        found = narrowing.of_file(request, narrowed_plan.PLANS, plan.everywhere())
        return plan_print.table(found.rows, house, every=found.every, asked=found.asked)

    try:
        body = printed.pdf(table=table, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("plans")
    return attached(body, name="action-plan-clients.pdf", kind="application/pdf")


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
