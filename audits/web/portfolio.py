"""Reports over all clients that a person looks after: for the provider's staff alone."""

import json
from typing import Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.models import PortfolioReport
from audits.queries import audit as audits
from audits.queries import portfolio as portfolios
from audits.queries import report_pictures
from audits.reports.document import Document
from audits.services import portfolio as service
from audits.services.errors import NotPossible
from audits.web import addresses, downloads, house_lists
from audits.web.audit import STOP_POLLING
from audits.web.forms.portfolio import PortfolioForm
from audits.web.house_lists import HouseList
from audits.web.requests import FleetRequest
from audits.web.session_clock import polled


def _rows(request: FleetRequest) -> QuerySet[PortfolioReport]:
    """Reports that speak of no client but those that the person looks after today."""
    actor = request.actor
    return portfolios.of_provider(
        access.provider_of(actor),
        clients=access.looked_after(actor),
        every_client=actor.all_clients,
    )


_ARCHIVE: Final = HouseList(
    listing=ColumnList.PORTFOLIOS, action="portfolio.view", read=_rows, boxes=_rows
)


def register(request: FleetRequest) -> HttpResponseBase:
    """The archive, as far as the person reads it, a page at a time."""
    bulk = house_lists.bar(request, _ARCHIVE)
    if (done := house_lists.answer(request, _ARCHIVE, bulk)) is not None:
        return done
    context = house_lists.context(request, _ARCHIVE)
    return render(request, "portfolio/list.html", context | {"bulk": bulk})


def file(request: FleetRequest, ending: str) -> HttpResponse:
    """What the address chooses of it, as a download."""
    return house_lists.file(request, _ARCHIVE, ending)


@require_POST
def paper(request: FleetRequest) -> HttpResponseBase:
    """The same on pages."""
    return house_lists.paper(request, _ARCHIVE)


def start(request: FleetRequest) -> HttpResponse:
    """What stands in the report."""
    access.require(request.actor, "portfolio.make")
    # Somebody who comes back from the preview finds what was chosen there.
    return render(request, "portfolio/start.html", {"form": PortfolioForm(request.GET or None)})


def preview(request: FleetRequest) -> HttpResponse:
    """The report as it would be made now; nothing is written."""
    access.require(request.actor, "portfolio.make")
    form = PortfolioForm(request.GET)
    if not form.is_valid():
        return render(request, "portfolio/start.html", {"form": form})
    try:
        content = service.preview(actor=request.actor, left_out=form.left_out())
    except NotPossible as error:
        form.add_error(None, str(error))
        return render(request, "portfolio/start.html", {"form": form})
    context = {
        "content": content,
        "sections": report_pictures.shown(content),
        "carried": form.carried(),
        "query": request.GET.urlencode(),
    }
    return render(request, "portfolio/preview.html", context)


@require_POST
def make(request: FleetRequest) -> HttpResponseBase:
    """Freeze the report that was looked at, as things stand now, and have its PDF made."""
    access.require(request.actor, "portfolio.make")
    form = PortfolioForm(request.POST)
    if not form.is_valid():
        return render(request, "portfolio/start.html", {"form": form})
    try:
        made = service.make(
            actor=request.actor,
            left_out=form.left_out(),
            check_at=addresses.check_at(request),
        )
    except NotPossible as error:
        form.add_error(None, str(error))
        return render(request, "portfolio/start.html", {"form": form})
    return redirect("portfolio", pk=made.pk)


@polled
def detail(request: FleetRequest, pk: int) -> HttpResponseBase:
    """Progress of the PDF, then its download; polled until the file is there."""
    report = access.open_row(request.actor, _rows(request), pk, action="portfolio.view")
    if report.job is None:
        raise Http404
    standing = audits.progress(report.job)
    context = {"report": report, "progress": standing}
    if not request.htmx:
        document = Document.from_json(json.dumps(report.data))
        told = {"content": document, "sections": report_pictures.shown(document)}
        return render(request, "portfolio/detail.html", context | told)
    response = render(request, "portfolio/progress.html", context)
    if not standing.is_active:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_POST
def cancel(request: FleetRequest, pk: int) -> HttpResponseBase:
    report = access.open_row(request.actor, _rows(request), pk, action="portfolio.make")
    try:
        service.cancel(report=report, actor=request.actor.user)
    except NotPossible as error:
        messages.info(request, str(error))
    return redirect("portfolio", pk=pk)


def download(request: FleetRequest, pk: int) -> HttpResponseBase:
    report = access.open_row(request.actor, _rows(request), pk, action="portfolio.view")
    try:
        plain = service.hand_out(report=report, actor=request.actor.user)
    except NotPossible:
        raise Http404 from None
    name = f"portfolio-{report.number:04d}.pdf"
    return downloads.opened(plain, name=name, kind="application/pdf")
