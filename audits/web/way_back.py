"""Where a person goes on after a log-in or a confirmation came in between."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def after_log_in(request: HttpRequest) -> str:
    """The page that was asked for, or the one whose form or fragment asked for something else."""
    if request.headers.get("HX-Request"):
        return _own_path(request, request.headers.get("HX-Current-URL", ""))
    if request.method in {"GET", "HEAD"}:
        return _begun_once(request.get_full_path())
    return _own_path(request, request.headers.get("Referer", ""))


def whole_page(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponse:
    """The redirect, such that it changes the page and not the fragment that asked."""
    if not request.headers.get("HX-Request"):
        return response
    return HttpResponse(status=204, headers={"HX-Redirect": response.url})


def _own_path(request: HttpRequest, url: str) -> str:
    """Path and query of an address of this portal, the start page for any other."""
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(url)
    return _begun_once(f"{parts.path}{'?' if parts.query else ''}{parts.query}")


def _begun_once(path: str) -> str:
    """The path with one slash at its beginning: after two a browser reads the name of a host."""
    return "/" + path.lstrip("/\\")
