"""AI tools over all clients: fact sheets, tools without one, and both to take away."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import branding, house_listings, listings, narrowed, vendor_print
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.queries.vendor import SheetRow
from audits.reports.printed_table import PrintedTable
from audits.services import printed
from audits.services.errors import NotPossible
from audits.web import list_columns, narrowing
from audits.web.downloads import attached
from audits.web.listing import file_of
from audits.web.narrowing import Found
from audits.web.requests import FleetRequest


def _sheets(request: FleetRequest) -> list[SheetRow]:
    return sheets.register(access.provider_of(request.actor))


_READ: Final[Mapping[ColumnList, Callable[[FleetRequest], Any]]] = {
    ColumnList.VENDORS: _sheets,
    ColumnList.VENDORS_REPORTED: lambda _request: sheets.without_sheet(),
}


def register(request: FleetRequest) -> HttpResponseBase:
    """The fact sheets of the provider, a page at a time, and how many tools have none."""
    access.require(request.actor, "vendor.view")
    listing = ColumnList.VENDORS
    found = narrowing.of_page(request, narrowed.LISTS_OF_EVERYONE[listing], _sheets(request))
    context = list_columns.of_everyone(request, listing, found)
    own = {"rows": context["page"].object_list, "without": sheets.count_without_sheet()}
    return render(request, "vendor/register.html", context | own)


def reported(request: FleetRequest) -> HttpResponseBase:
    """Tools of clients without a fact sheet, a page at a time; first what nobody looked into."""
    access.require(request.actor, "vendor.view")
    listing, counts = ColumnList.VENDORS_REPORTED, sheets.count_without_sheet()
    asks = narrowed.LISTS_OF_EVERYONE[listing]
    found = narrowing.of_page(request, asks, sheets.without_sheet(), total=counts.every)
    context = list_columns.of_everyone(request, listing, found)
    rows = tools.rows_of(context["page"].object_list, with_sheets=False)
    return render(request, "vendor/reported.html", context | {"rows": rows, "without": counts})


def file(request: FleetRequest, ending: str) -> HttpResponse:
    """The fact sheets that the address chooses, as a download."""
    rows = _found(request, ColumnList.VENDORS).rows
    return file_of(listings.VENDORS, rows, of="sheets", ending=ending, for_staff=True)


def reported_file(request: FleetRequest, ending: str) -> HttpResponse:
    """The tools without one that the address chooses, as a download."""
    found = _found(request, ColumnList.VENDORS_REPORTED)
    rows = tools.rows_of(found.rows, with_sheets=False)
    return file_of(house_listings.REPORTED, rows, of="clients", ending=ending, for_staff=True)


@require_POST
def paper(request: FleetRequest, listing: ColumnList) -> HttpResponseBase:
    """Either on pages. It is counted like every PDF, so that only who asks for it makes one."""
    access.require(request.actor, "vendor.view")
    access.require(request.actor, "portfolio.make")
    house = branding.provider(access.provider_of(request.actor))

    def table() -> PrintedTable:
        found = _found(request, listing)
        return vendor_print.table(listing, found.rows, house, every=found.every, asked=found.asked)

    try:
        body = printed.pdf(table=table, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(listing.value)
    name = f"{vendor_print.PRINTED[listing].listing.name}-clients.pdf"
    return attached(body, name=name, kind="application/pdf")


def _found(request: FleetRequest, listing: ColumnList) -> Found:
    access.require(request.actor, "vendor.view")
    every = _READ[listing](request)
    return narrowing.of_file(request, narrowed.LISTS_OF_EVERYONE[listing], every)
