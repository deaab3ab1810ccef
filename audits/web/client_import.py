"""A list of clients: upload, choose the columns, look, confirm. Nothing is written before that."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits import access
from audits.services import client_list as service
from audits.web import lists
from audits.web.forms.client_import import ClientColumnsForm
from audits.web.requests import FleetRequest


def upload(request: FleetRequest) -> HttpResponseBase:
    """Take a file and show how its rows would be taken over."""
    access.require(request.actor, "client.create")
    form, found = lists.uploaded(request)
    if found is not None:
        return _preview(request, ClientColumnsForm(None, list_=found))
    return render(request, "client/import.html", {"form": form})


@require_POST
def columns(request: FleetRequest) -> HttpResponseBase:
    """Show the rows by other columns, or take over those that were looked at."""
    access.require(request.actor, "client.create")
    found = lists.brought_along(request)
    if found is None:
        return redirect("clients_import")
    form = ClientColumnsForm(request.POST or None, list_=found)
    if not form.is_confirmed:
        return _preview(request, form)
    made = service.take_over(
        actor=request.actor,
        table=found,
        places=form.places or {},
        time_zone=form.cleaned_data["time_zone"],
    )
    lists.tell(
        request,
        ngettext("One client is set up.", "%(n)s clients are set up.", len(made)),
        len(made),
    )
    return redirect("fleet")


def _preview(request: FleetRequest, form: ClientColumnsForm) -> HttpResponseBase:
    rows = form.preview(request.actor)
    return lists.preview(request, "client/import_columns.html", form, rows)
