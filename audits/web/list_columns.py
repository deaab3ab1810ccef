"""Which columns of a client's list somebody wants, and how many rows: the same at every client."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import fleet_views
from audits.rights import Refused
from audits.services import fleet_view as service
from audits.web.forms.list_columns import ColumnsForm
from audits.web.listing import page_of
from audits.web.narrowing import Narrowed
from audits.web.requests import ClientRequest

# Each list of a client by the name of its page, which is the name of the list.
_LISTS = (ColumnList.MODELS, ColumnList.AUDITS, ColumnList.TOOLS)


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


def context(request: ClientRequest, listing: ColumnList, narrowed: Narrowed) -> dict[str, Any]:
    """A page of a list without the columns that are left out, and the choice for who has it."""
    table = fleet_views.list_table_of(request.actor.user, listing)
    form = ColumnsForm(listing=listing, hidden=table.hidden, size=table.size)
    offered = access.may(request.actor, "columns.choose", request.client)
    return {
        "narrowed": narrowed,
        "page": page_of(request, narrowed.rows, size=table.size),
        "hidden": table.hidden,
        "listing": listing.value,
        "columns_form": form if offered else None,
    }
