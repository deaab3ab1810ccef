"""One uploaded state of a model: what it learned from, and how long its file is kept."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.queries import ai_model as models
from audits.services import ai_model as service
from audits.services import retention, version_retention
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.ai_model import VersionForm
from audits.web.reauthentication import confirmation
from audits.web.requests import ClientRequest


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """What it was trained on, its note, and the last day of its file."""
    rows = models.versions_of_client(request.client)
    version = access.open_row(request.actor, rows, pk, action="model.edit")
    before = version.retain_until
    form = VersionForm(request.POST or None, instance=version)
    if request.method == "POST" and form.is_valid():
        # An earlier end is a deletion by date: nobody can bring back what it takes.
        until = form.cleaned_data.get("retain_until", before)
        if retention.is_nearer(before, until) and (asked := confirmation(request)) is not None:
            return asked
        try:
            service.edit_version(
                version=version, actor=request.actor.user, values=form.cleaned_data
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("model", slug=slug, pk=version.model_id)
    context = {"form": form, "version": version, "model": version.model}
    return render(request, "ai_model/version.html", context)


def delete_file(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Delete a file for good, while its verdicts stay; asked on GET, done on POST."""
    rows = models.versions_of_client(request.client)
    version = access.open_row(request.actor, rows, pk, action="model.delete")
    if (asked := confirmation(request)) is not None:
        return asked
    if request.method != "POST":
        context = {"version": version, "model": version.model}
        return render(request, "ai_model/delete_file.html", context)
    try:
        version_retention.delete_now(version=version, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        told = {"n": version.number, "name": version.model.name}
        messages.success(request, _("The file of version %(n)s of %(name)s is deleted.") % told)
    return redirect("model", slug=slug, pk=version.model_id)
