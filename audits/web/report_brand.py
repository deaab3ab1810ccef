"""What reports look like: of the provider, and of one client that is to look otherwise."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.models import Client, Provider
from audits.queries import branding as queries
from audits.reports.brand import PLAIN, Brand
from audits.services import branding as service
from audits.web.forms.report_brand import BrandForm
from audits.web.requests import ClientRequest, FleetRequest


def of_provider(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "provider.edit")
    house = queries.provider(access.provider_of(request.actor))
    return _page(request, house, above=PLAIN, template="settings/branding.html")


def of_client(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "client.edit", request.client)
    above = queries.brand_of(request.client.provider)
    return _page(request, request.client, above=above, template="client/branding.html")


def _page(
    request: FleetRequest | ClientRequest, of: Provider | Client, *, above: Brand, template: str
) -> HttpResponseBase:
    """The form and how a page would look; a look alone changes nothing."""
    if request.htmx:
        return _look(request, BrandForm(request.GET, of=of, above=above), of)
    form = BrandForm(request.POST or None, of=of, above=above)
    if request.method == "POST" and "look" not in request.POST and form.is_valid():
        service.set_brand(of=of, actor=request.actor.user, values=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect(request.path)
    context = {"form": form, "paper": queries.look_of(form.brand(), of)}
    return render(request, template, context)


def _look(
    request: FleetRequest | ClientRequest, form: BrandForm, of: Provider | Client
) -> HttpResponse:
    context = {"paper": queries.look_of(form.brand(), of)}
    return render(request, "components/brand_look.html", context)
