from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import access
from audits.queries import tool as tools
from audits.queries import tool_others, tool_request
from audits.queries import vendor as sheets
from audits.services import tool_decision as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.tool_decision import ManyDecisionsForm, ToolDecisionForm
from audits.web.looked_after import looked_after_alone
from audits.web.requests import ClientRequest, FleetRequest
from audits.web.vendor import opened


def decide(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Decide about a tool for this client, as far as the review in force allows."""
    rows = tools.of_client(request.client)
    tool = access.open_row(request.actor, rows, pk, action="tool.decide")
    row = tools.row_of(tool, with_sheets=True)
    bounds = tools.bounds_of(row)
    is_own = tool.requested_by_id == request.actor.user.pk
    form = ToolDecisionForm(request.POST or None, sheet=row.sheet, bounds=bounds)
    if request.method == "POST" and form.is_valid():
        try:
            service.decide(actor=request.actor, rows=[tool], wish=form.wish())
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The decision is on record."))
            return redirect("tool", slug=slug, pk=pk)
    context = {
        "form": form,
        "row": row,
        "tool": tool,
        "bounds": bounds,
        "is_own_request": is_own,
        "asked_because": tool_request.reason(tool) if tools.is_asked_for(tool) else "",
    }
    return render(request, "tool/decide.html", context)


@looked_after_alone
def decide_for_many(request: FleetRequest, pk: int) -> HttpResponseBase:
    """One decision for the clients that are ticked: a record for each of them."""
    sheet = opened(request, pk)
    row = sheets.row_of(sheet)
    users = sheets.users_of(sheet)
    form = ManyDecisionsForm(request.POST or None, sheet=row, users=users, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            service.decide(
                actor=request.actor, rows=list(form.cleaned_data["tools"]), wish=form.wish()
            )
        except (InvalidInput, NotPossible) as error:
            refusal.show(form, error)
        else:
            served = len({tool.client_id for tool in form.cleaned_data["tools"]})
            told = ngettext(
                "The decision for one client is on record.",
                "The decisions for %(n)s clients are on record.",
                served,
            )
            messages.success(request, told % {"n": served})
            return redirect("vendor", pk=pk)
    others = tool_others.of_sheet(sheet, request.actor.user)
    context = {"form": form, "row": row, "sheet": sheet, "others": others, **sheets.told(row)}
    return render(request, "vendor/decide.html", context)
