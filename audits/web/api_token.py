from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from audits import access
from audits.enums import TokenScope
from audits.queries import api_token as tokens
from audits.queries import house_listings
from audits.services import api_token as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web import addresses
from audits.web.forms import refusal
from audits.web.forms.api_token import ApiTokenForm
from audits.web.listing import file_of
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest


def register(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "token.create")
    context = {"tokens": tokens.of_person(request.actor.user.pk)}
    return render(request, "api_token/list.html", context)


def people(request: FleetRequest) -> HttpResponseBase:
    """Tokens of everybody else at the provider and at its clients."""
    access.require(request.actor, "token.revoke")
    own, provider_id = request.actor.user.pk, request.actor.provider_id
    found = tokens.of_people(provider_id, without=own) if provider_id is not None else []
    return render(request, "api_token/people.html", {"tokens": found})


def file(request: FleetRequest, ending: str) -> HttpResponse:
    """The person's own tokens as a download: what they may, never what opens anything."""
    access.require(request.actor, "token.create")
    rows = tokens.of_person(request.actor.user.pk)
    return file_of(house_listings.TOKENS, rows, of="own", ending=ending, for_staff=True)


def people_file(request: FleetRequest, ending: str) -> HttpResponse:
    access.require(request.actor, "token.revoke")
    own, provider_id = request.actor.user.pk, request.actor.provider_id
    found = tokens.of_people(provider_id, without=own) if provider_id is not None else []
    return file_of(house_listings.TOKENS, found, of="people", ending=ending, for_staff=True)


def create(request: FleetRequest) -> HttpResponseBase:
    """The form, and once it is sent the only page that ever shows the token."""
    access.require(request.actor, "token.create")
    if (asked := confirmation(request)) is not None:
        return asked
    form = ApiTokenForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = service.create(
                actor=request.actor,
                name=given["name"],
                scopes=[TokenScope(scope) for scope in given["scopes"]],
                client_ids=given.get("clients", []),
                days=given["days"],
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            address = addresses.absolute(request, reverse("api:clients"))
            return render(request, "api_token/made.html", {"made": made, "address": address})
    return render(request, "api_token/form.html", {"form": form})


def revoke(request: FleetRequest, pk: int) -> HttpResponseBase:
    """Ask first: whatever uses the token stops at once."""
    token = access.open_row(request.actor, tokens.in_scope(), pk, action="token.revoke")
    back = "tokens" if token.user_id == request.actor.user.pk else "tokens_people"
    if request.method != "POST":
        return render(request, "api_token/revoke.html", {"token": token, "back": reverse(back)})
    try:
        service.revoke(token=token, actor=request.actor)
    except NotPossible as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect(back)
