"""Lists of a client on pages, for staff to hand on: made while they wait, and counted as PDFs."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from audits import access
from audits.queries import list_print
from audits.services import printed as service
from audits.services.errors import NotPossible
from audits.web.downloads import attached
from audits.web.requests import ClientRequest


@require_POST
def printed(request: ClientRequest, slug: str, listing: str) -> HttpResponseBase:
    access.require(request.actor, "report.prepare", request.client)
    kind = list_print.PRINTED.get(listing)
    if kind is None:
        raise Http404
    access.require(request.actor, kind.action, request.client)
    table = list_print.table(request.client, kind)
    try:
        body = service.pdf(table=table, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(kind.page, slug=slug)
    return attached(body, name=f"{listing}-{slug}.pdf", kind="application/pdf")
