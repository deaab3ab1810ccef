"""What schedules of reports and of audits have in common: they are paused, go on, and end."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits.models import AuditSchedule, ReportSchedule
from audits.services.errors import NotPossible
from audits.web.requests import ClientRequest

Schedule = AuditSchedule | ReportSchedule
Verb = Callable[..., object]


def paused(
    request: ClientRequest, schedule: Schedule, verb: Verb, *, listed: str
) -> HttpResponseBase:
    return _done(request, schedule, verb, listed, _("The schedule is paused."))


def resumed(
    request: ClientRequest, schedule: Schedule, verb: Verb, *, listed: str
) -> HttpResponseBase:
    return _done(request, schedule, verb, listed, _("The schedule goes on with its next day."))


def deleted(
    request: ClientRequest, schedule: Schedule, verb: Verb, *, listed: str, page: str, told: str
) -> HttpResponseBase:
    """Ask first on the `page` for it, and say what ends with it; `listed` is where one is back."""
    if request.method != "POST":
        return render(request, page, {"schedule": schedule, "listed": listed})
    return _done(request, schedule, verb, listed, told)


def _done(
    request: ClientRequest, schedule: Schedule, verb: Verb, listed: str, told: str
) -> HttpResponseBase:
    try:
        verb(schedule=schedule, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, told)
    return redirect(listed, slug=request.client.slug)
