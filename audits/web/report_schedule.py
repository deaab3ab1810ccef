"""Schedules of a client's reports: what is planned, for whom, and what came of it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import SCHEDULED_KINDS, ReportKind
from audits.models import ReportSchedule
from audits.queries import house_listings
from audits.queries import report_schedule as schedules
from audits.services import mail
from audits.services import report_schedule as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web import addresses
from audits.web.forms import refusal
from audits.web.forms.report_schedule import ScheduleForm
from audits.web.listing import file_of
from audits.web.requests import ClientRequest
from audits.web.schedule import deleted, paused, resumed

_LISTED = "report_schedules"


def register(request: ClientRequest, slug: str) -> HttpResponse:
    """Every schedule of the client, and what came of the last days."""
    access.require(request.actor, "report.send", request.client)
    context = {
        "listed": schedules.with_last(schedules.of_client(request.client)),
        "runs": schedules.runs_of(request.client),
        "kinds": SCHEDULED_KINDS,
        "may_have_any": schedules.may_have_any(request.client),
    }
    return render(request, "report_schedule/list.html", context)


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """Every schedule of the client as a download."""
    access.require(request.actor, "report.send", request.client)
    rows = schedules.of_client(request.client)
    listing = house_listings.REPORT_SCHEDULES
    return file_of(listing, rows, of=slug, ending=ending, for_staff=True)


def days_file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """What came of every day, the last ones that the page shows and those before."""
    access.require(request.actor, "report.send", request.client)
    rows = schedules.days_of(request.client)
    return file_of(house_listings.REPORT_DAYS, rows, of=slug, ending=ending, for_staff=True)


def create(request: ClientRequest, slug: str, kind: str) -> HttpResponseBase:
    access.require(request.actor, "report.send", request.client)
    if kind not in SCHEDULED_KINDS:
        raise Http404
    wanted = ReportKind(kind)
    form = ScheduleForm(request.POST or None, kind=wanted, client=request.client)

    def save() -> None:
        service.create(
            client=request.client,
            actor=request.actor.user,
            kind=wanted,
            plan=form.plan(portal=_own_address(request)),
            people=form.people(),
        )

    return _answer(request, form, save)


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    schedule = _opened(request, pk)
    kind = ReportKind(schedule.kind)
    form = ScheduleForm(request.POST or None, kind=kind, client=request.client, schedule=schedule)

    def save() -> None:
        service.edit(
            schedule=schedule,
            actor=request.actor.user,
            plan=form.plan(portal=_own_address(request)),
            people=form.people(),
        )

    return _answer(request, form, save)


def _answer(
    request: ClientRequest, form: ScheduleForm, save: Callable[[], None]
) -> HttpResponseBase:
    """Save what was sent, or show the form with what is wrong in it."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except InvalidInput as error:
            if error.code == service.OUTSIDE:
                form.ask_about_outsiders()
            refusal.show(form, error)
        except NotPossible as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The schedule is saved."))
            return redirect(_LISTED, slug=request.client.slug)
    context = {"form": form, "sends_mail": mail.is_configured()}
    return render(request, "report_schedule/form.html", context)


def _own_address(request: ClientRequest) -> str:
    """How addresses of the portal begin, for letters that go out when nobody is here."""
    return addresses.absolute(request, "/").rstrip("/")


def _opened(request: ClientRequest, pk: int) -> ReportSchedule:
    rows = schedules.of_client(request.client)
    return access.open_row(request.actor, rows, pk, action="report.send")


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
        page="report_schedule/delete.html",
        told=_("The schedule is deleted. Reports that it made stay."),
    )
