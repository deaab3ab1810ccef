"""Groups of clients: whoever is granted one opens its clients, so a change is confirmed first."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.queries import client_group as groups
from audits.queries import house_listings
from audits.services import client_group as service
from audits.services.errors import InvalidInput
from audits.web.forms import refusal
from audits.web.forms.client_group import ClientGroupForm
from audits.web.listing import file_of
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest


def register(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "group.manage")
    found = groups.register(access.provider_of(request.actor))
    return render(request, "settings/groups.html", {"groups": found})


def file(request: FleetRequest, ending: str) -> HttpResponse:
    """The groups as a download."""
    access.require(request.actor, "group.manage")
    rows = groups.register(access.provider_of(request.actor))
    return file_of(house_listings.GROUPS, rows, of="house", ending=ending, for_staff=True)


def create(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "group.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    provider_id = access.provider_of(request.actor)
    form = ClientGroupForm(request.POST or None, provider_id=provider_id)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.save(
                actor=request.actor, provider_id=provider_id, group=None, **form.cleaned_data
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The group %(name)s is there.") % {"name": made.name})
            return redirect("groups")
    return render(request, "settings/group.html", {"form": form})


def edit(request: FleetRequest, pk: int) -> HttpResponseBase:
    provider_id = access.provider_of(request.actor)
    rows = groups.of_provider(provider_id)
    group = access.open_row(request.actor, rows, pk, action="group.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    form = ClientGroupForm(request.POST or None, provider_id=provider_id, group=group)
    if request.method == "POST" and form.is_valid():
        try:
            service.save(
                actor=request.actor, provider_id=provider_id, group=group, **form.cleaned_data
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("groups")
    return render(request, "settings/group.html", {"form": form, "group": group})


@require_POST
def delete(request: FleetRequest, pk: int) -> HttpResponseBase:
    rows = groups.of_provider(access.provider_of(request.actor))
    group = access.open_row(request.actor, rows, pk, action="group.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    service.delete(actor=request.actor, group=group)
    messages.success(request, _("The group %(name)s is gone.") % {"name": group.name})
    return redirect("groups")
