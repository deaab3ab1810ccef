"""A newer edition of the catalogue: what it changes, and taking it over."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.queries import editions
from audits.services import checklist_edition as service
from audits.services.errors import NotPossible
from audits.web.requests import ClientRequest


def difference(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "catalogue.adopt", request.client)
    context = {"edition": editions.standing(request.client)}
    return render(request, "checklist/edition.html", context)


@require_POST
def adopt(request: ClientRequest, slug: str) -> HttpResponseBase:
    """Speak by the newest edition from now on; every answer stays."""
    access.require(request.actor, "catalogue.adopt", request.client)
    try:
        service.take_over(client=request.client, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("checklist_edition", slug=slug)
    messages.success(request, _("The newer edition is taken over. Every answer stayed."))
    return redirect("checklist", slug=slug)
