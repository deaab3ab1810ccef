"""What reports look like: of the provider, and of one client that is to look otherwise."""

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.models import Client, Provider
from audits.queries import branding as queries
from audits.reports.brand import PLAIN
from audits.services import branding as service
from audits.services.errors import InvalidInput
from audits.web.forms import refusal
from audits.web.forms.report_brand import BrandForm, ClientBrandForm
from audits.web.requests import ClientRequest, FleetRequest
from audits.web.uploads import stream_of


def of_provider(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "provider.edit")
    house = queries.provider(access.provider_of(request.actor))
    form = BrandForm(_typed(request), of=house, above=PLAIN)
    return _page(request, house, form, template="settings/branding.html")


def of_client(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "client.edit", request.client)
    above = queries.brand_of(request.client.provider)
    form = ClientBrandForm(_typed(request), request.FILES or None, of=request.client, above=above)
    return _page(request, request.client, form, template="client/branding.html")


def _typed(request: FleetRequest | ClientRequest) -> QueryDict | None:
    """What was sent, or what is looked at while it is typed."""
    return request.GET if request.htmx else request.POST or None


def _page(
    request: FleetRequest | ClientRequest,
    of: Provider | Client,
    form: BrandForm,
    *,
    template: str,
) -> HttpResponseBase:
    """The form and how a page would look; a look alone changes nothing."""
    if request.htmx:
        context = {"paper": queries.look_of(form.brand(), of)}
        return render(request, "components/brand_look.html", context)
    if request.method == "POST" and "look" not in request.POST and form.is_valid():
        try:
            _save(request, of, form)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(request.path)
    return render(request, template, {"form": form, "paper": queries.look_of(form.brand(), of)})


def _save(request: FleetRequest | ClientRequest, of: Provider | Client, form: BrandForm) -> None:
    """Write colours, words and picture; raises InvalidInput on "logo" before anything is."""
    actor, upload = request.actor.user, form.cleaned_data.get("logo")
    if upload is not None:
        service.set_logo(of=of, actor=actor, upload=stream_of(upload))
    elif form.cleaned_data.get("remove_logo"):
        service.remove_logo(of=of, actor=actor)
    service.set_brand(of=of, actor=actor, values=form.values())
