"""How a person sets up lists: columns, rows on a page, views; alike at every client."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.models import Client
from audits.queries import fleet_views, narrowed
from audits.queries.fleet_views import ListTable
from audits.queries.narrowing import Narrowing
from audits.rights import Refused
from audits.services import fleet_view as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.fleet_views import ListViewForm
from audits.web.forms.list_columns import ColumnsForm
from audits.web.listing import page_of
from audits.web.narrowing import Narrowed
from audits.web.requests import ClientRequest, FleetRequest


@require_POST
def keep(request: ClientRequest, slug: str, listing: str) -> HttpResponseBase:
    """Keep the columns and the length of a page, and show the list with them."""
    access.require(request.actor, "columns.choose", request.client)
    if listing not in narrowed.LISTS:
        raise Refused(action="columns.choose")
    chosen = ColumnList(listing)
    asked = _keep(request, chosen, narrowed.LISTS[chosen], request.client.provider_id)
    return redirect(_shown(reverse(chosen.value, args=[slug]), asked))


@require_POST
def keep_of_everyone(request: FleetRequest, listing: ColumnList) -> HttpResponseBase:
    """The same for a list of every client together."""
    access.require(request.actor, "fleet.view")
    house = access.provider_of(request.actor)
    asked = _keep(request, listing, narrowed.LISTS_OF_EVERYONE[listing], house)
    return redirect(_shown(reverse(listing.value), asked))


def _keep(
    request: FleetRequest, listing: ColumnList, asks: Narrowing[Any], provider_id: int
) -> str:
    """Keep what was sent if it can be; the answer is what the address of the list was."""
    form = ColumnsForm(request.POST, listing=listing, narrowing=asks)
    if form.is_valid():
        service.set_columns(
            actor=request.actor,
            provider_id=provider_id,
            listing=listing,
            columns=form.cleaned_data["columns"],
            size=form.cleaned_data.get("size", fleet_views.SIZES[0]),
        )
    return str(form.cleaned_data.get("query", ""))


def _shown(page: str, query: str) -> str:
    return f"{page}?{query}" if query else page


def context(request: ClientRequest, listing: ColumnList, found: Narrowed) -> dict[str, Any]:
    """A page of a list without the columns that are left out, and the choice for who has it."""
    return _with_columns(request, listing, found, client=request.client)


def of_everyone(request: FleetRequest, listing: ColumnList, found: Narrowed) -> dict[str, Any]:
    """The same for a list of every client together."""
    return _with_columns(request, listing, found, client=None)


def of_whole(request: ClientRequest, listing: ColumnList) -> dict[str, Any]:
    """The choice for a client's list that is not cut into pages."""
    table = fleet_views.list_table_of(request.actor.user, listing)
    return _choice(request, listing, narrowed.LISTS[listing], table, client=request.client)


def _with_columns(
    request: FleetRequest, listing: ColumnList, found: Narrowed, *, client: Client | None
) -> dict[str, Any]:
    table = fleet_views.list_table_of(request.actor.user, listing)
    page = page_of(request, found.rows, size=table.size)
    own = _choice(request, listing, found.form.narrowing, table, client=client)
    return {"narrowed": found, "page": page, **own}


def _choice(
    request: FleetRequest,
    listing: ColumnList,
    asks: Narrowing[Any],
    table: ListTable,
    *,
    client: Client | None,
) -> dict[str, Any]:
    """Columns that are left out, and for whom they are to choose: the gear and the views."""
    known = {"listing": listing.value, "hidden": table.hidden}
    if not access.may(request.actor, "columns.choose", client):
        return known | {"view_form": None}
    query = request.GET.urlencode()
    columns = ColumnsForm(
        listing=listing, narrowing=asks, hidden=table.hidden, size=table.size, query=query
    )
    views = ListViewForm(narrowing=asks, of_a_client=client is not None, initial={"query": query})
    return known | {
        "columns_form": columns,
        "columns_url": _address("list_columns", "columns", listing, client),
        "view_form": views,
        "views": list(fleet_views.views_of_list(request.actor.user, listing)),
        "keep_url": _address("list_view_new", "view_new", listing, client),
    }


def _address(of_client: str, of_everyone: str, listing: ColumnList, client: Client | None) -> str:
    """Where the choice is sent: lists of every client have addresses of their own."""
    if client is None:
        return reverse(f"{listing.value}_{of_everyone}")
    return reverse(of_client, args=[client.slug, listing.value])


@require_POST
def keep_view(request: ClientRequest, slug: str, listing: str) -> HttpResponseBase:
    """Keep what the address of a list chooses under a name, and show it."""
    access.require(request.actor, "columns.choose", request.client)
    if listing not in narrowed.LISTS:
        raise Refused(action="columns.choose")
    chosen = ColumnList(listing)
    form = ListViewForm(request.POST or None, narrowing=narrowed.LISTS[chosen])
    page, house = reverse(chosen.value, args=[slug]), request.client.provider_id
    return _kept_view(request, chosen, form, page=page, provider_id=house)


@require_POST
def keep_view_of_everyone(request: FleetRequest, listing: ColumnList) -> HttpResponseBase:
    """The same for a list of every client together."""
    access.require(request.actor, "fleet.view")
    asks, house = narrowed.LISTS_OF_EVERYONE[listing], access.provider_of(request.actor)
    form = ListViewForm(request.POST or None, narrowing=asks, of_a_client=False)
    return _kept_view(request, listing, form, page=reverse(listing.value), provider_id=house)


def _kept_view(
    request: FleetRequest, listing: ColumnList, form: ListViewForm, *, page: str, provider_id: int
) -> HttpResponseBase:
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = service.keep(
                actor=request.actor, provider_id=provider_id, listing=listing, **given
            )
        except (InvalidInput, NotPossible) as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The view “%(name)s” is kept.") % {"name": made.name})
            return redirect(f"{page}?{made.query}")
    context = {"form": form, "url": page, "label": listing.label}
    return render(request, "lists/keep_view.html", context)
