"""Before something dangerous a person proves once more who they are.

A view asks `confirmation` after its door and before anything else, on the form and on what the form
sends to: it lets through whoever logged in, or confirmed it, in the last
`ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds (10 minutes). Whoever may not open the page learns
nothing that way. A form that was sent too late is not kept: it is shown again after the
confirmation.

What concerns the account as a whole, and so every provider that the person belongs to, is for
`@in_person`: a company account proves the person to its own provider and to nobody else.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from audits.models import User
from audits.web import vouching, way_back

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_IN_PERSON = frozenset({"password", "mfa"})
_BY_COMPANY = frozenset({"socialaccount"})


def _is_recent(request: HttpRequest, proofs: frozenset[str]) -> bool:
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    proved = [record["at"] for record in records if record.get("method") in proofs]
    return bool(proved) and time.time() - max(proved) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def is_recent(request: HttpRequest) -> bool:
    """Say whether the person has proved who they are within the last minutes."""
    return _is_recent(request, _IN_PERSON | _BY_COMPANY)


def is_recent_in_person(request: HttpRequest) -> bool:
    """Say whether they proved it to us, by their own password or second factor."""
    return _is_recent(request, _IN_PERSON)


def is_in_person(request: HttpRequest) -> bool:
    """Say whether the session may speak for the account, not for one provider's voucher alone."""
    user = cast("User", request.user)
    return vouching.vouched_for(request, user) is None or is_recent_in_person(request)


def remember(request: HttpRequest, user: User) -> None:
    """Note that the person proved it just now, where they logged in by a page of our own."""
    record_authentication(request, user, method="password")


def confirmation(request: HttpRequest) -> HttpResponseBase | None:
    """Where the person confirms first who they are; None where they did a moment ago."""
    return None if is_recent(request) else _ask(request)


def in_person(view: View) -> View:
    """Let the view answer no session that a provider's single sign-on alone has vouched for."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - whatever the address holds
        return view(request, *args, **kwargs) if is_in_person(request) else _ask(request)

    return cast("View", guarded)


def _ask(request: HttpRequest) -> HttpResponseBase:
    """Lead to the confirmation and from there back to the page."""
    back = way_back.after_log_in(request)
    if request.method not in {"GET", "HEAD"}:
        text = _("Nothing was changed: confirm that it is you, then send the form once more.")
        messages.warning(request, text)
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if methods:
        response = redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")
    else:  # neither password nor second factor: only a log-in by single sign-on proves anything
        logout(request)
        messages.info(request, _("Log in once more to confirm that it is you."))
        response = redirect_to_login(back)
    return way_back.whole_page(request, response)
