"""The log of a client and of the provider: read, filtered, verified, taken away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.queries import activity as logs
from audits.queries import activity_chain, activity_export, activity_print, branding
from audits.queries import report as reports
from audits.queries.activity import ActivityLine, Log
from audits.queries.activity_chain import Verified
from audits.reports.printed_table import PrintedTable
from audits.services import printed
from audits.services.errors import NotPossible
from audits.web.downloads import attached
from audits.web.forms.activity import ActivityFilterForm
from audits.web.requests import ClientRequest, FleetRequest

_ON_A_PAGE = 50
# Objects that have a page of their own and never go away.
_PAGES = {
    "aimodel": "model",
    "dataset": "dataset",
    "aitool": "tool",
    "audit": "audit",
    "report": "report",
    "checklistitem": "checklist_answer",
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A line and the page of what it is about."""

    told: ActivityLine
    url: str


def client_log(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Everything that was done for a client, newest first."""
    access.require(request.actor, "activity.view", request.client)
    is_plain = not access.may(request.actor, "technical.view", request.client)
    log = logs.of_client(request.client, is_plain=is_plain)
    context = _context(request, log, slug, closed=_closed(request))
    return render(request, "client/log.html", context)


def _closed(request: ClientRequest) -> frozenset[int]:
    """Reports that the log speaks of and that its reader may not open yet."""
    if access.may(request.actor, "report.prepare", request.client):
        return frozenset()
    return reports.unsent_ids(request.client)


def provider_log(request: FleetRequest) -> HttpResponseBase:
    """What concerns the provider itself and no single client."""
    access.require(request.actor, "provider.log")
    context = _context(request, logs.of_provider(access.provider_of(request.actor)), "")
    return render(request, "settings/log.html", context)


def client_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    access.require(request.actor, "activity.view", request.client)
    is_plain = not access.may(request.actor, "technical.view", request.client)
    log = logs.of_client(request.client, plain_controls=is_plain)
    return _file(request, log, f"client:{request.client.pk}", name=slug, ending=ending)


def provider_file(request: FleetRequest, ending: str) -> HttpResponse:
    access.require(request.actor, "provider.log")
    provider_id = access.provider_of(request.actor)
    log = logs.of_provider(provider_id)
    return _file(request, log, f"provider:{provider_id}", name="provider", ending=ending)


@require_POST
def client_paper(request: ClientRequest, slug: str) -> HttpResponseBase:
    """The lines that the address chooses on pages to hand on: in plain words, without addresses."""
    access.require(request.actor, "activity.view", request.client)
    access.require(request.actor, "report.prepare", request.client)
    log = logs.of_client(request.client, is_plain=True)

    def table(form: ActivityFilterForm) -> PrintedTable:
        return activity_print.of_client(request.client, log, form.filters(), form.asked())

    answer = _paper(request, log, table, name=slug)
    return answer or redirect("activity", slug=slug)


@require_POST
def provider_paper(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "provider.log")
    access.require(request.actor, "portfolio.make")
    provider_id = access.provider_of(request.actor)
    log, house = logs.of_provider(provider_id), branding.provider(provider_id)

    def table(form: ActivityFilterForm) -> PrintedTable:
        return activity_print.of_house(house, log, form.filters(), form.asked())

    return _paper(request, log, table, name="provider") or redirect("provider_activity")


def _paper(
    request: FleetRequest,
    log: Log,
    table: Callable[[ActivityFilterForm], PrintedTable],
    *,
    name: str,
) -> HttpResponseBase | None:
    """The lines as a PDF; None where it cannot be made, which is said. Raises TooMany."""
    try:
        body = printed.pdf(
            table=lambda: table(_understood(ActivityFilterForm(request.GET or None, log=log))),
            actor=request.actor.user,
        )
    except NotPossible as error:
        messages.error(request, str(error))
        return None
    return attached(body, name=f"activity-{name}.pdf", kind="application/pdf")


def _understood(form: ActivityFilterForm) -> ActivityFilterForm:
    """The form once it was read; what cannot be followed is left out."""
    form.is_valid()
    return form


@require_POST
def client_verify(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "activity.view", request.client)
    _say(request, activity_chain.verify_client(request.client))
    return redirect("activity", slug=slug)


@require_POST
def provider_verify(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "provider.log")
    _say(request, activity_chain.verify_provider(access.provider_of(request.actor)))
    return redirect("provider_activity")


def _context(
    request: FleetRequest, log: Log, slug: str, *, closed: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """One page of lines, as many questions for one as for fifty."""
    form = ActivityFilterForm(request.GET or None, log=log)
    filters = form.filters()
    page = Paginator(log.found(filters), _ON_A_PAGE).get_page(request.GET.get("page"))
    told = log.told(page.object_list)
    return {
        "form": form,
        "page": page,
        "rows": [Shown(told=line, url=_url(line, slug, closed)) for line in told],
        "is_filtered": bool(filters.condition()),
        "is_of_one_object": filters.object_id is not None,
        "most_lines": activity_export.MOST_LINES,
    }


def _url(told: ActivityLine, slug: str, closed: frozenset[int]) -> str:
    """Where it is; empty where no page of it is open to whoever reads the log."""
    name = _PAGES.get(told.line.object_type)
    if not slug or name is None:
        return ""
    if name == "report" and told.line.object_id in closed:
        return ""
    return reverse(name, kwargs={"slug": slug, "pk": told.line.object_id})


def _file(request: FleetRequest, log: Log, chain: str, *, name: str, ending: str) -> HttpResponse:
    """What the filters leave, newest first, as a download."""
    form = ActivityFilterForm(request.GET or None, log=log)
    lines = log.told(log.found(form.filters())[: activity_export.MOST_LINES])
    if ending == "csv":
        body, kind = activity_export.as_csv(lines), "text/csv; charset=utf-8"
    else:
        body, kind = activity_export.as_json(chain, lines), "application/json"
    return attached(body, name=f"activity-{name}.{ending}", kind=kind)


def _say(request: FleetRequest, found: Verified) -> None:
    """Say how a chain was found, in words that an auditor can keep."""
    if found.flaw is not None:
        told = {"line": found.flaw.sequence, "problem": found.flaw.problem}
        messages.error(
            request, _("The log is not as it was written. Line %(line)s: %(problem)s.") % told
        )
        return
    told = {"lines": found.lines, "mark": f"{found.lines}:{found.head[:16]}", "at": found.at}
    messages.success(
        request,
        _("The chain is intact: %(lines)s lines, the last one %(mark)s, verified %(at)s.")
        % {**told, "at": f"{found.at:%Y-%m-%d %H:%M} UTC"},
    )
