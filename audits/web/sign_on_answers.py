"""How single sign-on ends: a person is let in, asked for a password first, or refused."""

import time
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access, homes
from audits.access import Vouched
from audits.enums import SignOnRefusal
from audits.models import User
from audits.queries.sign_on import Door
from audits.services import sign_on_admission as service
from audits.services.sign_on_admission import Admission
from audits.web import vouching

_HINT_SECONDS: Final = 180 * 24 * 60 * 60
# Reasons that a stranger can bring about at will: they would only fill the provider's log.
_UNNOTED: Final = frozenset({SignOnRefusal.CANCELLED, SignOnRefusal.STALE})


def refused(
    request: HttpRequest, door: Door, reason: SignOnRefusal, *, because: str = ""
) -> HttpResponse:
    """Say why nobody is let in, and tell the provider's administrators."""
    if reason not in _UNNOTED:
        service.note_refusal(sign_on=door.sign_on, reason=reason, because=because)
    context = {"door": door, "reason": reason}
    return render(request, "sign_on/refused.html", context, status=403)


def admitted(request: HttpRequest, door: Door, admission: Admission, next_url: str) -> HttpResponse:
    """Log the person in, or ask for the portal's password before the first time."""
    if admission.is_proven:
        return entered(request, door, admission, next_url)
    pending = vouching.Pending(
        slug=door.address.slug,
        issuer=door.sign_on.issuer,
        subject=admission.subject,
        user_id=admission.user.pk,
        has_second_factor=admission.has_second_factor,
        next_url=next_url,
        at=time.time(),
    )
    vouching.keep(request, pending)
    return redirect("sign_on_confirm", address=door.address.slug)


def entered(request: HttpRequest, door: Door, admission: Admission, next_url: str) -> HttpResponse:
    """Log a person in whose session reaches this provider alone."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    vouched = Vouched(provider_id=door.provider_id, second_factor=admission.has_second_factor)
    vouching.remember(request, user=admission.user, vouched=vouched)
    record_authentication(request, admission.user, "socialaccount", provider=door.address.slug)
    response: HttpResponse = perform_login(request, admission.user, redirect_url=next_url or None)
    response.set_cookie(
        vouching.HINT,
        door.address.slug,
        max_age=_HINT_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def instead_of_password(request: HttpRequest, user: User) -> HttpResponse | None:
    """Lead staff who must sign in with their company account there, after the right password.

    Whoever holds something else as well goes on, and sees that alone.
    """
    if vouching.vouched_for(request, user) is not None:
        return None
    address = homes.required_sign_on(user)
    if address is None:
        return None
    if access.actor_for(user).provider_id is not None:
        text = _("Your provider asks its staff to log in with the company account: log out and"
                 " do so to see its clients.")  # fmt: skip
        messages.info(request, text)
        return None
    messages.info(request, _("Your provider asks its staff to log in with the company account."))
    return redirect("sign_on", address=address.slug)
