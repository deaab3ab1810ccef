from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList, DataClass, ToolDecision
from audits.models import AITool
from audits.queries import charts, listings, narrowed, tool_request
from audits.queries import review as reviews
from audits.queries import tool as tools
from audits.services import review as review_service
from audits.services import tool as service
from audits.services.errors import NotPossible
from audits.web import list_bulk, list_columns, list_files, narrowing, note
from audits.web.forms.list_bulk import ToolsForm
from audits.web.forms.tool import AIToolForm, ReportForm
from audits.web.forms.tool_decision import AskForm
from audits.web.list_files import Listed
from audits.web.requests import ClientRequest


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "tool.view", request.client)
    bulk = list_bulk.bar(request, ToolsForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed.TOOLS, _listed(request).rows)
    context = list_columns.context(request, ColumnList.TOOLS, found)
    return render(request, "tool/list.html", context | {"bulk": bulk})


def _listed(request: ClientRequest) -> Listed:
    """Every tool; how the vendor's review stands is for the provider's people."""
    with_sheets = access.may(request.actor, "vendor.view")
    return Listed(
        name=ColumnList.TOOLS.value,
        listing=listings.TOOLS,
        read=lambda: tools.rows_of(tools.of_client(request.client), with_sheets=with_sheets),
        for_staff=with_sheets,
    )


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the list."""
    return list_files.chosen(request, _listed(request))


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The same as a download."""
    access.require(request.actor, "tool.view", request.client)
    return list_files.table(request, chosen(request), ending)


def detail(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """What is known of a tool here, and what was decided about it; the sheet for staff alone."""
    tool = access.open_row(request.actor, tools.of_client(request.client), pk, action="tool.view")
    with_sheets = access.may(request.actor, "vendor.view")
    row = tools.row_of(tool, with_sheets=with_sheets)
    bounds = tools.bounds_of(row) if with_sheets else None
    is_asked_for = tools.is_asked_for(tool)
    may_read = is_asked_for and access.may(request.actor, "activity.view", request.client)
    context = {
        "row": row,
        "tool": tool,
        "notes": note.card(request, tool),
        "rulings": tools.told_once(tools.told_of(tool), bounds),
        "meaning": ToolDecision(tool.decision).means,
        "bounds": bounds,
        "chart": charts.tool_review(bounds.found) if bounds and bounds.found else None,
        "is_own_request": tool.requested_by_id == request.actor.user.pk,
        "is_asked_for": is_asked_for,
        "asked_because": tool_request.reason(tool) if may_read else "",
    }
    return render(request, "tool/detail.html", context)


def create(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "tool.report", request.client)
    may_edit = access.may(request.actor, "tool.edit", request.client)
    form = (AIToolForm if may_edit else ReportForm)(request.POST or None, client=request.client)
    if request.method == "POST" and form.is_valid():
        made = service.save(
            client=request.client, actor=request.actor.user, tool=None, values=form.cleaned_data
        )
        messages.success(request, _listed_as(made))
        return redirect("tools", slug=slug)
    return render(request, "tool/form.html", {"form": form})


def _listed_as(tool: AITool) -> str:
    """That it is on the list, and what holds until somebody decides about it."""
    if tool.data_class == DataClass.PUBLIC or tool.decision != ToolDecision.UNDECIDED:
        return _("%(name)s is on the list.") % {"name": tool.name}
    return _("%(name)s is on the list. Until it is decided, put nothing in that is not public.") % {
        "name": tool.name
    }


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = tools.of_client(request.client)
    tool = access.open_row(request.actor, rows, pk, action="tool.edit")
    form = AIToolForm(request.POST or None, instance=tool, client=request.client)
    if request.method == "POST" and form.is_valid():
        service.save(
            client=request.client, actor=request.actor.user, tool=tool, values=form.cleaned_data
        )
        messages.success(request, _("Saved."))
        return redirect("tool", slug=slug, pk=pk)
    return render(request, "tool/form.html", {"form": form, "tool": tool})


@require_POST
def start_review(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Lead to the questions about the tool's vendor; its fact sheet is made where it has none."""
    access.require(request.actor, "vendor.edit")
    rows = tools.of_client(request.client)
    tool = access.open_row(request.actor, rows, pk, action="tool.edit")
    review = review_service.start_for_tool(tool=tool, actor=request.actor.user)
    return redirect("review", pk=review.sheet_id, key=reviews.STEPS[0].key)


def ask(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Ask for a new decision, and say why."""
    rows = tools.of_client(request.client)
    tool = access.open_row(request.actor, rows, pk, action="tool.report")
    form = AskForm(request.POST or None)
    if not form.is_valid():
        return render(request, "tool/ask.html", {"form": form, "tool": tool})
    try:
        service.ask(tool=tool, actor=request.actor.user, reason=form.cleaned_data["reason"])
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("A new decision is asked for. Somebody else takes it."))
    return redirect("tool", slug=slug, pk=pk)
