"""The rating policy of the provider and of a client: what holds, what would change, saving it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.guidance.strictness import HOUSE, Source
from audits.models import Client
from audits.queries import house_listings, policy_preview
from audits.queries import rating_policy as policies
from audits.services import rating_policy as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.rating_policy import RatingPolicyForm
from audits.web.listing import file_of
from audits.web.requests import ClientRequest, FleetRequest


def of_provider(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "provider.edit")
    provider_id = access.provider_of(request.actor)
    holding = policies.of_provider(provider_id)
    form = RatingPolicyForm(
        request.POST or None, above=HOUSE, current=policies.own(holding, Source.PROVIDER)
    )
    context = {
        "form": form,
        "knobs": policies.knobs([HOUSE, holding]),
        "revisions": policies.history(provider_id=provider_id, client=None),
    }
    if request.method == "POST" and form.is_valid():
        preview = answered(request, form, provider_id, None)
        if preview is None and not form.errors:
            return redirect("provider_policy")
        context["preview"] = preview
    return render(request, "settings/rating_policy.html", context)


def provider_file(request: FleetRequest, ending: str) -> HttpResponse:
    """What holds for all clients as a download."""
    access.require(request.actor, "provider.edit")
    rows = policies.knobs([HOUSE, policies.of_provider(access.provider_of(request.actor))])
    listing = house_listings.PROVIDER_POLICY
    return file_of(listing, rows, of="house", ending=ending, for_staff=True)


def of_client(request: ClientRequest, slug: str) -> HttpResponseBase:
    """The client's own policy: everybody who reads ratings reads it, staff changes it."""
    client = request.client
    access.require(
        request.actor, "client.edit" if request.method == "POST" else "model.view", client
    )
    above, holding = policies.of_provider(client.provider_id), policies.of_client(client)
    form = RatingPolicyForm(
        request.POST or None, above=above, current=policies.own(holding, Source.CLIENT)
    )
    context = {
        "form": form,
        "knobs": policies.knobs([HOUSE, above, holding]),
        "revisions": policies.history(provider_id=client.provider_id, client=client),
    }
    if request.method == "POST" and form.is_valid():
        preview = answered(request, form, client.provider_id, client)
        if preview is None and not form.errors:
            return redirect("client_policy", slug=slug)
        context["preview"] = preview
    return render(request, "client/rating_policy.html", context)


def client_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """What holds for a client as a download."""
    client = request.client
    access.require(request.actor, "model.view", client)
    above, holding = policies.of_provider(client.provider_id), policies.of_client(client)
    rows = policies.knobs([HOUSE, above, holding])
    return file_of(house_listings.CLIENT_POLICY, rows, of=slug, ending=ending, for_staff=False)


def answered(
    request: FleetRequest, form: RatingPolicyForm, provider_id: int, client: Client | None
) -> policy_preview.Preview | None:
    """Save a form that is valid, or return what it would change; a refusal stands at its field."""
    asked, user = form.asked(), request.actor.user
    refused = service.refusals(provider_id=provider_id, client=client, asked=asked)
    for error in refused:
        refusal.show(form, error)
    if refused:
        return None
    try:
        if not form.is_final:
            revision = service.proposed(provider_id=provider_id, client=client, asked=asked)
            return policy_preview.of_revision(revision, provider_id=provider_id, client=client)
        service.revise(
            provider_id=provider_id,
            client=client,
            actor=user,
            asked=asked,
            reason=form.cleaned_data["reason"],
        )
    except (InvalidInput, NotPossible) as raised:
        refusal.show(form, raised)
    else:
        messages.success(request, _("The rating policy is saved. Ratings follow it from now on."))
    return None
