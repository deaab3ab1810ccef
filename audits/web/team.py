"""The provider's own people: who they are, what they open, who has been asked in."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import invitations, members
from audits.queries import second_factor as second_factors
from audits.queries import team as teams
from audits.services import invitation as asking
from audits.services import mail, member, second_factor, session
from audits.services.errors import InvalidInput, NotPossible
from audits.web import house_lists
from audits.web.forms import refusal
from audits.web.forms.people import InviteStaffForm, StaffForm
from audits.web.house_lists import HouseList
from audits.web.join import link_to
from audits.web.reauthentication import confirmation
from audits.web.requests import FleetRequest

_TEAM: Final = HouseList(
    listing=ColumnList.TEAM,
    action="team.manage",
    read=lambda request: teams.of_provider(access.provider_of(request.actor)),
    boxes=lambda request: members.staff_of(access.provider_of(request.actor)),
)


def register(request: FleetRequest) -> HttpResponseBase:
    """The provider's own people, a page at a time, and who has been asked in."""
    bulk = house_lists.bar(request, _TEAM)
    if (done := house_lists.answer(request, _TEAM, bulk)) is not None:
        return done
    context = house_lists.context(request, _TEAM)
    own = {
        "bulk": bulk,
        "team": context["page"].object_list,
        "invitations": invitations.to_staff(access.provider_of(request.actor)),
        "now": timezone.now(),
    }
    return render(request, "team/list.html", context | own)


def file(request: FleetRequest, ending: str) -> HttpResponse:
    """What the address chooses of the team, as a download."""
    return house_lists.file(request, _TEAM, ending)


@require_POST
def paper(request: FleetRequest) -> HttpResponseBase:
    """The same on pages."""
    return house_lists.paper(request, _TEAM)


@never_cache
def invite(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "team.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    roles = access.grantable_roles(request.actor, None)
    provider_id = access.provider_of(request.actor)
    form = InviteStaffForm(request.POST or None, roles=roles, provider_id=provider_id)
    if request.method == "POST" and form.is_valid():
        try:
            sent = asking.invite(
                actor=request.actor,
                client=None,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                grants=form.grants,
                link=link_to(request),
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            return _after_sending(request, sent)
    return render(request, "team/invite.html", {"form": form, "sends_mail": mail.is_configured()})


def _after_sending(request: FleetRequest, sent: asking.Sent) -> HttpResponseBase:
    """Back to the list; without a mail server the link is shown here, and never again."""
    if sent.link is not None:
        return render(request, "team/invited.html", {"sent": sent})
    said = _("An invitation is on its way to %(email)s.") % {"email": sent.invitation.email}
    messages.success(request, said)
    return redirect("team")


def change(request: FleetRequest, pk: int) -> HttpResponseBase:
    provider_id = access.provider_of(request.actor)
    held = access.open_row(request.actor, members.staff_of(provider_id), pk, action="team.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    roles = access.grantable_roles(request.actor, None)
    form = StaffForm(request.POST or None, roles=roles, provider_id=provider_id, held=held)
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        try:
            member.change_staff(actor=request.actor, membership=held, role=role, grants=form.grants)
        except NotPossible as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("team") if held.user != request.user else redirect("home")
    context = {"form": form, "held": held, "factors": second_factors.of_user(held.user)}
    return render(request, "team/person.html", context)


@require_POST
def remove(request: FleetRequest, pk: int) -> HttpResponseBase:
    rows = members.staff_of(access.provider_of(request.actor))
    held = access.open_row(request.actor, rows, pk, action="team.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    try:
        member.remove(actor=request.actor, membership=held)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("colleague", pk=pk)
    messages.success(request, _("%(person)s is let in no more.") % {"person": held.user})
    return redirect("team") if held.user != request.user else redirect("home")


@require_POST
def end_sessions(request: FleetRequest, pk: int) -> HttpResponseBase:
    provider_id = access.provider_of(request.actor)
    held = access.open_row(request.actor, members.staff_of(provider_id), pk, action="sessions.end")
    if (asked := confirmation(request)) is not None:
        return asked
    ended = session.end_all(provider_id=provider_id, user=held.user, actor=request.actor.user)
    said = _("%(person)s is logged out on every device (%(n)s sessions).")
    messages.success(request, said % {"person": held.user, "n": ended})
    return redirect("colleague", pk=pk)


@require_POST
def reset_factor(request: FleetRequest, pk: int) -> HttpResponseBase:
    provider_id = access.provider_of(request.actor)
    held = access.open_row(request.actor, members.staff_of(provider_id), pk, action="factor.reset")
    if (asked := confirmation(request)) is not None:
        return asked
    try:
        second_factor.reset(actor=request.actor, user=held.user, provider_id=provider_id)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        said = _("%(person)s logs in with the password alone and sets up a new second factor.")
        messages.success(request, said % {"person": held.user})
    return redirect("colleague", pk=pk)


@require_POST
@never_cache
def send_again(request: FleetRequest, pk: int) -> HttpResponseBase:
    rows = invitations.to_staff(access.provider_of(request.actor))
    row = access.open_row(request.actor, rows, pk, action="team.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    try:
        sent = asking.send_again(actor=request.actor, invitation=row, link=link_to(request))
    except (InvalidInput, NotPossible) as error:
        messages.error(request, str(error))
        return redirect("team")
    return _after_sending(request, sent)


@require_POST
def revoke(request: FleetRequest, pk: int) -> HttpResponseBase:
    rows = invitations.to_staff(access.provider_of(request.actor))
    row = access.open_row(request.actor, rows, pk, action="team.manage")
    try:
        asking.revoke(actor=request.actor, invitation=row)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        said = _("The invitation of %(email)s is taken back.") % {"email": row.email}
        messages.success(request, said)
    return redirect("team")
