"""A person's own page about password, second factor and sessions."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audits.queries import second_factor, sessions
from audits.services import session as service
from audits.web import reauthentication
from audits.web.reauthentication import in_person
from audits.web.requests import FleetRequest


def overview(request: FleetRequest) -> HttpResponseBase:
    """Other sessions may be another provider's business: a voucher alone does not show them."""
    user, this_key = request.actor.user, request.session.session_key or ""
    found = sessions.open_sessions(user, this_key=this_key)
    shows_all = reauthentication.is_in_person(request)
    context = {
        "factors": second_factor.of_user(user),
        "shows_all": shows_all,
        "sessions": [row for row in found if shows_all or row.is_this_one],
    }
    return render(request, "settings/security.html", context)


@require_POST
@in_person
def end_session(request: FleetRequest, session: UUID) -> HttpResponseBase:
    """Log out somewhere else; a session that is gone already is as absent as another person's."""
    if not service.end(user=request.actor.user, session_id=str(session)):
        raise Http404
    messages.success(request, _("That session was ended."))
    return redirect("security")


@require_POST
@in_person
def end_other_sessions(request: FleetRequest) -> HttpResponseBase:
    ended = service.log_out_elsewhere(
        user=request.actor.user, kept=request.session.session_key or ""
    )
    text = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", ended)
    messages.success(request, text % {"count": ended})
    return redirect("security")
