"""Every chart as a file: its numbers as CSV, its picture as SVG; or what its page draws it from."""

from django.http import Http404, HttpResponse, JsonResponse

from audits import access
from audits.queries import ai_model as models
from audits.queries import audit as audits
from audits.queries import charts, checklist
from audits.queries import client as clients
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.queries.charts import Chart
from audits.web.downloads import attached
from audits.web.requests import ClientRequest, FleetRequest
from audits.web.vendor import opened

_KINDS = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml"}


def of_audit(request: ClientRequest, slug: str, pk: int, name: str, ending: str) -> HttpResponse:
    """One chart of a result, as far as the person sees it on the page."""
    plain = name in charts.FOR_EVERYBODY
    action = "audit.view" if plain else "technical.view"
    audit = access.open_row(request.actor, audits.of_client(request.client), pk, action=action)
    found = audits.result(audit)
    if found is None or not (plain or name in charts.TECHNICAL):
        raise Http404
    chart = charts.of_audit(found, name)
    if ending == "json" and chart.figures is not None:
        return JsonResponse(chart.figures)
    return file_of(chart, of=f"audit-{pk}", ending=ending)


def of_client(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """How the client has been rated over time; 404 before there is a line."""
    access.require(request.actor, "client.view", request.client)
    found = clients.overview(request.client)
    return _over_time(charts.rating_over_time(found.history, found.badge), of=slug, ending=ending)


def of_model(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """How a model has been rated over time; 404 before there is a line."""
    rows = models.of_client(request.client)
    model = access.open_row(request.actor, rows, pk, action="model.view")
    chart = charts.rating_over_time(models.history(model), models.risk_of(model).badge)
    return _over_time(chart, of=f"model-{pk}", ending=ending)


def _over_time(chart: Chart | None, *, of: str, ending: str) -> HttpResponse:
    if chart is None:
        raise Http404
    return file_of(chart, of=of, ending=ending)


def of_checklist(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """How far each section has come."""
    access.require(request.actor, "checklist.view", request.client)
    return file_of(charts.readiness(checklist.rows(request.client)), of=slug, ending=ending)


def of_tool(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """Where the risk of a tool comes from, for whom the review is."""
    access.require(request.actor, "vendor.view")
    tool = access.open_row(request.actor, tools.of_client(request.client), pk, action="tool.view")
    bounds = tools.bounds_of(tools.row_of(tool, with_sheets=True))
    if bounds.found is None:
        raise Http404
    return file_of(charts.tool_review(bounds.found), of=f"tool-{pk}", ending=ending)


def of_vendor(request: FleetRequest, pk: int, ending: str) -> HttpResponse:
    """Where the risk of a vendor's tool comes from, as its completed review says."""
    found = sheets.reviewed(sheets.row_of(opened(request, pk, "vendor.view")))
    if found is None:
        raise Http404
    return file_of(charts.tool_review(found), of=f"vendor-{pk}", ending=ending)


def file_of(chart: Chart, *, of: str, ending: str) -> HttpResponse:
    """Answer with a chart as a file; 404 for a kind that there is not."""
    if ending not in _KINDS:
        raise Http404
    body = charts.as_svg(chart) if ending == "svg" else charts.as_csv(chart)
    return attached(body, name=f"{of}-{chart.name}.{ending}", kind=_KINDS[ending])
