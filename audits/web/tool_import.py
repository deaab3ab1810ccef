"""A list of tools: upload, choose the columns, look, confirm. Nothing is written before that."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import DataClass
from audits.services import tool_list as service
from audits.services.errors import InvalidInput
from audits.web import lists
from audits.web.forms import refusal
from audits.web.forms.tool_import import ToolColumnsForm
from audits.web.requests import ClientRequest


def upload(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Take a file and show how its rows would be taken over."""
    access.require(request.actor, "tool.edit", request.client)
    form, found = lists.uploaded(request)
    if found is not None:
        return _preview(request, ToolColumnsForm(None, list_=found))
    return render(request, "tool/import.html", {"form": form})


@require_POST
def columns(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Show the rows by other columns, or take over those that were looked at."""
    access.require(request.actor, "tool.edit", request.client)
    found = lists.brought_along(request)
    if found is None:
        return redirect("tool_import", slug=slug)
    form = ToolColumnsForm(request.POST or None, list_=found)
    if not form.is_confirmed:
        return _preview(request, form)
    try:
        made = service.take_over(
            client=request.client,
            actor=request.actor.user,
            rows=form.preview(request.client),
            data_class=DataClass(form.cleaned_data["data_class"]),
        )
    except InvalidInput as error:
        refusal.show(form, error)
        return _preview(request, form)
    lists.tell(
        request, ngettext("One tool was added.", "%(n)s tools were added.", len(made)), len(made)
    )
    return redirect("tools", slug=slug)


def _preview(request: ClientRequest, form: ToolColumnsForm) -> HttpResponseBase:
    rows = form.preview(request.client)
    return lists.preview(request, "tool/import_columns.html", form, rows)
