"""Staff set up a second factor before they see anything; everybody else may."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.rights import Refused
from audits.services import second_factor as service
from audits.web import way_back
from audits.web.requests import FleetRequest

# What somebody needs in order to set one up, and to leave.
OPEN_WITHOUT = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_reauthenticate",
        "second_factor",
    }
)


class SecondFactorMiddleware:
    """Lead staff without a second factor to its set-up, and answer nothing else to them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = getattr(request, "actor", None)
        if actor is None or not access.needs_second_factor(actor) or _is_open(request):
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            request.refused = Refused(action="second_factor")  # type: ignore[attr-defined]
            return JsonResponse({"detail": refusal()}, status=403)
        return way_back.whole_page(request, redirect("second_factor"))


def refusal() -> str:
    """What a program hears that acts for such a person."""
    return _("Set up a second factor in the portal first: staff accounts need one.")


def _is_open(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in OPEN_WITHOUT
    except Resolver404:
        return True  # nothing is there to be protected, and absent stays absent


def start(request: FleetRequest) -> HttpResponseBase:
    """The page that staff without a second factor are led to."""
    if not access.needs_second_factor(request.actor):
        return redirect("security")
    return render(request, "settings/second_factor.html")


@require_POST
def decline(request: FleetRequest) -> HttpResponseBase:
    """Put the reminder away for a while."""
    service.decline(user=request.actor.user)
    return redirect(way_back.after_log_in(request))
