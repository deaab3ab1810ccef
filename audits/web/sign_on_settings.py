"""How a provider's administrators set up single sign-on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access, rights
from audits.models import SignOnAddress
from audits.queries import sign_on as sign_ons
from audits.services import sign_on as service
from audits.services import sign_on_discovery
from audits.services.errors import InvalidInput
from audits.web.addresses import absolute
from audits.web.forms import refusal
from audits.web.forms.sign_on import IssuerForm, SignOnForm
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest
from audits.web.sign_on_library import redirect_uri


def edit(request: FleetRequest) -> HttpResponseBase:
    """The settings; before there is an address, what it takes to begin."""
    provider_id = _provider_of(request)
    if (asked := confirmation(request)) is not None:
        return asked
    address = sign_ons.address_of(provider_id)
    if address is None:
        return render(request, "sign_on/start.html")
    form = _form(address, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            service.set_up(
                provider_id=provider_id,
                actor=request.actor.user,
                values=form.settings(),
                keepers=form.keepers,
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("sign_on_settings")
    return _page(request, address, form)


@require_POST
def start(request: FleetRequest) -> HttpResponse:
    provider_id = _provider_of(request)
    service.reserve(provider_id=provider_id, actor=request.actor.user)
    return redirect("sign_on_settings")


@require_POST
def check(request: FleetRequest) -> HttpResponse:
    """Try out the issuer as it stands in the form, and say in words what is wrong."""
    address = sign_ons.address_of(_provider_of(request))
    if address is None:
        raise Http404
    form = IssuerForm(request.POST)
    result: dict[str, object] = {"asked": form}
    if form.is_valid():
        try:
            result["works"] = sign_on_discovery.check(form.cleaned_data["issuer"])
        except InvalidInput as error:
            result["problem"] = str(error)
    if request.htmx:
        return render(request, "sign_on/check_result.html", result)
    typed = _form(address, None, initial=_typed(request.POST))
    return _page(request, address, typed, **result)


@require_POST
def unlink(request: FleetRequest) -> HttpResponseBase:
    _provider_of(request)
    number = request.POST.get("identity", "")
    if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - what fits a bigint
        raise Http404
    identity = access.open_row(
        request.actor, sign_ons.identities(), int(number), action="sign_on.manage"
    )
    if (asked := confirmation(request)) is not None:
        return asked
    service.unlink(identity=identity, actor=request.actor.user)
    messages.success(
        request,
        _("%(person)s can bind another company account now.") % {"person": identity.user.email},
    )
    return redirect("sign_on_settings")


def _provider_of(request: FleetRequest) -> int:
    """The provider whose settings these are, for those who may see them."""
    access.require(request.actor, "sign_on.manage")
    if request.actor.provider_id is None:
        raise Http404
    return request.actor.provider_id


def _form(
    address: SignOnAddress, data: QueryDict | None, *, initial: dict[str, Any] | None = None
) -> SignOnForm:
    keepers = sign_ons.staff_in(address.provider_id, rights.ACTIONS["sign_on.manage"])
    return SignOnForm(
        data, instance=sign_ons.current(), address=address, keepers=keepers, initial=initial
    )


def _typed(data: QueryDict) -> dict[str, Any]:
    """What stood in the form, to be shown again; the secret is never shown."""
    names = ("issuer", "client_id", "allowed_domains", "second_step")
    return {
        **{name: data.get(name, "") for name in names},
        "makes_accounts": "makes_accounts" in data,
        "is_open": "is_open" in data,
        "is_required": "is_required" in data,
        "keep_password": data.getlist("keep_password"),
    }


def _page(
    request: FleetRequest, address: SignOnAddress, form: SignOnForm, **result: object
) -> HttpResponse:
    context = {
        "form": form,
        "address": address,
        "redirect_uri": redirect_uri(request, address.slug),
        "entrance": absolute(request, reverse("sign_on", kwargs={"address": address.slug})),
        "identities": sign_ons.identities(),
        **result,
    }
    return render(request, "sign_on/settings.html", context)
