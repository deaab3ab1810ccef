from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from audits import access
from audits.queries import audit as audits
from audits.queries import charts, expiring, words
from audits.queries import client as clients
from audits.queries.client_figures import BarRating
from audits.services import client as service
from audits.services.errors import InvalidInput
from audits.web import note
from audits.web.forms import refusal
from audits.web.forms.client import ClientForm
from audits.web.requests import ClientRequest, FleetRequest


def create(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "client.create")
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.actor.provider_id is None:
            raise Http404
        try:
            made = service.create(
                provider_id=request.actor.provider_id, actor=request.actor.user, **form.cleaned_data
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("%(name)s is set up.") % {"name": made.name})
            return redirect("client", slug=made.slug)
    return render(request, "client/form.html", {"form": form})


def overview(request: ClientRequest, slug: str) -> HttpResponseBase:
    """The client page: plain words for an owner, the same facts with figures for staff."""
    access.require(request.actor, "client.view", request.client)
    staff = access.may(request.actor, "technical.view", request.client)
    may_prepare = access.may(request.actor, "report.prepare", request.client)
    found = clients.overview(request.client, with_held=may_prepare, is_plain=not staff)
    worst = found.worst
    said = audits.said_by(worst.audit.pk) if worst is not None and worst.audit is not None else None
    context = {
        "overview": found,
        "client_rating": BarRating(badge=found.badge),
        "words": words.owner_words(said, worst.rating) if said and worst else None,
        "trace": words.trace_sentences(worst.rating) if worst else [],
        "policies": words.policies(worst.rating) if worst else [],
        "over_time": charts.rating_over_time(found.history, found.badge),
        "coming": [(one, _address(request, one)) for one in found.expiring.items],
        "notes": note.card(request, request.client),
    }
    return render(request, "client/overview.html" if staff else "client/owner.html", context)


def _address(request: ClientRequest, item: expiring.Item) -> str:
    """Where an item of the calendar is seen to; empty for whoever may not open that page."""
    if not access.may(request.actor, item.action, request.client):
        return ""
    return reverse(item.page, kwargs={"slug": request.client.slug, "pk": item.pk})


def edit(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "client.edit", request.client)
    form = ClientForm(request.POST or None, instance=request.client)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            service.edit(client=request.client, actor=request.actor.user, values=values)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("client", slug=slug)
    return render(request, "client/form.html", {"form": form, "editing": True})
