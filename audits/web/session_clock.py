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

from audits.services import session as service
from audits.web import bearer, way_back
from audits.web.addresses import client_ip

View = TypeVar("View", bound=Callable[..., Any])
# Keys in the session. The times are seconds of the epoch.
BEGUN, SEEN, KEY, ID = "begun", "seen", "noted_key", "session_id"
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


def _note(request: HttpRequest) -> None:
    """Once a minute, and whenever the session got a new key."""
    session, now = request.session, int(time.time())
    key = session.session_key or ""
    is_known = session.get(KEY) == key
    if is_known and now - session.get(SEEN, 0) < _NOTED_EVERY_SECONDS:
        return
    session.setdefault(BEGUN, now)
    session[SEEN] = now
    session[KEY] = key
    session[ID] = service.note(
        user=request.user,  # type: ignore[arg-type]
        session_id=session.get(ID, ""),
        key=key,
        address=client_ip(request),
        agent=request.META.get("HTTP_USER_AGENT", ""),
        begun_at=datetime.fromtimestamp(session[BEGUN], UTC),
    )
