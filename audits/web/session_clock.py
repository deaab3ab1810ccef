"""A session ends after an hour without a person, and after twelve whatever happens.

The times stand in the session itself; the list of sessions that a person sees is written beside
them. Requests that a page sends by itself prove nobody's presence: their views are `@polled`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from audits import access
from audits.services import session as service
from audits.web import acting, bearer, way_back
from audits.web.addresses import client_ip

View = TypeVar("View", bound=Callable[..., Any])
# Keys in the session. The times are seconds of the epoch.
BEGUN, SEEN, KEY, ID = "begun", "seen", "noted_key", "session_id"
# The providers whose pages it has shown, and when each place of the person was told of it.
PROVIDERS, PLACES = "providers", "places"
_NOTED_EVERY_SECONDS = 60


def polled(view: View) -> View:
    """Mark a view that pages ask by themselves, through HTMX: that keeps no session alive."""
    view.is_polled = True  # type: ignore[attr-defined]
    return view


class SessionClockMiddleware:
    """End what ran out, and note what is used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ended = _is_logged_in(request) and _what_ran_out(request)
        if ended:
            logout(request)
            if _needs_log_in(request):
                messages.info(request, ended)
                back = redirect_to_login(way_back.after_log_in(request))
                return way_back.whole_page(request, back)
        response = self.get_response(request)
        if _is_used(request):
            _note(request)
        return response


def _is_logged_in(request: HttpRequest) -> bool:
    """Say whether a session lets the person in: a token of the API has none, and gets none."""
    return request.user.is_authenticated and bearer.token_of(request) is None


def _what_ran_out(request: HttpRequest) -> str:
    """Say in words why the session is over; nothing while it goes on."""
    now = time.time()
    if now - request.session.get(BEGUN, now) > settings.MIA_SESSION_SECONDS:
        return _("You were logged out because your log-in is twelve hours old. Log in to go on.")
    if now - request.session.get(SEEN, now) > settings.MIA_SESSION_IDLE_SECONDS:
        return _("You were logged out after an hour without activity. Log in to go on.")
    return ""


def _needs_log_in(request: HttpRequest) -> bool:
    """Say whether a page behind the log-in comes next; the API answers for itself."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return bool(getattr(view, "login_required", True))


def _is_used(request: HttpRequest) -> bool:
    """Say whether a person was at this session: neither a page that polls nor a program."""
    return _is_logged_in(request) and not _is_polling(request)


def _is_polling(request: HttpRequest) -> bool:
    match = request.resolver_match
    polls = match is not None and getattr(match.func, "is_polled", False)
    return polls and bool(request.headers.get("HX-Request"))


def begun_at(request: HttpRequest) -> datetime | None:
    """When the session began; None where that is not noted yet, and for a token."""
    begun = request.session.get(BEGUN) if bearer.token_of(request) is None else None
    return None if begun is None else datetime.fromtimestamp(begun, UTC)


def _provider(request: HttpRequest) -> int | None:
    """Whose pages the person was on; None where nothing says which of several it is."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.user != request.user or actor.look is not None:
        return None
    provider_id: int | None = actor.provider_id
    is_told = getattr(request, "client", None) is not None or len(actor.provider_ids) <= 1
    return provider_id if is_told or acting.chosen(request) == provider_id else None


def _note_place(request: HttpRequest, provider_id: int, now: int) -> None:
    """Tell the provider, or the client, that one of its people was there: once a minute."""
    client = getattr(request, "client", None)
    at_home = access.may(request.actor, "fleet.view")  # type: ignore[attr-defined]
    if client is None and not at_home:
        return
    client_id = None if at_home else client.pk  # type: ignore[union-attr]
    told, name = request.session.get(PLACES, {}), f"{provider_id}:{client_id or ''}"
    if now - told.get(name, 0) < _NOTED_EVERY_SECONDS:
        return
    service.note_seen(user=request.user, provider_id=provider_id, client_id=client_id)  # type: ignore[arg-type]
    request.session[PLACES] = {**told, name: now}


def _note(request: HttpRequest) -> None:
    """Once a minute, and whenever the session got a new key or shows another provider."""
    session, now = request.session, int(time.time())
    key, provider_id = session.session_key or "", _provider(request)
    known = session.get(PROVIDERS, [])
    if provider_id is not None:
        _note_place(request, provider_id, now)
    is_known = session.get(KEY) == key and (provider_id is None or provider_id in known)
    if is_known and now - session.get(SEEN, 0) < _NOTED_EVERY_SECONDS:
        return
    session.setdefault(BEGUN, now)
    session[SEEN] = now
    session[KEY] = key
    session[PROVIDERS] = sorted({*known, *([] if provider_id is None else [provider_id])})
    session[ID] = service.note(
        user=request.user,  # type: ignore[arg-type]
        session_id=session.get(ID, ""),
        key=key,
        address=client_ip(request),
        agent=request.META.get("HTTP_USER_AGENT", ""),
        begun_at=datetime.fromtimestamp(session[BEGUN], UTC),
        provider_ids=session[PROVIDERS],
    )
