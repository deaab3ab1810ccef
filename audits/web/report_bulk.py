"""One kind of report made for several clients, and what came of it at each."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from audits import access
from audits.models import Client, Report
from audits.queries import client as clients
from audits.services import fleet_work as service
from audits.services.fleet_work import Work
from audits.web import addresses
from audits.web.forms.report_bulk import BulkReportForm
from audits.web.requests import FleetRequest

_LAST = "reports_made_last"


def start(request: FleetRequest) -> HttpResponse:
    """Which clients, kind and period; once that is sent, what was made and what was not.

    What is told stands there once: loaded again, that page makes nothing again.
    """
    access.require(request.actor, "fleet.view")
    if request.method == "GET" and (last := request.session.pop(_LAST, None)) is not None:
        return render(request, "report/bulk_made.html", last)
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
    request.session[_LAST] = {"work": _told(work), "kind": str(asked.kind.label)}
    return redirect("reports_bulk")


def _told(work: Work) -> dict[str, Any]:
    """Of what was made, and of what was not, the words that the page says."""
    return {
        "made": work.made,
        "reports": [_named(report) for report in work.reports],
        "refused": [(_called(client), str(reason)) for client, reason in work.refused],
    }


def _named(report: Report) -> dict[str, Any]:
    return {
        "client": _called(report.client),
        "pk": report.pk,
        "number": report.data["report_number"],
        "subject": str(report.subject),
        "held": report.held,
    }


def _called(client: Client) -> dict[str, str]:
    return {"name": client.name, "slug": client.slug}


def choose(request: FleetRequest, ticked: Iterable[Client]) -> HttpResponse:
    """The same choice with the clients ticked in the fleet."""
    form = BulkReportForm(None, actor=request.actor, ticked=[client.pk for client in ticked])
    return render(request, "report/bulk.html", {"form": form})


def _ticked(request: FleetRequest) -> list[int]:
    """The client whose page somebody came from; none where it is not one of those offered."""
    slug = request.GET.get("client", "")
    return clients.numbers_at(access.provider_of(request.actor), slug) if slug else []
