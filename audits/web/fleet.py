"""The fleet: every client at a glance, worst first, or those that the address chooses."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import charts, fleet_views, welcome
from audits.queries import fleet as fleets
from audits.queries.fleet import Fleet, FleetFilters
from audits.services import client_figures
from audits.web import fleet_bulk, fleet_view, told_once
from audits.web.chart import Place
from audits.web.chart import answer as chart_answer
from audits.web.context import house_of
from audits.web.forms.fleet import FleetFilter
from audits.web.forms.fleet_bulk import BulkForm
from audits.web.forms.fleet_views import TableForm, ViewForm
from audits.web.looked_after import looked_after_alone
from audits.web.narrowing import Found
from audits.web.requests import FleetRequest

_ON_A_MAP = 25
_LONGEST_NUMBER = 18


def page(request: FleetRequest) -> HttpResponseBase:
    """Every client at a glance, worst first; what is ticked is changed or taken away at once."""
    access.require(request.actor, "fleet.view")
    if request.htmx and (opened := _opened(request)) is not None:
        return _why(request, opened)
    if request.method == "GET" and (last := told_once.last(request)) is not None:
        return last
    table = fleet_views.table_of(request.actor.user)
    if (elsewhere := fleet_view.remembered(request, table.query)) is not None:
        return elsewhere
    form, found = _chosen(request, forgiving=True)
    bulk = BulkForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and bulk.is_valid():
        return fleet_bulk.answer(request, bulk)
    size = form.cleaned_data["size"] or table.size
    context = {
        "fleet": found,
        "form": form,
        "filters": found.filters,
        "bulk": bulk,
        "page": Paginator(found.shown, size).get_page(request.GET.get("page")),
        "columns": table.columns,
        "shown": table.shown,
        "cells": table.cells,
    }
    return render(request, "fleet/fleet.html", context | _own(request, table) | _welcome(request))


def _opened(request: FleetRequest) -> int | None:
    """The client of whom every reason is to be shown, by its number, where the address says one."""
    asked = request.GET.get("why", "")
    return int(asked) if asked.isdecimal() and len(asked) <= _LONGEST_NUMBER else None


def _why(request: FleetRequest, opened: int) -> HttpResponse:
    """Every reason to look at one client, for its row."""
    known = client_figures.refresh(at_most=client_figures.AT_ONCE)
    rows = fleets.fleet(FleetFilters(state=fleets.EVERY_STATE), known=known).rows
    row = next((one for one in rows if one.client.pk == opened), None)
    if row is None:
        raise Http404
    scheduling = access.open_at(request.actor, "audit.start")
    context = {"row": row, "opened": opened, "scheduling": scheduling}
    return render(request, "fleet/why.html", context)


@looked_after_alone
def heat_map(request: FleetRequest) -> HttpResponse:
    """The clients that the address chooses, by their models."""
    access.require(request.actor, "fleet.view")
    _form, found = _chosen(request, forgiving=True)
    listed = Paginator(found.shown, _ON_A_MAP).get_page(request.GET.get("page"))
    chart = charts.clients_by_models([row.client for row in listed])
    return render(request, "fleet/map.html", {"chart": chart, "page": listed})


@looked_after_alone
def map_file(request: FleetRequest, ending: str) -> HttpResponse:
    """The same page of the map by itself or as a download."""
    access.require(request.actor, "fleet.view")
    _form, found = _chosen(request)
    listed = Paginator(found.shown, _ON_A_MAP).get_page(request.GET.get("page"))
    chart = charts.clients_by_models([row.client for row in listed])
    back = Place(f"{reverse('fleet_map')}?{request.GET.urlencode()}", _("Heat map"))
    return chart_answer(request, chart, of="clients", ending=ending, back=back)


def file(request: FleetRequest, ending: str) -> HttpResponseBase:
    """Every client that the address chooses, as a download."""
    access.require(request.actor, "fleet.view")
    return fleet_bulk.file_of(request, lambda: _to_take(request), ending)


def _to_take(request: FleetRequest) -> Found:
    form, found = _chosen(request)
    return Found(rows=found.shown, every=found.directory.clients, asked=form.asked())


@require_POST
def printed(request: FleetRequest) -> HttpResponseBase:
    """The same on pages. It is counted like every PDF, so that only who asks for it makes one."""
    return file(request, "pdf")


def _chosen(request: FleetRequest, *, forgiving: bool = False) -> tuple[FleetFilter, Fleet]:
    """The clients that the address chooses; what it names must be there for the person.

    A page leaves out what is not there, such as a group that was deleted since a view was kept,
    and says so. A file would hold other clients than it was asked for, so there is none. Figures
    are as a page has time for; in a file they are those that hold now.
    """
    known = client_figures.refresh(at_most=client_figures.AT_ONCE if forgiving else None)
    directory = fleets.directory()
    form = FleetFilter(request.GET, listed=directory)
    if not form.is_valid():
        if not forgiving:
            raise Http404
        left = request.GET.copy()
        for name in form.errors:
            left.pop(name, None)
        form = FleetFilter(left, listed=directory)
        form.full_clean()
        messages.info(
            request, _("This view names something that is not there any more. It was left out.")
        )
    # What somebody else counts at this moment is counted here as well where it goes into a file.
    holds = forgiving or not known.behind
    return form, fleets.fleet(form.filters(), directory, known if holds else None)


def _own(request: FleetRequest, table: fleet_views.Table) -> dict[str, Any]:
    """What the person may do and looks into, and has set up: columns and views with a name."""
    query = request.GET.urlencode()
    chosen = {"columns": [column.value for column in table.columns], "size": table.size}
    return {
        "scheduling": access.open_at(request.actor, "audit.start"),
        "opened": _opened(request),
        # Lists of work and actions leave some of their clients out, so no figure leads there.
        "is_guest": access.looked_after(request.actor) != request.actor.client_ids,
        "may_create": access.may(request.actor, "client.create"),
        "table_form": TableForm(initial=chosen | {"query": query}),
        "view_form": ViewForm(initial={"query": query}),
        "views": list(fleet_views.views_of_list(request.actor.user, ColumnList.FLEET)),
    }


def _welcome(request: FleetRequest) -> dict[str, Any]:
    house = house_of(request)
    if house is None or not access.may(request.actor, "provider.edit"):
        return {}
    return {"welcome": welcome.of_provider(house)}
