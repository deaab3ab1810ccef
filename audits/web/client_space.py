"""How much space a client's files take, and how much they may."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.queries import storage_use
from audits.services import storage_space
from audits.web.forms.client import SpaceForm
from audits.web.requests import ClientRequest


def page(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Staff see what is used; who manages the provider allows more or less."""
    access.require(request.actor, "client.edit", request.client)
    space = storage_use.of_client(request.client)
    form = SpaceForm(request.POST or None, instance=request.client)
    if request.method == "POST":
        access.require(request.actor, "client.space", request.client)
        if form.is_valid():
            storage_space.set_limit(
                client=request.client,
                actor=request.actor.user,
                limit_mb=form.cleaned_data["storage_limit_mb"],
            )
            messages.success(request, _("Saved."))
            return redirect("client_space", slug=slug)
    return render(request, "client/space.html", {"form": form, "space": space})
