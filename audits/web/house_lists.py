"""Lists of a provider: what a page shows of them, what is ticked there, files and paper."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from audits import access
from audits.enums import ColumnList
from audits.queries import branding, house_print, narrowed
from audits.queries.house_print import PrintedHouse
from audits.queries.narrowing import Narrowing
from audits.reports.printed_table import PrintedTable
from audits.services import printed
from audits.services.errors import NotPossible
from audits.web import list_bulk, list_columns, list_files, narrowing
from audits.web.downloads import attached
from audits.web.forms.list_bulk import HouseForm
from audits.web.listing import file_of
from audits.web.narrowing import Found
from audits.web.requests import FleetRequest


@dataclass(frozen=True, kw_only=True)
class HouseList:
    """A list, what somebody must be allowed to do for it, its rows, and those that have a box."""

    listing: ColumnList
    action: str
    read: Callable[[FleetRequest], Any]
    boxes: Callable[[FleetRequest], Any]

    @property
    def asks(self) -> Narrowing[Any]:
        return narrowed.LISTS_OF_EVERYONE[self.listing]

    @property
    def paper(self) -> PrintedHouse:
        return house_print.PRINTED[self.listing]


def bar(request: FleetRequest, one: HouseList) -> HouseForm:
    """The bar below a list: ticked rows to take away."""
    access.require(request.actor, one.action)
    return HouseForm(request.POST or None, queryset=one.boxes(request))


def answer(request: FleetRequest, one: HouseList, form: HouseForm) -> HttpResponseBase | None:
    """The ticked rows as a file; None where nothing was sent, or not all that it takes."""
    return list_bulk.answered(request, form, lambda: _ticked(request, one, form), {})


def context(request: FleetRequest, one: HouseList, *, total: int | None = None) -> dict[str, Any]:
    """A page of the list as the address asks for it, with the reader's own columns and views."""
    found = narrowing.of_page(request, one.asks, one.read(request), total=total)
    return list_columns.of_everyone(request, one.listing, found)


def file(request: FleetRequest, one: HouseList, ending: str) -> HttpResponse:
    """What the address chooses, as a download."""
    access.require(request.actor, one.action)
    return _table(one, _found(request, one), of=one.paper.of, ending=ending)


def paper(request: FleetRequest, one: HouseList) -> HttpResponseBase:
    """The same on pages. It is counted like every PDF, so that only who asks for it makes one."""
    access.require(request.actor, one.action)
    try:
        return _pdf(request, one, partial(_found, request, one), of=one.paper.of)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(one.listing.value)


def _found(request: FleetRequest, one: HouseList) -> Found:
    return narrowing.of_file(request, one.asks, one.read(request))


def _ticked(request: FleetRequest, one: HouseList, form: HouseForm) -> HttpResponseBase | None:
    """In the order of the page; what hinders it is told above the list."""
    numbers, ending = {row.pk for row in form.chosen()}, form.cleaned_data["do"]
    of = f"{one.paper.of}-selected"

    def found() -> Found:
        every, number = one.read(request), one.paper.number
        return list_files.of_ticked(request, one.asks, every, numbers, number=number)

    try:
        if ending == "pdf":
            return _pdf(request, one, found, of=of)
        return _table(one, found(), of=of, ending=ending)
    except NotPossible as error:
        form.add_error(None, str(error))
        return None


def _table(one: HouseList, found: Found, *, of: str, ending: str) -> HttpResponse:
    rows = one.paper.read(found.rows)
    return file_of(one.paper.listing, rows, of=of, ending=ending, for_staff=True)


def _pdf(
    request: FleetRequest, one: HouseList, read: Callable[[], Found], *, of: str
) -> HttpResponseBase:
    """Nothing is read before it is counted.

    Raises TooMany, and NotPossible where they cannot be drawn.
    """
    access.require(request.actor, "portfolio.make")
    house = branding.provider(access.provider_of(request.actor))

    def table() -> PrintedTable:
        found = read()
        return house_print.table(
            one.listing, found.rows, house, every=found.every, asked=found.asked
        )

    body = printed.pdf(table=table, actor=request.actor.user)
    name = f"{one.paper.listing.name}-{of}.pdf"
    return attached(body, name=name, kind="application/pdf")
