"""A person who does not exist asks the running portal for pages, through all of its middleware.

The visitor is made inside a transaction that is always rolled back: a viewer of one client, with a
session, of whom nothing stays. Only GET is asked, so that nothing is done on the way.
"""

import io
import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module

from django.conf import settings
from django.contrib.auth import login
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audits.enums import Role
from audits.models import Client, Membership, User

OPENED, ABSENT = 200, 404
# Pages that anybody of a client may open, and the table of the row that their number names.
ROW_PAGES = {
    "model": "audits_aimodel",
    "dataset": "audits_dataset",
    "audit": "audits_audit",
    "report": "audits_report",
    "api:model": "audits_aimodel",
    "api:dataset": "audits_dataset",
    "api:audit": "audits_audit",
}
_NOWHERE = "no-such-client-0000"
_NO_ROW = 2**62
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_visiting: ContextVar[bool] = ContextVar("mia_visiting", default=False)


class _Quiet(logging.Filter):
    """Django logs every address that is not found; the visitor's are no news."""

    def filter(self, _record: logging.LogRecord) -> bool:
        return not _visiting.get()


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _host() -> str:
    named = next(iter(settings.ALLOWED_HOSTS), "localhost").lstrip(".")
    return "localhost" if named == "*" else named


def _request(path: str, cookie: str = "") -> WSGIRequest:
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": _host(),
            "SERVER_PORT": "443",
            "HTTP_HOST": _host(),
            "HTTP_COOKIE": cookie,
            "HTTP_X_FORWARDED_PROTO": "https",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(),
        }
    )


def _walk(
    patterns: list[URLPattern | URLResolver], space: str, outer: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for pattern in patterns:
        named = outer | frozenset(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, inner, named)
        else:
            yield f"{space}{pattern.name}", named


@cache
def addresses() -> dict[str, frozenset[str]]:
    """Every address that names a client, with its arguments."""
    found = _walk(get_resolver().url_patterns, "", frozenset())
    return {name: named for name, named in found if "slug" in named}


def _address(name: str, slug: str, *, number: int = 1) -> str:
    arguments = {key: number for key in addresses()[name] if key != "slug"}
    return reverse(name, kwargs={**arguments, "slug": slug})


class Visitor:
    """Asks for pages as one person and compares the answers."""

    def __init__(self, cookie: str, slug: str) -> None:
        self._cookie = cookie
        self._slug = slug

    def _asked(self, path: str) -> HttpResponseBase:
        return _handler().get_response(_request(path, self._cookie))

    def _told(self, path: str) -> tuple[int, bytes]:
        answer = self._asked(path)
        return answer.status_code, b"" if answer.streaming else answer.content  # type: ignore[attr-defined]

    def own_page(self) -> HttpResponseBase:
        return self._asked(_address("client", self._slug))

    def tell_apart(self, slugs: Iterable[str]) -> list[str]:
        """Name the addresses at which such a client can be told from one that does not exist."""
        told = []
        for name in addresses():
            absent = self._told(_address(name, _NOWHERE))
            found = [self._told(_address(name, slug)) for slug in slugs]
            if absent[0] != ABSENT or any(answer != absent for answer in found):
                told.append(name)
        return told

    def tell_rows_apart(self, rows: Mapping[str, int]) -> list[str]:
        """Name the pages on which a foreign row can be told from one that does not exist."""
        told = []
        for name, table in ROW_PAGES.items():
            if table not in rows:
                continue
            absent = self._told(_address(name, self._slug, number=_NO_ROW))
            foreign = self._told(_address(name, self._slug, number=rows[table]))
            if absent[0] != ABSENT or foreign != absent:
                told.append(name)
        return told


def _cookie_of(user: User) -> str:
    """Log the person in, as the log-in page would, and return the cookie."""
    request = _request("/")
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, user, backend=_BACKEND)
    request.session.save()
    return f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"


@contextmanager
def visitor(client: Client) -> Iterator[Visitor]:
    """Be a viewer of this client for the block; afterwards nobody of that name was ever there."""
    logger, quiet = logging.getLogger("django.request"), _Quiet()
    logger.addFilter(quiet)
    token = _visiting.set(True)
    try:
        with transaction.atomic():
            user = User.objects.create_user(f"{secrets.token_hex(16)}@visitor.invalid")
            Membership.objects.create(
                user=user,
                provider_id=client.provider_id,
                client=client,
                role=Role.CLIENT_VIEWER,
            )
            yield Visitor(_cookie_of(user), client.slug)
            transaction.set_rollback(True)
    finally:
        _visiting.reset(token)
        logger.removeFilter(quiet)
