"""People of a client: for its owner and for the staff who look after it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import ColumnList
from audits.queries import invitations, listings, members, narrowed_people
from audits.queries import second_factor as second_factors
from audits.services import invitation as asking
from audits.services import mail, member, second_factor, session
from audits.services.errors import InvalidInput, NotPossible
from audits.web import list_bulk, list_columns, list_files, narrowing
from audits.web.forms import refusal
from audits.web.forms.list_bulk import PeopleForm
from audits.web.forms.people import InviteForm, RoleForm
from audits.web.join import link_to
from audits.web.list_files import Listed
from audits.web.reauthentication import confirmation
from audits.web.requests import ClientRequest


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    """The people of a client, a page at a time, and who has been asked in."""
    access.require(request.actor, "people.manage", request.client)
    bulk = list_bulk.bar(request, PeopleForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed_people.PEOPLE, _listed(request).rows)
    own = {
        "bulk": bulk,
        "invitations": invitations.to_client(request.client),
        "now": timezone.now(),
    }
    context = list_columns.context(request, ColumnList.PEOPLE, found)
    return render(request, "people/list.html", context | own)


def _listed(request: ClientRequest) -> Listed:
    return Listed(
        name=ColumnList.PEOPLE.value,
        listing=listings.PEOPLE,
        read=lambda: members.people_of(request.client),
        for_staff=True,
    )


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the list."""
    return list_files.chosen(request, _listed(request))


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The same as a download."""
    access.require(request.actor, "people.manage", request.client)
    return list_files.table(request, chosen(request), ending)


@never_cache
def invite(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "people.manage", request.client)
    if (asked := confirmation(request)) is not None:
        return asked
    roles = access.grantable_roles(request.actor, request.client)
    form = InviteForm(request.POST or None, roles=roles)
    if request.method == "POST" and form.is_valid():
        try:
            sent = asking.invite(
                actor=request.actor,
                client=request.client,
                link=link_to(request),
                **form.cleaned_data,
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            return _after_sending(request, sent)
    context = {"form": form, "sends_mail": mail.is_configured()}
    return render(request, "people/invite.html", context)


def _after_sending(request: ClientRequest, sent: asking.Sent) -> HttpResponseBase:
    """Back to the list; without a mail server the link is shown here, and never again."""
    if sent.link is not None:
        return render(request, "people/invited.html", {"sent": sent})
    said = _("An invitation is on its way to %(email)s.") % {"email": sent.invitation.email}
    messages.success(request, said)
    return redirect("people", slug=request.client.slug)


def change(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = members.people_of(request.client)
    held = access.open_row(request.actor, rows, pk, action="people.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    roles = access.grantable_roles(request.actor, request.client)
    form = RoleForm(request.POST or None, roles=roles, held=held)
    if request.method == "POST" and form.is_valid():
        try:
            member.change_role(actor=request.actor, membership=held, **form.cleaned_data)
        except NotPossible as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("people", slug=slug) if held.user != request.user else redirect("home")
    context = {"form": form, "held": held, "factors": second_factors.of_user(held.user)}
    return render(request, "people/person.html", context)


@require_POST
def remove(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = members.people_of(request.client)
    held = access.open_row(request.actor, rows, pk, action="people.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    try:
        member.remove(actor=request.actor, membership=held)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("person", slug=slug, pk=pk)
    messages.success(request, _("%(person)s is let in no more.") % {"person": held.user})
    if held.user == request.user:
        return redirect("home")
    return redirect("people", slug=slug)


@require_POST
def end_sessions(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = members.people_of(request.client)
    held = access.open_row(request.actor, rows, pk, action="sessions.end")
    if (asked := confirmation(request)) is not None:
        return asked
    ended = session.end_all(
        provider_id=request.client.provider_id, user=held.user, actor=request.actor.user
    )
    said = _("%(person)s is logged out on every device (%(n)s sessions).")
    messages.success(request, said % {"person": held.user, "n": ended})
    return redirect("person", slug=slug, pk=pk)


@require_POST
def reset_factor(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows, provider_id = members.people_of(request.client), request.client.provider_id
    held = access.open_row(request.actor, rows, pk, action="factor.reset")
    if (asked := confirmation(request)) is not None:
        return asked
    try:
        second_factor.reset(actor=request.actor, user=held.user, provider_id=provider_id)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        said = _("%(person)s logs in with the password alone and sets up a new second factor.")
        messages.success(request, said % {"person": held.user})
    return redirect("person", slug=slug, pk=pk)


@require_POST
@never_cache
def send_again(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = invitations.to_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="people.manage")
    if (asked := confirmation(request)) is not None:
        return asked
    try:
        sent = asking.send_again(actor=request.actor, invitation=row, link=link_to(request))
    except (InvalidInput, NotPossible) as error:
        messages.error(request, str(error))
        return redirect("people", slug=slug)
    return _after_sending(request, sent)


@require_POST
def revoke(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = invitations.to_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="people.manage")
    try:
        asking.revoke(actor=request.actor, invitation=row)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        said = _("The invitation of %(email)s is taken back.") % {"email": row.email}
        messages.success(request, said)
    return redirect("people", slug=slug)
