"""Programs log in with a token in the Authorization header: for the API alone, and on no page.

This middleware decides who is asking, before the scope is entered; `audits.api.authentication`
says it again in the words of the API. A token in an address is refused: addresses are written down.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from audits import cache
from audits.models import ApiToken
from audits.services import api_token, limits, origin, token_text
from audits.services.errors import TooMany
from audits.web import errors
from audits.web.addresses import client_ip

_PLACE = "/api/"
_SCHEME = "bearer"


def token_of(request: HttpRequest) -> ApiToken | None:
    """Return the token that a request was let in by; None for a session and for nobody."""
    return getattr(request, "token", None)


class BearerMiddleware:
    """Let the holder of a token in, and count what is asked of the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_PLACE):
            return self.get_response(request)
        given = _given(request)
        if given is not None:
            _let_in(request, api_token.recognise(text=given, address=client_ip(request)))
        token = token_of(request)
        with origin.entered_by_token(token.prefix if token is not None else ""):
            try:
                _count(request)
            except TooMany as error:
                return errors.too_many(request, error)
            return self.get_response(request)


def _given(request: HttpRequest) -> str | None:
    """Return what was sent as a token; a refused way of sending one is a wrong token."""
    if any(value.startswith(token_text.START) for value in _query(request)):
        return ""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == _SCHEME else None


def _query(request: HttpRequest) -> list[str]:
    return [value for _name, values in request.GET.lists() for value in values]


def _let_in(request: HttpRequest, token: ApiToken | None) -> None:
    """Set who is asking: a token counts more than a session that came with it."""
    request.token = token  # type: ignore[attr-defined]
    request.user = AnonymousUser() if token is None else token.user
    request.is_token_wrong = token is None  # type: ignore[attr-defined]


def _count(request: HttpRequest) -> None:
    token = token_of(request)
    if token is not None:
        owner = cache.of_token(token.pk)
    elif request.user.is_authenticated:
        owner = cache.of_person(request.user.pk)
    else:
        return
    limits.spend(
        owner,
        "api_requests",
        most=settings.MIA_API_REQUESTS_PER_MINUTE,
        seconds=limits.MINUTE,
        refusal=f"The API answers {settings.MIA_API_REQUESTS_PER_MINUTE} requests in a minute",
    )
