from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import FilePurpose
from audits.queries import audit as audits
from audits.queries import report as reports
from audits.services import report as service
from audits.services.errors import NotPossible
from audits.web.audit import STOP_POLLING
from audits.web.downloads import handed_out
from audits.web.requests import ClientRequest
from audits.web.session_clock import polled


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "report.view", request.client)
    context = {"reports": reports.of_client(request.client)}
    return render(request, "report/list.html", context)


@require_POST
def create(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Freeze an owner summary of one audit and have its PDF made."""
    rows = audits.of_client(request.client)
    audit = access.open_row(request.actor, rows, pk, action="report.create")
    if audit.document is None:
        raise Http404
    try:
        made = service.request(
            audit=audit,
            actor=request.actor.user,
            check_at=request.get_host() + reverse("report_check"),
        )
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("audit", slug=slug, pk=pk)
    return redirect("report", slug=slug, pk=made.pk)


@polled
def detail(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Progress of the PDF, then its download; polled until the file is there."""
    rows = reports.of_client(request.client)
    report = access.open_row(request.actor, rows, pk, action="report.view")
    if report.job is None:
        raise Http404
    standing = audits.progress(report.job)
    context = {"report": report, "progress": standing}
    if not request.htmx:
        return render(request, "report/detail.html", context)
    response = render(request, "report/progress.html", context)
    if not standing.is_active:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


def download(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = reports.of_client(request.client)
    report = access.open_row(request.actor, rows, pk, action="report.download")
    return handed_out(
        request,
        report.file,
        purposes={FilePurpose.REPORT},
        about=report,
        name=f"{report.client.slug}-{report.number:04d}.pdf",
        kind="application/pdf",
    )
