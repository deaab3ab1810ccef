"""One transaction and one scope for each request; nothing of it may be kept by a cache."""

from collections.abc import Callable
from contextlib import nullcontext
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from audits import access
from audits.services import files

Respond = Callable[[HttpRequest], HttpResponse]


def _slug_of(request: HttpRequest) -> str | None:
    try:
        slug = resolve(request.path_info).kwargs.get("slug")
    except Resolver404:
        return None
    return str(slug) if slug is not None else None


class TenancyMiddleware:
    """Enter the scope that address and membership allow, and roll back where a view raised."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            with transaction.atomic():
                return self._respond(request)
        # Around the transaction: what is rolled back leaves no file behind either.
        with files.undone_on_error() as written:
            with access.opened(request.user, slug=_slug_of(request)) as (actor, client):
                request.actor = actor  # type: ignore[attr-defined]
                request.client = client  # type: ignore[attr-defined]
                # The days on a client's pages are those of its reports.
                zone = timezone.override(ZoneInfo(client.time_zone)) if client else nullcontext()
                with zone:
                    response = self._respond(request)
            if getattr(request, "view_raised", False):
                written.discard_all()
        return response

    def _respond(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "view_raised", False):
            transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, _exception: Exception) -> None:
        request.view_raised = True  # type: ignore[attr-defined]


class NoStoreMiddleware:
    """Keep what a logged-in person sees out of every cache."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response["Cache-Control"] = "no-store, private"
        return response
