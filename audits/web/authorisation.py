"""Permission to audit a model: recorded by its client or its provider, withdrawn by either."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import FilePurpose
from audits.queries import ai_model as models
from audits.queries import authorisation as queries
from audits.services import authorisation as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.downloads import handed_out
from audits.web.forms import refusal
from audits.web.forms.authorisation import AuthorisationForm
from audits.web.requests import ClientRequest


def record(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = models.of_client(request.client)
    model = access.open_row(request.actor, rows, pk, action="audit.authorise")
    # Who looks after the model records somebody else's word; the client's own people give theirs.
    own = None if access.may(request.actor, "model.edit", model) else request.actor.user
    form = AuthorisationForm(request.POST or None, request.FILES or None, giver=own)
    if request.method == "POST" and form.is_valid():
        try:
            service.record(model=model, actor=request.actor.user, **form.values())
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("%(name)s may be audited.") % {"name": model.name})
            return redirect("model", slug=slug, pk=pk)
    return render(request, "ai_model/authorise.html", {"form": form, "model": model})


def letter(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The signed letter, as it came."""
    rows = queries.of_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="audit.authorise")
    kept = {FilePurpose.PERMISSION}
    return handed_out(request, row.file, purposes=kept, about=row.model)


@require_POST
def withdraw(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = queries.of_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="audit.authorise")
    try:
        stopped = service.withdraw(authorisation=row, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The permission is withdrawn: no audit starts on it any more."))
        if stopped:
            stops = ngettext("%(n)s audit is stopped.", "%(n)s audits are stopped.", stopped)
            messages.info(request, stops % {"n": stopped})
    return redirect("model", slug=slug, pk=row.model_id)
