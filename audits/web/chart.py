"""Every chart by an address of its own: to look at closely, or to take away as CSV or SVG."""

from typing import NamedTuple

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

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


class Place(NamedTuple):
    """The page a chart stands on."""

    url: str
    label: str


def of_audit(request: ClientRequest, slug: str, pk: int, name: str, ending: str) -> HttpResponse:
    """One chart of a result, as far as the person sees it on the page."""
    for_everybody = name in charts.FOR_EVERYBODY
    action = "audit.view" if for_everybody else "technical.view"
    audit = access.open_row(request.actor, audits.of_client(request.client), pk, action=action)
    found = audits.result(audit)
    if found is None or not (for_everybody or name in charts.TECHNICAL):
        raise Http404
    plain = not access.may(request.actor, "technical.view", request.client)
    chart = charts.of_audit(found, name, plain=plain)
    back = Place(reverse("audit", args=[slug, pk]), _("Audit"))
    return answer(request, chart, of=f"audit-{pk}", ending=ending, back=back)


def of_client(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """How the client has been rated over time; 404 before there is a line."""
    access.require(request.actor, "client.view", request.client)
    found = clients.overview(request.client)
    chart = charts.rating_over_time(found.history, found.badge)
    back = Place(reverse("client", args=[slug]), request.client.name)
    return _over_time(request, chart, of=slug, ending=ending, back=back)


def of_model(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """How a model has been rated over time; 404 before there is a line."""
    rows = models.of_client(request.client)
    model = access.open_row(request.actor, rows, pk, action="model.view")
    chart = charts.rating_over_time(models.history(model), models.risk_of(model).badge)
    back = Place(reverse("model", args=[slug, pk]), model.name)
    return _over_time(request, chart, of=f"model-{pk}", ending=ending, back=back)


def _over_time(
    request: ClientRequest, chart: Chart | None, *, of: str, ending: str, back: Place
) -> HttpResponse:
    if chart is None:
        raise Http404
    return answer(request, chart, of=of, ending=ending, back=back)


def of_checklist(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """How far each section has come."""
    access.require(request.actor, "checklist.view", request.client)
    chart = charts.readiness(checklist.rows(request.client))
    back = Place(reverse("checklist", args=[slug]), _("Checklist"))
    return answer(request, chart, of=slug, ending=ending, back=back)


def of_tool(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """Where the risk of a tool comes from, for whom the review is."""
    access.require(request.actor, "vendor.view")
    tool = access.open_row(request.actor, tools.of_client(request.client), pk, action="tool.view")
    bounds = tools.bounds_of(tools.row_of(tool, with_sheets=True))
    if bounds.found is None:
        raise Http404
    chart = charts.tool_review(bounds.found)
    back = Place(reverse("tool", args=[slug, pk]), tool.name)
    return answer(request, chart, of=f"tool-{pk}", ending=ending, back=back)


def of_vendor(request: FleetRequest, pk: int, ending: str) -> HttpResponse:
    """Where the risk of a vendor's tool comes from, as its completed review says."""
    row = sheets.row_of(opened(request, pk, "vendor.view"))
    found = sheets.reviewed(row)
    if found is None:
        raise Http404
    back = Place(reverse("vendor", args=[pk]), _("Review"))
    return answer(request, charts.tool_review(found), of=f"vendor-{pk}", ending=ending, back=back)


def answer(
    request: FleetRequest, chart: Chart, *, of: str, ending: str, back: Place
) -> HttpResponse:
    """Answer with a chart as a page, as what the page draws, or as a file; 404 for other kinds."""
    if ending == "html":
        return _closer(request, chart, back)
    if ending == "json":
        return JsonResponse(chart.figures)
    if ending not in _KINDS:
        raise Http404
    body = charts.as_svg(chart) if ending == "svg" else charts.as_csv(chart)
    return attached(body, name=f"{of}-{chart.name}.{ending}", kind=_KINDS[ending])


def _closer(request: FleetRequest, chart: Chart, back: Place) -> HttpResponse:
    """A chart alone, drawn so that it can be read by pointing at it."""
    start, query = request.path.removesuffix("html"), request.GET.urlencode()
    urls = {
        f"{name}_url": f"{start}{ending}{'?' if query else ''}{query}"
        for name, ending in (("csv", "csv"), ("svg", "svg"), ("figures", "json"))
    }
    return render(request, "chart/closer.html", {"chart": chart, "back": back} | urls)
