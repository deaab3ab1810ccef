"""Work that is asked for at the clients ticked in the fleet: audits, reports, a starter set."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import AuditRhythm, StarterSet
from audits.models import Client
from audits.services import fleet_work as service
from audits.services.fleet_work import Work
from audits.web import addresses, told_once
from audits.web.forms.fleet_bulk import BulkForm
from audits.web.requests import FleetRequest

# So many refusals are told one by one.
_TOLD = 10


def answer(request: FleetRequest, form: BulkForm) -> HttpResponseBase:
    """Begin what was chosen, and tell how far it went; letters go once they were looked at."""
    given, actor = form.cleaned_data, request.actor
    clients, asked = list(given["clients"]), given["do"]
    if asked == "send" and not given["confirmed"]:
        listed = service.outbox(actor=actor, clients=clients)
        context = {"listed": listed, "can_go": any(one.can_go for one in listed)}
        return render(request, "fleet/send.html", context)
    if asked == "audit":
        work = service.audit_again(actor=actor, clients=clients)
    elif asked == "report":
        work = service.make_reports(
            actor=actor, clients=clients, check_at=addresses.check_at(request)
        )
    elif asked == "send":
        work = service.send_reports(
            actor=actor,
            clients=clients,
            link=lambda *named: addresses.report_link(request, *named),
            shown=given["reports"],
        )
    else:
        starter = StarterSet(given["starter"])
        work = service.apply_set(actor=actor, clients=clients, starter=starter, due=given["due"])
    _say(request, asked, work)
    return redirect(request.get_full_path())


def scheduled(request: FleetRequest, form: BulkForm) -> HttpResponseBase:
    """Plan audits, and tell on a page of its own which are planned and which are not."""
    given = form.cleaned_data
    outcome = service.schedule_audits(
        actor=request.actor,
        clients=given["clients"],
        rhythm=AuditRhythm(given["rhythm"]),
        next_on=given["first"],
    )
    return told_once.keep(request, told_once.scheduled(given, outcome), outcome)


def _made(asked: str, count: int) -> str:
    """Say how much was begun."""
    words = {
        "audit": ngettext("%(n)s audit is started.", "%(n)s audits are started.", count),
        "report": ngettext("%(n)s report is being made.", "%(n)s reports are being made.", count),
        "send": ngettext("%(n)s report is sent.", "%(n)s reports are sent.", count),
        "apply": ngettext(
            "%(n)s control has a date now.", "%(n)s controls have a date now.", count
        ),
    }
    return words[asked] % {"n": count}


def _say(request: FleetRequest, asked: str, work: Work) -> None:
    """Tell how much was begun; where something was not, at which client and why."""
    told = _made(asked, work.made)
    if not work.refused:
        messages.success(request, told)
        return
    messages.warning(request, " ".join([told, _("Not done:"), *reasons(work.refused)]))


def reasons(refused: Iterable[tuple[Client, str]]) -> list[str]:
    """Each refusal by the name of its client; of very many the first ones."""
    listed = list(refused)
    told = [f"{client.name}: {why}" for client, why in listed[:_TOLD]]
    if len(listed) > _TOLD:
        told.append(_("And %(n)s more.") % {"n": len(listed) - _TOLD})
    return told
