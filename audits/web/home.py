from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from audits import access
from audits.queries import client as clients
from audits.services import client_figures
from audits.web import acting
from audits.web.requests import FleetRequest


def home(request: FleetRequest) -> HttpResponseBase:
    """Staff land on the fleet, an owner on the own client page."""
    if acting.must_choose(request):
        return redirect("acting")
    if access.may(request.actor, "fleet.view"):
        return redirect("fleet")
    own = clients.clients()
    if not own and access.may(request.actor, "platform.open"):
        return redirect("looks")
    if len(own) == 1:
        return redirect(reverse("client", kwargs={"slug": own[0].slug}))
    return render(request, "home/choose.html", {"clients": own})


def switcher(request: FleetRequest) -> HttpResponse:
    """The list behind the client switcher, fetched when it is opened."""
    if not request.htmx:
        return render(request, "home/choose.html", {"clients": clients.clients()})
    known = client_figures.refresh(at_most=client_figures.AT_ONCE)
    return render(request, "home/switcher.html", {"choices": clients.choices(known)})
