"""Signing in with the company account: found, begun, come back from, confirmed."""

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.enums import SignOnRefusal
from audits.models import User
from audits.queries import sign_on as sign_ons
from audits.queries.sign_on import Door
from audits.services import sign_on_admission as service
from audits.services.errors import InvalidInput
from audits.services.id_token import Untrusted
from audits.web import sign_on_answers, vouching
from audits.web.forms.sign_on import ConfirmForm, FindForm
from audits.web.sign_on_library import StrictAdapter


@login_not_required
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the company's name here; nothing on the page says which companies there are."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("sign_on", address=form.cleaned_data["name"])
    return render(request, "sign_on/find.html", {"form": form})


@login_not_required
def entrance(request: HttpRequest, address: str) -> HttpResponse:
    """The page behind a company's address, and the way from there to its identity provider."""
    with access.opened_sign_on(address) as door:
        request.sign_on_door = door  # type: ignore[attr-defined]
        next_url = get_next_redirect_url(request) or ""
        if request.method != "POST":
            return render(request, "sign_on/entrance.html", {"door": door, "next": next_url})
        if not ratelimit.consume(request, action="login"):
            return _too_many(request)
        try:
            url = (
                get_adapter(request)
                .get_provider(request, address)
                .begin(request, next_url=next_url)
            )
        except InvalidInput as error:
            return sign_on_answers.refused(
                request, door, SignOnRefusal.UNREACHABLE, because=str(error)
            )
        return render(request, "sign_on/forward.html", {"url": url, "door": door})


@login_not_required
def callback(request: HttpRequest, address: str) -> HttpResponse:
    """Take what the identity provider sent back with the browser."""
    with access.opened_sign_on(address) as door:
        request.sign_on_door = door  # type: ignore[attr-defined]
        reason = SignOnRefusal.UNREACHABLE
        try:
            view = OAuth2CallbackView.adapter_view(StrictAdapter(request, address))
            response: HttpResponse = view(request)
        except InvalidInput as error:
            because = str(error)
        except Untrusted as error:
            reason, because = SignOnRefusal.UNTRUSTED, str(error)
        else:
            return response
        return sign_on_answers.refused(request, door, reason, because=because)


@login_not_required
def confirm(request: HttpRequest, address: str) -> HttpResponse:
    """Ask for the portal's own password before a company account is bound to the person."""
    with access.opened_sign_on(address) as door:
        pending = vouching.kept(request, slug=address, issuer=door.sign_on.issuer)
        user = sign_ons.candidate(pending.user_id, door.provider_id) if pending else None
        if pending is None or user is None:
            messages.info(request, _("That took too long. Log in once more."))
            return redirect("sign_on", address=address)
        form = ConfirmForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and _knows_password(request, form, user):
            return _bound(request, door, pending, user)
        return render(request, "sign_on/confirm.html", {"form": form, "door": door, "person": user})


def _knows_password(request: HttpRequest, form: ConfirmForm, user: User) -> bool:
    """Check the password under the same limits as a log-in; a wrong one is said in the form."""
    try:
        found = account_adapter(request).authenticate(
            request, email=user.email, password=form.cleaned_data["password"]
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    if found is None or found.pk != user.pk:
        form.add_error("password", _("This is not your password of this portal. Try again."))
        return False
    return True


def _bound(request: HttpRequest, door: Door, pending: vouching.Pending, user: User) -> HttpResponse:
    vouching.forget(request)
    try:
        service.link(sign_on=door.sign_on, user=user, subject=pending.subject)
    except service.Refused as error:
        return sign_on_answers.refused(request, door, error.reason)
    admission = service.Admission(
        user=user,
        subject=pending.subject,
        has_second_factor=pending.has_second_factor,
        is_proven=True,
    )
    return sign_on_answers.entered(request, door, admission, pending.next_url)


def _too_many(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = ratelimit.respond_429(request)
    return response
