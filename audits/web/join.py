"""The page behind the link of an invitation: the one way in for somebody without an account."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from audits import access
from audits.models import Invitation
from audits.queries import invitations, members
from audits.services import invitation as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web import addresses, reauthentication, sign_on_answers
from audits.web.forms import refusal
from audits.web.forms.account import NewAccountForm


def link_to(request: HttpRequest) -> Callable[[str], str]:
    """How an invitation is reached from outside."""
    return lambda token: addresses.absolute(request, reverse("join", kwargs={"token": token}))


@never_cache
@sensitive_post_parameters("password", "again")
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say what the invitation leads to, and let in who it is for.

    Unknown, used, taken back, out of date or no longer covered: the answer is the same.
    """
    try:
        with access.opened_invitation(token) as found:
            provider, client = invitations.place_of(found)
            context = {"invitation": found, "provider": provider, "place": client or provider}
            if request.user.is_authenticated:
                return _as_oneself(request, found, context)
            if members.user_of(found.email) is not None:
                return render(request, "join/known.html", context)
            return _as_new(request, found, context)
    except (Http404, NotPossible):
        return render(request, "join/invalid.html", status=404)


def _as_oneself(
    request: HttpRequest, invitation: Invitation, context: Mapping[str, object]
) -> HttpResponseBase:
    user = request.actor.user  # type: ignore[attr-defined]
    if user.email.lower() != invitation.email:
        return render(request, "join/other.html", context, status=403)
    if request.method == "POST":
        try:
            service.accept(invitation=invitation, user=user)
        except InvalidInput as error:
            return render(request, "join/accept.html", {**context, "problem": error})
        messages.success(request, _("You have joined %(place)s.") % {"place": context["place"]})
        return redirect("home")
    return render(request, "join/accept.html", context)


def _as_new(
    request: HttpRequest, invitation: Invitation, context: Mapping[str, object]
) -> HttpResponseBase:
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "password")}
        try:
            user = service.accept_as_new(invitation=invitation, **given)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            instead = sign_on_answers.instead_of_password(request, user)
            if instead is not None:
                return instead
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            reauthentication.remember(request, user)
            return redirect("home")
    return render(request, "join/new.html", {**context, "form": form})
