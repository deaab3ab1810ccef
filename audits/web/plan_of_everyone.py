"""The action plan of every client that is granted: a list, what is done with its rows, files."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.models import ChecklistItem
from audits.queries import branding, narrowed_plan, plan, plan_print
from audits.reports.printed_table import PrintedTable
from audits.services import plan_bulk, printed
from audits.services.errors import NotPossible
from audits.services.list_bulk import Outcome
from audits.web import list_bulk, list_columns, list_files, narrowing
from audits.web.downloads import attached
from audits.web.forms.list_bulk import PlansForm
from audits.web.listing import file_of
from audits.web.looked_after import looked_after_alone
from audits.web.narrowing import Found
from audits.web.requests import FleetRequest


@looked_after_alone
def page(request: FleetRequest) -> HttpResponseBase:
    """What is open at every client, a page at a time; what is ticked is changed at once."""
    access.require(request.actor, "fleet.view")
    bulk = PlansForm(request.POST or None, provider_id=access.provider_of(request.actor))
    done = list_bulk.answered(request, bulk, lambda: _taken(request, bulk), _CHANGES)
    if done is not None:
        return done
    counts = plan.counts()
    every = plan.everywhere()
    found = narrowing.of_page(request, narrowed_plan.PLANS, every, total=counts.every)
    context = list_columns.of_everyone(request, ColumnList.PLANS, found)
    rows = plan.in_order(plan.numbers_of(context["page"].object_list))
    own = {"rows": rows, "counts": counts, "bulk": bulk}
    return render(request, "plan/fleet.html", context | own)


def _taken(request: FleetRequest, bulk: PlansForm) -> HttpResponseBase | None:
    """Ticked rows as a file, in the order of the page; what hinders it is told above the list."""
    chosen, ending = {row.pk for row in bulk.chosen()}, bulk.cleaned_data["do"]

    def found() -> Found:
        every, asks = plan.everywhere(), narrowed_plan.PLANS
        return list_files.of_ticked(request, asks, every, chosen, number=lambda row: row.pk)

    try:
        if ending != "pdf":
            return _table(found().rows, of="clients-selected", ending=ending)
        return _paper(request, found, of="clients-selected")
    except NotPossible as error:
        bulk.add_error(None, str(error))
        return None


def _assign(request: FleetRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return plan_bulk.assign(actor=request.actor, items=rows, owner=given["who"])


def _due(request: FleetRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return plan_bulk.set_due(actor=request.actor, items=rows, due=given["until"])


def _done(request: FleetRequest, rows: list[Any], given: Mapping[str, Any]) -> Outcome:
    return plan_bulk.mark_done(actor=request.actor, items=rows, reason=given["reason"])


_CHANGES = {"assign": _assign, "due": _due, "done": _done}


@looked_after_alone
def file(request: FleetRequest, ending: str) -> HttpResponse:
    """What the address chooses of every client's plan, as a download."""
    access.require(request.actor, "fleet.view")
    return _table(_found(request).rows, of="clients", ending=ending)


@require_POST
@looked_after_alone
def paper(request: FleetRequest) -> HttpResponseBase:
    """The same on pages. It is counted like every PDF, so that only who asks for it makes one."""
    access.require(request.actor, "portfolio.make")
    try:
        return _paper(request, partial(_found, request), of="clients")
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("plans")


def _found(request: FleetRequest) -> Found:
    return narrowing.of_file(request, narrowed_plan.PLANS, plan.everywhere())


def _table(items: QuerySet[ChecklistItem], *, of: str, ending: str) -> HttpResponse:
    listing, rows = plan.listing(plain=False), plan.in_parts(items)
    return file_of(listing, rows, of=of, ending=ending, for_staff=True)


def _paper(request: FleetRequest, read: Callable[[], Found], *, of: str) -> HttpResponseBase:
    """Nothing is read before it is counted.

    Raises TooMany, and NotPossible where they cannot be drawn.
    """
    access.require(request.actor, "portfolio.make")
    house = branding.provider(access.provider_of(request.actor))

    def table() -> PrintedTable:
        found = read()
        return plan_print.table(found.rows, house, every=found.every, asked=found.asked)

    body = printed.pdf(table=table, actor=request.actor.user)
    return attached(body, name=f"action-plan-{of}.pdf", kind="application/pdf")
