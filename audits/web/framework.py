"""Which passages of which framework a client's checklist supports."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from audits import access
from audits.queries import framework as queries
from audits.web.requests import ClientRequest


def register(request: ClientRequest, slug: str) -> HttpResponse:
    access.require(request.actor, "report.view", request.client)
    return render(request, "framework/list.html", {"frameworks": queries.listed(request.client)})


def detail(request: ClientRequest, slug: str, key: str) -> HttpResponse:
    access.require(request.actor, "report.view", request.client)
    framework = queries.by_key(request.client, key)
    if framework is None:
        raise Http404
    lines = queries.crosswalk(request.client, framework)
    return render(request, "framework/detail.html", {"framework": framework, "lines": lines})
