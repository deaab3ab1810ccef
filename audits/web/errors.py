"""Error pages: no detail, no query, no session."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def _page(status: int) -> HttpResponse:
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def bad_request(_request: HttpRequest, _exception: Exception | None = None) -> HttpResponse:
    return _page(400)


def forbidden(_request: HttpRequest, _exception: Exception | None = None) -> HttpResponse:
    return _page(403)


def not_found(_request: HttpRequest, _exception: Exception | None = None) -> HttpResponse:
    return _page(404)


def server_error(_request: HttpRequest) -> HttpResponse:
    return _page(500)
