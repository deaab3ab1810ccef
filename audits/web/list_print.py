"""Lists of a client on pages, for staff to hand on: made while they wait, and counted as PDFs."""

from collections.abc import Callable, Mapping
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from audits import access
from audits.queries import list_print
from audits.services.errors import NotPossible
from audits.web import ai_model, audit, checklist, dataset, list_files, people, plan, report, tool
from audits.web.list_files import Listed
from audits.web.requests import ClientRequest

_CHOSEN: Final[Mapping[str, Callable[[ClientRequest], Listed]]] = {
    "models": ai_model.chosen,
    "audits": audit.chosen,
    "tools": tool.chosen,
    "datasets": dataset.chosen,
    "reports": report.chosen,
    "plan": plan.chosen,
    "checklist": checklist.chosen,
    "people": people.chosen,
}


@require_POST
def printed(request: ClientRequest, slug: str, listing: str) -> HttpResponseBase:
    """What the address chooses of a list, on as many pages as it takes."""
    access.require(request.actor, "report.prepare", request.client)
    kind = list_print.PRINTED.get(listing)
    if kind is None:
        raise Http404
    access.require(request.actor, kind.action, request.client)
    try:
        return list_files.pdf(request, _CHOSEN[listing](request))
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(listing, slug=slug)
