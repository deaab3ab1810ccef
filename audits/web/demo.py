"""The end of the demo: every demo client goes at once, after a question."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from audits import access
from audits.queries import client as clients
from audits.services import demo_removal
from audits.services.errors import NotPossible
from audits.web.requests import FleetRequest


def remove(request: FleetRequest) -> HttpResponseBase:
    """Ask, saying which clients would go; then remove them."""
    access.require(request.actor, "demo.remove")
    if request.method != "POST":
        context = {"demo_clients": clients.of_the_demo()}
        return render(request, "settings/demo.html", context)
    try:
        gone = demo_removal.remove(
            provider_id=access.provider_of(request.actor), actor=request.actor.user
        )
    except NotPossible:
        raise Http404 from None
    said = ngettext("%(count)s demo client is gone.", "%(count)s demo clients are gone.", gone)
    messages.success(request, said % {"count": gone})
    return redirect("fleet")
