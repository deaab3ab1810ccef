import json

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from audits import access
from audits.enums import ColumnList, FilePurpose
from audits.models import Report
from audits.queries import audit as audits
from audits.queries import house_listings, narrowed, report_pictures
from audits.queries import report as reports
from audits.queries import report_schedule as schedules
from audits.reports.document import Document
from audits.web import list_bulk, list_columns, list_files, narrowing
from audits.web.audit import STOP_POLLING
from audits.web.downloads import handed_out
from audits.web.forms.list_bulk import ReportsForm
from audits.web.list_files import Listed
from audits.web.requests import ClientRequest
from audits.web.session_clock import polled


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "report.view", request.client)
    bulk = list_bulk.bar(request, ReportsForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed.REPORTS, _listed(request).rows)
    context = list_columns.context(request, ColumnList.REPORTS, found)
    return render(request, "report/list.html", context | {"bulk": bulk})


def _listed(request: ClientRequest) -> Listed:
    return Listed(
        name=ColumnList.REPORTS.value,
        listing=house_listings.REPORTS,
        read=lambda: _rows(request),
        for_staff=access.may(request.actor, "report.prepare", request.client),
    )


def _rows(request: ClientRequest) -> QuerySet[Report]:
    """Reports that the person may read: those that are held are staff's until they are sent."""
    staff = access.may(request.actor, "report.prepare", request.client)
    return reports.of_client(request.client, with_held=staff)


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the archive."""
    return list_files.chosen(request, _listed(request))


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The archive as a download: what the filters leave of what the list shows to whoever asks."""
    access.require(request.actor, "report.view", request.client)
    return list_files.table(request, chosen(request), ending)


@polled
def detail(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Progress of the PDF, then its download; polled until the file is there."""
    report = access.open_row(request.actor, _rows(request), pk, action="report.view")
    if report.job is None:
        raise Http404
    standing = audits.progress(report.job)
    context = {"report": report, "progress": standing}
    if not request.htmx:
        return render(request, "report/detail.html", context | _told(request, report))
    response = render(request, "report/progress.html", context)
    if not standing.is_active:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


def _told(request: ClientRequest, report: Report) -> dict[str, object]:
    """What the page shows of a report: what it says, and to staff how it is sent."""
    found: dict[str, object] = {}
    if report.is_summary:
        found = {"pictures": report_pictures.of_frozen(report.data)}
    else:
        document = Document.from_json(json.dumps(report.data))
        found = {"content": document, "sections": report_pictures.shown(document)}
    if access.may(request.actor, "report.send", request.client):
        found |= {
            "sendings": reports.sendings_of(report),
            "run": schedules.run_of(report),
            "can_hand_in": reports.may_be_handed_in(report),
            "can_send": reports.may_be_sent(report),
        }
    return found


def download(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    report = access.open_row(request.actor, _rows(request), pk, action="report.download")
    return handed_out(
        request,
        report.file,
        purposes={FilePurpose.REPORT},
        about=report,
        name=f"{report.client.slug}-{report.number:04d}.pdf",
        kind="application/pdf",
    )
