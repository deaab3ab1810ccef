"""How a person sets up lists of clients: columns, rows on a page, views; alike at every client."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import fleet_views, narrowed
from audits.rights import Refused
from audits.services import fleet_view as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.fleet_views import ListViewForm
from audits.web.forms.list_columns import ColumnsForm
from audits.web.listing import page_of
from audits.web.narrowing import Narrowed
from audits.web.requests import ClientRequest

# Each list of a client by the name of its page, which is the name of the list.
_LISTS = (ColumnList.MODELS, ColumnList.AUDITS, ColumnList.TOOLS, ColumnList.PLAN)


@require_POST
def keep(request: ClientRequest, slug: str, listing: str) -> HttpResponseBase:
    """Keep the columns and the length of a page, and show the list with them."""
    access.require(request.actor, "columns.choose", request.client)
    if listing not in _LISTS:
        raise Refused(action="columns.choose")
    chosen = ColumnList(listing)
    form = ColumnsForm(request.POST, listing=chosen)
    if form.is_valid():
        service.set_columns(
            actor=request.actor,
            provider_id=request.client.provider_id,
            listing=chosen,
            columns=form.cleaned_data["columns"],
            size=form.cleaned_data["size"],
        )
    return redirect(chosen.value, slug=slug)


def context(request: ClientRequest, listing: ColumnList, found: Narrowed) -> dict[str, Any]:
    """A page of a list without the columns that are left out, and the choice for who has it."""
    table = fleet_views.list_table_of(request.actor.user, listing)
    context = plain(request, listing, found, size=table.size)
    if context["view_form"] is None:
        return context | {"hidden": table.hidden}
    form = ColumnsForm(listing=listing, hidden=table.hidden, size=table.size)
    return context | {"hidden": table.hidden, "columns_form": form}


def plain(
    request: ClientRequest,
    listing: ColumnList,
    found: Narrowed,
    *,
    size: int = fleet_views.SIZES[0],
) -> dict[str, Any]:
    """A page of a list, with the views of it for whoever has views."""
    offered = access.may(request.actor, "columns.choose", request.client)
    own: dict[str, Any] = {"view_form": None}
    if offered:
        query = request.GET.urlencode()
        asked = found.form.narrowing
        own = {
            "view_form": ListViewForm(narrowing=asked, initial={"query": query}),
            "views": list(fleet_views.views_of_list(request.actor.user, listing)),
        }
    page = page_of(request, found.rows, size=size)
    return {"narrowed": found, "page": page, "listing": listing.value, **own}


@require_POST
def keep_view(request: ClientRequest, slug: str, listing: str) -> HttpResponseBase:
    """Keep what the address of a list chooses under a name, and show it."""
    access.require(request.actor, "columns.choose", request.client)
    if listing not in narrowed.LISTS:
        raise Refused(action="columns.choose")
    chosen = ColumnList(listing)
    form = ListViewForm(request.POST or None, narrowing=narrowed.LISTS[chosen])
    if form.is_valid():
        try:
            made = service.keep(
                actor=request.actor,
                provider_id=request.client.provider_id,
                listing=chosen,
                **form.cleaned_data,
            )
        except (InvalidInput, NotPossible) as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The view %(name)s is kept.") % {"name": made.name})
            return redirect(f"{reverse(chosen.value, args=[slug])}?{made.query}")
    context = {"form": form, "listing": chosen.value, "label": chosen.label}
    return render(request, "lists/keep_view.html", context)
