from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from audits import access
from audits.queries import client as clients
from audits.web.requests import FleetRequest


def home(request: FleetRequest) -> HttpResponseBase:
    """Staff land on the fleet, an owner on the own client page."""
    if access.may(request.actor, "fleet.view"):
        return redirect("fleet")
    own = clients.clients()
    if len(own) == 1:
        return redirect(reverse("client", kwargs={"slug": own[0].slug}))
    return render(request, "home/choose.html", {"clients": own})


def switcher(request: FleetRequest) -> HttpResponse:
    """The list behind the client switcher, fetched when it is opened."""
    name = "home/switcher.html" if request.htmx else "home/choose.html"
    return render(request, name, {"clients": clients.clients()})


def fleet(request: FleetRequest) -> HttpResponse:
    """Every client at a glance, worst first."""
    access.require(request.actor, "fleet.view")
    found = clients.fleet()
    chosen = request.GET.get("show", "")
    if chosen and chosen not in clients.CHOICES:
        raise Http404
    context = {
        "fleet": found,
        "rows": [row for row in found.rows if not chosen or row.shown_by(chosen)],
        "chosen": chosen,
        "may_create": access.may(request.actor, "client.create"),
    }
    return render(request, "fleet/fleet.html", context)
