"""Which passages of which framework a client's checklist supports."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from audits import access
from audits.queries import framework as queries
from audits.queries import house_listings
from audits.web.listing import file_of
from audits.web.requests import ClientRequest


def register(request: ClientRequest, slug: str) -> HttpResponse:
    access.require(request.actor, "report.view", request.client)
    return render(request, "framework/list.html", {"frameworks": queries.listed(request.client)})


def register_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The list of frameworks as a download."""
    access.require(request.actor, "report.view", request.client)
    rows = queries.listed(request.client)
    return file_of(house_listings.FRAMEWORKS, rows, of=slug, ending=ending, for_staff=False)


def file(request: ClientRequest, slug: str, key: str, ending: str) -> HttpResponse:
    """The passages of one framework as a download, in the words of its reader."""
    access.require(request.actor, "report.view", request.client)
    framework = queries.by_key(request.client, key)
    if framework is None:
        raise Http404
    staff = access.may(request.actor, "technical.view", request.client)
    rows = house_listings.supported(queries.crosswalk(request.client, framework))
    listing = house_listings.framework(plain=not staff)
    return file_of(listing, rows, of=f"{key}-{slug}", ending=ending, for_staff=staff)


def detail(request: ClientRequest, slug: str, key: str) -> HttpResponse:
    access.require(request.actor, "report.view", request.client)
    framework = queries.by_key(request.client, key)
    if framework is None:
        raise Http404
    lines = queries.crosswalk(request.client, framework)
    return render(request, "framework/detail.html", {"framework": framework, "lines": lines})
