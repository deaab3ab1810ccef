"""AI tools over all clients: fact sheets, tools without one, and both to take away."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.web import house_lists
from audits.web.house_lists import HouseList
from audits.web.looked_after import looked_after_alone
from audits.web.requests import FleetRequest

_SHEETS: Final = HouseList(
    listing=ColumnList.VENDORS,
    action="vendor.view",
    read=lambda request: sheets.register(access.provider_of(request.actor)),
    boxes=lambda request: sheets.of_provider(access.provider_of(request.actor)),
)
_REPORTED: Final = HouseList(
    listing=ColumnList.VENDORS_REPORTED,
    action="vendor.view",
    read=lambda _request: sheets.without_sheet(),
    boxes=lambda _request: sheets.without_sheet(),
)
_LISTS: Final[Mapping[ColumnList, HouseList]] = {one.listing: one for one in (_SHEETS, _REPORTED)}


@looked_after_alone
def register(request: FleetRequest) -> HttpResponseBase:
    """The fact sheets of the provider, a page at a time, and how many tools have none."""
    bulk = house_lists.bar(request, _SHEETS)
    if (done := house_lists.answer(request, _SHEETS, bulk)) is not None:
        return done
    context = house_lists.context(request, _SHEETS)
    own = {"rows": context["page"].object_list, "without": sheets.count_without_sheet()}
    return render(request, "vendor/register.html", context | own | {"bulk": bulk})


@looked_after_alone
def reported(request: FleetRequest) -> HttpResponseBase:
    """Tools of clients without a fact sheet, a page at a time; first what nobody looked into."""
    bulk = house_lists.bar(request, _REPORTED)
    if (done := house_lists.answer(request, _REPORTED, bulk)) is not None:
        return done
    counts = sheets.count_without_sheet()
    context = house_lists.context(request, _REPORTED, total=counts.every)
    rows = tools.rows_of(context["page"].object_list, with_sheets=False)
    number = sheets.of_provider(access.provider_of(request.actor)).count()
    own = {"rows": rows, "without": counts, "sheets": number, "bulk": bulk}
    return render(request, "vendor/reported.html", context | own)


@looked_after_alone
def file(request: FleetRequest, listing: ColumnList, ending: str) -> HttpResponse:
    """What the address chooses of either, as a download."""
    return house_lists.file(request, _LISTS[listing], ending)


@require_POST
@looked_after_alone
def paper(request: FleetRequest, listing: ColumnList) -> HttpResponseBase:
    """Either on pages."""
    return house_lists.paper(request, _LISTS[listing])
