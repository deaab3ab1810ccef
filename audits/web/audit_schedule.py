"""Audits of a client that start by themselves: which are planned, and what came of each day."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import AuditRhythm
from audits.models import AIModel, AuditSchedule
from audits.queries import ai_model as models
from audits.queries import audit_repeat, authorisation, house_listings
from audits.queries import audit_schedule as schedules
from audits.services import audit_schedule as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.audit_schedule import AuditScheduleForm
from audits.web.listing import file_of, page_of
from audits.web.requests import ClientRequest
from audits.web.schedule import deleted, paused, resumed

_LISTED = "audit_schedules"


def register(request: ClientRequest, slug: str) -> HttpResponse:
    """Every schedule of the client, and what came of the last days."""
    access.require(request.actor, "audit.start", request.client)
    page = page_of(request, _rows(request))
    context = {
        "page": page,
        "listed": schedules.with_last(page),
        "is_unstarted": _is_unstarted(request),
        "runs": schedules.runs_of(request.client),
        "may_have_any": schedules.may_have_any(request.client),
        "unallowed": authorisation.missing_at(request.client),
    }
    return render(request, "audit_schedule/list.html", context)


def _rows(request: ClientRequest) -> QuerySet[AuditSchedule]:
    """Every schedule, or those alone that the address asks for: whose last day started nothing."""
    if _is_unstarted(request):
        return schedules.unstarted_schedules(request.client)
    return schedules.of_client(request.client)


def _is_unstarted(request: ClientRequest) -> bool:
    return request.GET.get("show") == "unstarted"


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The schedules that the page shows as a download."""
    access.require(request.actor, "audit.start", request.client)
    rows = schedules.with_last(_rows(request))
    listing = house_listings.AUDIT_SCHEDULES
    return file_of(listing, rows, of=slug, ending=ending, for_staff=True)


def days_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """What came of every day, the last ones that the page shows and those before."""
    access.require(request.actor, "audit.start", request.client)
    rows = schedules.days_of(request.client)
    return file_of(house_listings.AUDIT_DAYS, rows, of=slug, ending=ending, for_staff=True)


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """How often a model is measured again: planned here first, or changed."""
    model = _model(request, pk)
    planned = schedules.of_model(model)
    form = AuditScheduleForm(request.POST or None, client=request.client, planned=planned)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            service.save(
                model=model,
                actor=request.actor.user,
                rhythm=AuditRhythm(given["rhythm"]),
                next_on=given["next_on"],
            )
        except (InvalidInput, NotPossible) as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The schedule is saved."))
            return redirect("model", slug=slug, pk=pk)
    context = {"form": form, "model": model, "planned": planned}
    return render(request, "audit_schedule/form.html", context | _measured(model))


def _measured(model: AIModel) -> dict[str, object]:
    """What would be measured again, and until when that is allowed."""
    repeat = audit_repeat.of_model(model)
    return {
        "repeat": repeat,
        "thorough": audit_repeat.thorough(repeat) if repeat is not None else None,
        "authorisation": authorisation.current(model),
    }


def _model(request: ClientRequest, pk: int) -> AIModel:
    rows = models.of_client(request.client)
    return access.open_row(request.actor, rows, pk, action="audit.start")


def _opened(request: ClientRequest, pk: int) -> AuditSchedule:
    found = schedules.of_model(_model(request, pk))
    if found is None:
        raise Http404
    return found.schedule


@require_POST
def pause(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    return paused(request, _opened(request, pk), service.pause, listed=_LISTED)


@require_POST
def resume(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    return resumed(request, _opened(request, pk), service.resume, listed=_LISTED)


def delete(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    return deleted(
        request,
        _opened(request, pk),
        service.delete,
        listed=_LISTED,
        page="audit_schedule/delete.html",
        told=_("The schedule is deleted. Audits that it started stay."),
    )
