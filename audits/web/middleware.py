"""One origin, one transaction, one scope for each request; no cache may keep anything of it."""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from audits import access
from audits.enums import Via
from audits.models import User
from audits.rights import Refused
from audits.services import files, origin, personal_log
from audits.services.errors import TooMany
from audits.web import acting, bearer, errors, operator, preview, session_clock, vouching
from audits.web.addresses import client_ip

_REFUSED = 400  # and everything above: nothing was shown
Respond = Callable[[HttpRequest], HttpResponse]


def _slug_of(request: HttpRequest) -> str | None:
    try:
        slug = resolve(request.path_info).kwargs.get("slug")
    except Resolver404:
        return None
    return str(slug) if slug is not None else None


def _without_client(request: HttpRequest) -> str:
    """The address without what names a client, which nobody found for this person.

    It may be the client of a provider that the person has left: whoever reads the log of another
    one must not learn of it. An absent client's name goes too, so that nothing tells them apart.
    """
    slug = _slug_of(request)
    parts = request.path_info.split("/")
    return "/".join("…" if part == slug else part for part in parts)


class OriginMiddleware:
    """Say where the request comes from, and give it an id that the answer and the log carry."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4()  # never one that came with the request: it may be anybody's
        via = Via.API if request.path_info.startswith("/api/") else Via.WEB
        with origin.entered(via=via, request_id=request_id, address=client_ip(request)):
            response = self.get_response(request)
        response["X-Request-ID"] = str(request_id)
        return response


class TenancyMiddleware:
    """Enter the scope that address and membership allow, and roll back where a view raised."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            with transaction.atomic():
                return self._respond(request)
        try:
            return self._in_scope(request, request.user)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]
            raise

    def _in_scope(self, request: HttpRequest, user: User) -> HttpResponse:
        # Around the transaction: what is rolled back leaves no file behind either.
        with files.undone_on_error() as written:
            with access.opened(
                user,
                slug=_slug_of(request),
                provider_id=acting.chosen(request),
                vouched=vouching.vouched_for(request, user),
                token=bearer.token_of(request),
                begun_at=session_clock.begun_at(request),
                as_owner_of=preview.chosen(request, user),
            ) as (actor, client):
                request.actor = actor  # type: ignore[attr-defined]
                request.client = client  # type: ignore[attr-defined]
                if preview.forbids(request, user):
                    return preview.refused(request)
                # The days on a client's pages are those of its reports.
                zone = timezone.override(ZoneInfo(client.time_zone)) if client else nullcontext()
                with zone:
                    response = self._respond(request)
                if response.status_code < _REFUSED:
                    operator.note_page(request, actor)
            if getattr(request, "view_raised", False):
                written.discard_all()
        return response

    def _respond(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "view_raised", False):
            transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        request.view_raised = True  # type: ignore[attr-defined]
        if isinstance(exception, Refused):
            request.refused = exception  # type: ignore[attr-defined]
        return errors.too_many(request, exception) if isinstance(exception, TooMany) else None


class RefusalMiddleware:
    """Log that a person reached for what is not there or not theirs, once the rest is undone.

    Both leave the same line: neither answer nor time tells one from the other. So does what a
    service forbade and a page only said.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        refused = getattr(request, "refused", None)
        found = [*([] if refused is None else [refused]), *origin.current().refused]
        if found and request.user.is_authenticated:
            self._note(request, request.user, found)
        return response

    def _note(self, request: HttpRequest, user: User, found: list[Refused]) -> None:
        actor: access.Actor | None = getattr(request, "actor", None)
        came_by = bearer.token_of(request) or vouching.vouched_for(request, user)
        acted_for = came_by.provider_id if came_by is not None else None
        with transaction.atomic():
            for refused in found:
                personal_log.note_refused(
                    user=user,
                    refused=refused,
                    method=request.method or "",
                    path=request.path_info if actor is not None else _without_client(request),
                    provider_id=actor.provider_id if actor is not None else acted_for,
                )


class NoStoreMiddleware:
    """Keep what a logged-in person sees out of every cache."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response["Cache-Control"] = "no-store, private"
        return response
