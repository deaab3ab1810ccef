"""Error pages, and their like for the API: no detail, no query, no session."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from audits.services.errors import TooMany

# In the API's own words, so that nothing tells a closed door from an absent row.
_DETAIL = {
    400: "Bad request.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    413: "The request is too large.",
    500: "Server error.",
}


def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """Say what the limit is and when it is possible again."""
    if request.path_info.startswith("/api/"):
        return limited(JsonResponse({"detail": str(error)}), error)
    return limited(HttpResponse(render_to_string("too_many.html", {"text": str(error)})), error)


def limited(response: HttpResponse, error: Exception | None) -> HttpResponse:
    """Where this was too much, make it an answer that programs know to come back from."""
    if isinstance(error, TooMany):
        response.status_code = 429
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return JsonResponse(
            {"detail": _DETAIL[status]}, status=status, json_dumps_params={"separators": (",", ":")}
        )
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def too_large(request: HttpRequest) -> HttpResponse:
    return _answer(request, 413)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token; why it was refused is for our own log."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500)
