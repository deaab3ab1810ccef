"""What is done with the clients that are ticked in the fleet."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import access
from audits.models import Client
from audits.queries import branding, fleet_export
from audits.queries import fleet as fleets
from audits.queries.fleet import FleetFilters
from audits.queries.narrowing import Asked
from audits.reports.printed_table import PrintedTable
from audits.services import fleet_bulk as service
from audits.services import printed
from audits.services.errors import NotPossible
from audits.services.fleet_bulk import Outcome
from audits.web import fleet_work, report_bulk
from audits.web.downloads import attached
from audits.web.forms.fields import FILES
from audits.web.forms.fleet_bulk import WORK, BulkForm
from audits.web.narrowing import Found
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest

# What opens clients to people, or puts them out of sight, is for who proved a moment ago who it is.
_CONFIRMED = frozenset({"join", "leave", "archive"})


def answer(request: FleetRequest, form: BulkForm) -> HttpResponseBase:
    """Do what was chosen, and tell how far it went."""
    given = form.cleaned_data
    if given["do"] in FILES:
        return file_of(request, lambda: _ticked(request, given["clients"]), given["do"])
    if given["do"] in _CONFIRMED and (asked := confirmation(request)) is not None:
        return asked
    if given["do"] == "archive" and not given["confirmed"]:
        return render(request, "fleet/archive.html", {"clients": given["clients"]})
    if given["do"] in _ON_A_PAGE:
        return _ON_A_PAGE[given["do"]](request, form)
    if given["do"] in WORK:
        return fleet_work.answer(request, form)
    _say(request, _apply(request, form))
    return redirect(request.get_full_path())


def _choose(request: FleetRequest, form: BulkForm) -> HttpResponseBase:
    return report_bulk.choose(request, form.cleaned_data["clients"])


# What goes on, or is told, on a page of its own.
_ON_A_PAGE = {"choose": _choose, "schedule": fleet_work.scheduled}


def _ticked(request: FleetRequest, clients: Iterable[Client]) -> Found:
    """The ticked clients, in whatever state, in the order of the page."""
    chosen = {client.pk for client in clients}
    sort = request.GET.get("sort", "")
    known = sort.removeprefix("-") in fleets.SORTS
    filters = FleetFilters(state=fleets.EVERY_STATE, sort=sort if known else "")
    every = fleets.fleet(filters).rows
    rows = [row for row in every if row.client.pk in chosen]
    asked = Asked(order=filters.order_in_words, is_ticked=True)
    return Found(rows=rows, every=every, asked=asked)


def file_of(request: FleetRequest, choose: Callable[[], Found], ending: str) -> HttpResponseBase:
    """The rows as a download, with the day in its name; a PDF is counted before they are read."""
    name = f"clients-{timezone.localdate().isoformat()}.{ending}"
    if ending == "pdf":
        return _printed(request, choose, name)
    rows = choose().rows
    if ending == "json":
        return attached(fleet_export.as_json(rows), name=name, kind="application/json")
    return attached(fleet_export.as_csv(rows), name=name, kind="text/csv; charset=utf-8")


def _printed(request: FleetRequest, choose: Callable[[], Found], name: str) -> HttpResponseBase:
    """The rows on pages; what hinders it is told on the page of the fleet."""
    house = branding.provider(access.provider_of(request.actor))

    def table() -> PrintedTable:
        found = choose()
        return fleet_export.as_printed(found.rows, house, every=found.every, asked=found.asked)

    try:
        body = printed.pdf(table=table, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("fleet")
    return attached(body, name=name, kind="application/pdf")


def _apply(request: FleetRequest, form: BulkForm) -> Outcome:
    given, actor = form.cleaned_data, request.actor
    clients = given["clients"]
    if given["do"] == "assign":
        return service.assign(actor=actor, clients=clients, lead=given["by"])
    if given["do"] == "release":
        return service.assign(actor=actor, clients=clients, lead=None)
    if given["do"] == "archive":
        return service.archive(actor=actor, clients=clients)
    if given["do"] == "restore":
        return service.restore(actor=actor, clients=clients)
    access.require(actor, "group.manage")
    change = service.join if given["do"] == "join" else service.leave
    return change(actor=actor, clients=clients, group=given["into"])


def _say(request: FleetRequest, outcome: Outcome) -> None:
    """Tell how many are changed; where some are not, which and why."""
    done, refused = len(outcome.done), outcome.refused
    if not refused:
        told = ngettext("%(n)s client is changed.", "%(n)s clients are changed.", done)
        messages.success(request, told % {"n": done})
        return
    said = _("Changed: %(done)s of %(all)s. Not changed:") % {
        "done": done,
        "all": done + len(refused),
    }
    messages.warning(request, " ".join([said, *fleet_work.reasons(refused)]))
