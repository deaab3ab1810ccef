"""What waits or runs now: the rows that the indicator in the bar of every page counts.

Both ask again by themselves while something is on its way, at the address of the page: the
indicator by its own name, which takes counts alone.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render

from audits import access
from audits.queries import on_their_way
from audits.queries.on_their_way import OnTheirWay, Underway
from audits.web.audit import STOP_POLLING
from audits.web.context import portfolios_of, work_of
from audits.web.listing import page_of
from audits.web.requests import ClientRequest, FleetRequest
from audits.web.session_clock import polled

_INDICATOR = "jobs-indicator"


@polled
def of_client(request: ClientRequest, slug: str) -> HttpResponse:
    """Audits of one client on their way, and reports for whoever sees them before they are sent."""
    access.require(request.actor, "audit.view", request.client)
    told = access.may(request.actor, "report.prepare", request.client)
    if _is_counted(request):
        return _indicator(request, on_their_way.of_client(request.client, with_reports=told))
    return _list(
        request,
        lambda kind: on_their_way.listed_at(request.client, with_reports=told, kind=kind),
    )


@polled
def of_fleet(request: FleetRequest) -> HttpResponse:
    """The same of every client that the person may open, and reports over all of them."""
    access.require(request.actor, "fleet.view")
    readable, reach = portfolios_of(request.actor), work_of(request.actor)
    if _is_counted(request):
        return _indicator(request, on_their_way.of_fleet(readable, reach))
    return _list(request, lambda kind: on_their_way.listed(readable, reach, kind=kind))


def _is_counted(request: FleetRequest) -> bool:
    return request.htmx.target == _INDICATOR


def _indicator(request: FleetRequest, work: OnTheirWay) -> HttpResponse:
    context = {"work": work, "jobs_url": request.path}
    name = "components/jobs_indicator.html"
    return render(request, name, context, status=_status(is_any=bool(work.all)))


def _list(request: FleetRequest, read: Callable[[str], list[Underway]]) -> HttpResponse:
    """The page, or its rows alone for a page that asks again."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in on_their_way.KINDS else ""
    rows = read(kind)
    context = {
        "page": page_of(request, rows),
        "kind": kind,
        "poll_seconds": on_their_way.poll_seconds(rows),
    }
    if not request.htmx:
        return render(request, "job/list.html", context)
    return render(request, "job/rows.html", context, status=_status(is_any=bool(rows)))


def _status(*, is_any: bool) -> int:
    return HTTPStatus.OK if is_any else STOP_POLLING
