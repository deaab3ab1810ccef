"""For whom a person of several providers works now: chosen by hand, kept in the session."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from audits.web.requests import FleetRequest

_KEY = "acting_provider"


def chosen(request: HttpRequest) -> int | None:
    """The provider that was chosen in this session; the door looks whether it is still theirs."""
    session = getattr(request, "session", None)
    return session.get(_KEY) if session is not None else None


def must_choose(request: FleetRequest) -> bool:
    """Whether the person belongs to several providers and has not said which one it is now."""
    return len(request.actor.provider_ids) > 1 and chosen(request) not in request.actor.provider_ids


def choose(request: FleetRequest) -> HttpResponse:
    """Name the provider whose clients are to be seen; the others are then out of sight."""
    if request.method == "POST":
        named = request.POST.get("provider", "")
        if named not in {str(pk) for pk in request.actor.provider_ids}:
            raise Http404
        request.session[_KEY] = int(named)
        return redirect("home")
    if len(request.actor.provider_ids) <= 1:
        return redirect("home")
    return render(request, "home/acting.html", {"unchosen": must_choose(request)})
