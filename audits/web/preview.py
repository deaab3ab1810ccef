"""Staff see a client as its owner does: chosen by hand, kept in the session, and nothing is saved.

`access.opened` makes an owner of whoever looks; here is what begins it, ends it and keeps it from
writing.
"""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.models import User
from audits.web.requests import ClientRequest, FleetRequest

_KEY: Final = "as_owner_of"
_READS: Final = frozenset({"GET", "HEAD"})
# What still works by a form: going back to the own view, and logging out.
_WAYS_OUT: Final = frozenset({"preview_end", "account_logout"})


def chosen(request: HttpRequest, user: User) -> int | None:
    """The client that this very person looks at as its owner in this session."""
    session = getattr(request, "session", None)
    told = session.get(_KEY) if session is not None else None
    return told["client"] if isinstance(told, dict) and told.get("user") == user.pk else None


def forbids(request: HttpRequest, user: User) -> bool:
    """Say whether a request would write, while its person looks as an owner: whatever they open."""
    looks = chosen(request, user) is not None
    return looks and request.method not in _READS and not _leads_out(request)


def _leads_out(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in _WAYS_OUT
    except Resolver404:
        return False


def refused(request: HttpRequest) -> HttpResponse:
    """Say that nothing was saved, and how to get back to where something can be."""
    text = _("You are looking as the client sees it, so nothing was saved.")
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": text}, status=403)
    return render(request, "client/only_looks.html", {"text": text}, status=403)


@require_POST
def start(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "client.preview", request.client)
    request.session[_KEY] = {
        "user": request.actor.user.pk,
        "client": request.client.pk,
        "slug": request.client.slug,
    }
    return redirect("client", slug=slug)


@require_POST
def end(request: FleetRequest) -> HttpResponseBase:
    """Go back to the own view of the same client."""
    told = request.session.pop(_KEY, None)
    if not isinstance(told, dict) or told.get("user") != request.actor.user.pk:
        return redirect("home")
    messages.success(request, _("This is your own view again."))
    return redirect("client", slug=told["slug"])
