"""A report on its way to the owner: looked at, sent, and found again by its mailed link."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits import access
from audits.models import Report, ReportSending
from audits.queries import report as reports
from audits.queries import report_readers
from audits.queries import report_schedule as schedules
from audits.services import mail
from audits.services import report_sending as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web import addresses
from audits.web.forms import refusal
from audits.web.forms.report import SendForm
from audits.web.requests import ClientRequest


def _opened(request: ClientRequest, pk: int) -> Report:
    return access.open_row(
        request.actor, reports.of_client(request.client), pk, action="report.send"
    )


@require_POST
def hand_in(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    return _moved(request, _opened(request, pk), service.hand_in)


@require_POST
def send_back(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    return _moved(request, _opened(request, pk), service.send_back)


def _moved(request: ClientRequest, report: Report, verb: Callable[..., None]) -> HttpResponseBase:
    try:
        verb(report=report, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("report", slug=request.client.slug, pk=report.pk)


def send(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Who gets the link; then the letters go."""
    report = _opened(request, pk)
    form = SendForm(request.POST or None, client=request.client, run=schedules.run_of(report))
    if request.method == "POST" and form.is_valid():
        try:
            sent = service.send(
                report=report,
                actor=request.actor.user,
                readers=form.cleaned_data["readers"],
                hidden=form.cleaned_data.get("hidden", ()),
                link=_link_to(request),
            )
        except (InvalidInput, NotPossible) as error:
            refusal.show(form, error)
        else:
            messages.success(request, _told(len(sent)))
            return redirect("report", slug=slug, pk=pk)
    context = {
        "form": form,
        "report": report,
        "can_go": reports.may_be_sent(report),
        "has_readers": report_readers.has_own(request.client),
        "sends_mail": mail.is_configured(),
    }
    return render(request, "report/send.html", context)


def _told(count: int) -> str:
    if not mail.is_configured():
        return _("It can be read at the client now. The operator has the letter to pass on.")
    said = ngettext(
        "A letter with the link is on its way.",
        "%(n)s letters with the link are on their way.",
        count,
    )
    return said % {"n": count}


def _link_to(request: ClientRequest) -> Callable[[ReportSending], str]:
    return partial(addresses.report_link, request, request.client)


def follow(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Where a mailed link leads: to its report, until it ends; then to the list of them."""
    rows = reports.links_of(request.client, request.actor.user)
    sending = access.open_row(request.actor, rows, pk, action="report.view")
    if sending.expires_at > timezone.now():
        return redirect("report", slug=slug, pk=sending.report_id)
    messages.info(request, _("That link has ended. Here are all of your reports."))
    return redirect("reports", slug=slug)
