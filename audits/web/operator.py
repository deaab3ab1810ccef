"""A platform operator looks at one client: asked for, shown on every page, written into its log."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access, homes
from audits.queries import break_glass, health
from audits.queries import dataset as datasets
from audits.rights import Refused
from audits.services import break_glass as service
from audits.services.activity import Subject
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.operator import LookForm
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest

# Addresses that name no client and still tell of the one that is looked at.
_OF_EVERY_CLIENT = frozenset({"search", "switcher", "api:clients"})
# Pages whose number is that of an object; the log calls the object as everywhere else.
_KINDS = {
    "model": "aimodel",
    "model_script": "aimodel",
    "model_versions_file": "aimodel",
    "dataset": "dataset",
    "dataset_versions_file": "dataset",
    "tool": "aitool",
    "audit": "audit",
    "audit_progress": "audit",
    "audit_document": "audit",
    "audit_figures": "audit",
    "audit_members": "audit",
    "audit_groups": "audit",
    "audit_chart": "audit",
    "audit_evidence": "audit",
    "report": "report",
    "report_download": "report",
}


def page(request: FleetRequest) -> HttpResponseBase:
    """Begin a look at one client, or go back to the one that is open."""
    access.require(request.actor, "platform.open")
    if request.actor.look is None and (asked := confirmation(request)) is not None:
        return asked
    user, form = request.actor.user, LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with homes.client_of_operator(user, given["slug"]) as client:
                look = service.start(
                    operator=user, client=client, minutes=given["minutes"], reason=given["reason"]
                )
        except Refused:
            form.add_error("slug", _("There is no client at this address."))
        except InvalidInput as error:
            refusal.show(form, error)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            return redirect("client", slug=look.slug)
    with homes.own_looks(user):
        looks = break_glass.latest_of(user.pk)
    return render(request, "operator/page.html", {"form": form, "looks": looks})


def system_health(request: FleetRequest) -> HttpResponseBase:
    """How the installation is: programs, queues, disks, database, version, backup."""
    access.require(request.actor, "platform.open")
    return render(request, "operator/health.html", {"health": health.health()})


@require_POST
def end(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "platform.open")
    if request.actor.look is not None:
        service.end(look=request.actor.look, actor=request.actor.user)
        messages.success(request, _("The look is over."))
    return redirect("looks")


def note_page(request: HttpRequest, actor: access.Actor) -> None:
    """Write into the client's log what an operator has just been shown."""
    match = request.resolver_match
    if match is None or actor.look is None:
        return
    if "slug" not in match.kwargs and match.view_name not in _OF_EVERY_CLIENT:
        return
    pk: int | None = match.kwargs.get("pk")
    service.note_opened(
        look=actor.look,
        actor=actor.user,
        page=match.view_name + (f":{pk}" if pk is not None else ""),
        subject=_subject(match.url_name or "", pk, request.path_info),
    )


def _subject(name: str, pk: int | None, path: str) -> Subject:
    """The object in whose history the look belongs; the page where there is none."""
    if pk is not None and name in {"dataset_version", "dataset_columns_file"}:
        return Subject(kind="dataset", pk=datasets.dataset_id_of(pk), name=path)
    if pk is not None and name in _KINDS:
        return Subject(kind=_KINDS[name], pk=pk, name=path)
    return Subject(kind="page", name=path)
