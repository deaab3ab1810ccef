"""How the provider looks to its clients, and the logo itself."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.models import Provider
from audits.queries import branding as queries
from audits.services import branding as service
from audits.services.errors import InvalidInput
from audits.web.forms import refusal
from audits.web.forms.set_up import ProviderForm
from audits.web.requests import ClientRequest, FleetRequest
from audits.web.uploads import stream_of


def company(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "provider.edit")
    provider = queries.provider(access.provider_of(request.actor))
    form = ProviderForm(request.POST or None, request.FILES or None, instance=provider)
    if request.method == "POST" and form.is_valid():
        try:
            save(request, form)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("company")
    return render(request, "settings/company.html", {"form": form, "provider": provider})


def save(request: FleetRequest, form: ProviderForm) -> None:
    """Write name and logo of a form that is valid; raises InvalidInput on "logo"."""
    provider, actor, given = form.instance, request.actor.user, form.cleaned_data
    if given["logo"] is not None:
        service.set_logo(of=provider, actor=actor, upload=stream_of(given["logo"]))
    elif given["remove_logo"]:
        service.remove_logo(of=provider, actor=actor)
    service.rename(provider=provider, actor=actor, name=given["name"])


def own_logo(request: FleetRequest) -> HttpResponse:
    """The logo that stands above the pages of the provider's own people."""
    access.require(request.actor, "fleet.view")
    return _png(queries.provider(access.provider_of(request.actor)))


def logo(request: ClientRequest, slug: str) -> HttpResponse:
    access.require(request.actor, "client.view", request.client)
    return _png(request.client.provider)


def report_logo(request: ClientRequest, slug: str) -> HttpResponse:
    """The logo on reports of the client: its own, or else its provider's."""
    access.require(request.actor, "client.view", request.client)
    return _answer(queries.logo_of(request.client.provider, request.client))


def _png(provider: Provider) -> HttpResponse:
    return _answer(bytes(provider.logo) if provider.logo_digest else b"")


def _answer(png: bytes) -> HttpResponse:
    if not png:
        raise Http404
    return HttpResponse(png, content_type="image/png")
