"""Notes of the provider's staff, which no page of the client's people shows."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import NoteAbout
from audits.models import Client
from audits.queries import ai_model, dataset, note, tool
from audits.queries.note import Card, Thing
from audits.rights import Refused
from audits.services import note as service
from audits.services.errors import InvalidInput
from audits.web.forms import refusal
from audits.web.forms.note import NoteForm
from audits.web.reauthentication import confirmation
from audits.web.requests import ClientRequest

_ROWS: dict[str, Any] = {
    NoteAbout.MODEL: ai_model.of_client,
    NoteAbout.DATASET: dataset.of_client,
    NoteAbout.TOOL: tool.of_client,
}


def card(request: ClientRequest, thing: Thing) -> Card | None:
    """The notes beside a thing; none for whoever may not read them."""
    return note.card_of(thing) if access.may(request.actor, "note.view", thing) else None


def _opened(request: ClientRequest, kind: str, pk: int) -> Thing:
    """What the address names, if it is of this client and the person may write notes about it."""
    access.require(request.actor, "note.view", request.client)
    if (kind, pk) == (NoteAbout.CLIENT, request.client.pk):
        return request.client
    if kind not in _ROWS:
        raise Refused(action="note.view", kind=kind, pk=pk)
    found: Thing = access.open_row(
        request.actor, _ROWS[kind](request.client), pk, action="note.view"
    )
    return found


def page(request: ClientRequest, slug: str, kind: str, pk: int) -> HttpResponseBase:
    """Every note about one thing, and the form for another."""
    thing = _opened(request, kind, pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        access.require(request.actor, "note.write", thing)
        text = form.cleaned_data["note"]
        try:
            service.write(about=thing, actor=request.actor.user, text=text)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Your note is kept. Only your team sees it."))
            return _back(thing)
    context = {"thing": thing, "kind": kind, "form": form, "notes": note.about(thing)}
    return render(request, "note/page.html", context)


@require_POST
def delete(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = note.of_client(request.client)
    found = access.open_row(request.actor, rows, pk, action="note.write")
    if (asked := confirmation(request)) is not None:  # nothing of its text stays anywhere
        return asked
    thing = note.thing_of(found)
    service.delete(note=found, actor=request.actor.user)
    messages.success(request, _("The note is deleted."))
    return redirect("notes", slug=slug, kind=note.about_of(thing), pk=thing.pk)


def _back(thing: Thing) -> HttpResponseBase:
    """Lead to the page of what a note is about."""
    if isinstance(thing, Client):
        return redirect("client", slug=thing.slug)
    return redirect(note.about_of(thing).value, slug=thing.client.slug, pk=thing.pk)
