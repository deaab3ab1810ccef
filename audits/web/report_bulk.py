"""One kind of report made for several clients, and what came of it at each."""

from collections.abc import Iterable

from django.http import HttpResponse
from django.shortcuts import render

from audits import access
from audits.models import Client
from audits.queries import client as clients
from audits.services import fleet_work as service
from audits.web import addresses
from audits.web.forms.report_bulk import BulkReportForm
from audits.web.requests import FleetRequest


def start(request: FleetRequest) -> HttpResponse:
    """Which clients, kind and period; once that is sent, what was made and what was not."""
    access.require(request.actor, "fleet.view")
    form = BulkReportForm(request.POST or None, actor=request.actor, ticked=_ticked(request))
    if request.method != "POST" or not form.is_valid():
        return render(request, "report/bulk.html", {"form": form})
    asked = form.asked()
    work = service.make_reports(
        actor=request.actor,
        clients=form.cleaned_data["clients"],
        check_at=addresses.check_at(request),
        asked=asked,
    )
    return render(request, "report/bulk_made.html", {"work": work, "kind": asked.kind})


def choose(request: FleetRequest, ticked: Iterable[Client]) -> HttpResponse:
    """The same choice with the clients ticked in the fleet."""
    form = BulkReportForm(None, actor=request.actor, ticked=[client.pk for client in ticked])
    return render(request, "report/bulk.html", {"form": form})


def _ticked(request: FleetRequest) -> list[int]:
    """The client whose page somebody came from; none where it is not one of those offered."""
    slug = request.GET.get("client", "")
    offered = clients.of_provider(access.provider_of(request.actor)).filter(slug=slug)
    return list(offered.values_list("pk", flat=True)) if slug else []
