"""Asking people in: one link for one address, to one role at one place, once, for seven days.

Whoever holds the link gets no more than the inviter could give when it is used: the rank is asked
when the invitation is written and again when it is accepted.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.enums import MailKind, Role
from audits.models import Client, Invitation, Membership, User
from audits.queries import invitations, members
from audits.services import activity, mail, member
from audits.services.errors import Forbidden, InvalidInput, NotPossible
from audits.services.member import NOTHING, Grants

LASTS = timedelta(days=7)
MOST_A_DAY = 20
Link = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A new invitation, and its link where no letter brings it: to be shown once."""

    invitation: Invitation
    link: str | None


@transaction.atomic
def invite(
    *,
    actor: Actor,
    client: Client | None,
    email: str,
    role: Role,
    link: Link,
    grants: Grants = NOTHING,
) -> Sent:
    """Ask a person in, to a client or (without one) to the actor's own provider.

    Raises InvalidInput on "email", "clients" or for the whole form, NotPossible above the rank.
    """
    email = _address(email)
    provider_id = client.provider_id if client is not None else access.provider_of(actor)
    _bound_by_rank(actor, client, role)
    _is_within_limit(actor)
    member.refuse_foreign(grants, provider_id)
    _is_new_there(provider_id, client, email)
    every = client is None and member.opens_every_client(role, grants)
    return _send(
        Invitation(
            provider_id=provider_id,
            client=client,
            email=email,
            role=role,
            all_clients=every,
            granted_clients=[] if every else [row.pk for row in grants.clients],
            granted_groups=[] if every else [row.pk for row in grants.groups],
        ),
        actor=actor,
        link=link,
        verb="invited",
    )


@transaction.atomic
def send_again(*, actor: Actor, invitation: Invitation, link: Link) -> Sent:
    """Send a fresh link for the same thing; the one sent before no longer opens anything."""
    _bound_by_rank(actor, invitation.client, Role(invitation.role))
    _is_within_limit(actor)
    _withdraw(invitation)
    return _send(
        Invitation(
            provider_id=invitation.provider_id,
            client_id=invitation.client_id,
            email=invitation.email,
            role=invitation.role,
            all_clients=invitation.all_clients,
            granted_clients=invitation.granted_clients,
            granted_groups=invitation.granted_groups,
        ),
        actor=actor,
        link=link,
        verb="reinvited",
    )


@transaction.atomic
def revoke(*, actor: Actor, invitation: Invitation) -> None:
    """Take an invitation back: its link opens nothing from then on."""
    _bound_by_rank(actor, invitation.client, Role(invitation.role))
    _withdraw(invitation)
    _record(invitation, actor.user, "revoked")


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Use an invitation up, for the account of exactly its address.

    Raises NotPossible where it is used or withdrawn meanwhile, or is another person's;
    InvalidInput where the person holds another role there already.
    """
    if user.email.lower() != invitation.email:
        raise NotPossible(_("This invitation is for another person."))
    used = invitations.valid().filter(pk=invitation.pk)
    if used.update(accepted_at=Now(), accepted_by=user) != 1:
        raise NotPossible(_("This invitation is no longer valid."))
    clients, groups = invitations.grants_of(invitation)
    return member.admit(
        user=user,
        role=Role(invitation.role),
        provider_id=invitation.provider_id,
        actor=user,
        client=invitation.client,
        grants=Grants(all_clients=invitation.all_clients, clients=clients, groups=groups),
        verb="joined",
    )


@transaction.atomic
def accept_as_new(*, invitation: Invitation, name: str, password: str) -> User:
    """Make the account that an invitation is for, and use the invitation up.

    Raises InvalidInput on "password", or on "email" where there is an account by now.
    """
    user = member.new_account(email=invitation.email, password=password, name=name)
    accept(invitation=invitation, user=user)
    return user


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput("email", " ".join(error.messages)) from error
    return email


def _bound_by_rank(actor: Actor, client: Client | None, role: Role) -> None:
    if not access.may_grant(actor, role, client):
        raise Forbidden(
            _("Your own role does not allow you to give or take this one."),
            action="people.manage" if client is not None else "team.manage",
            obj=client,
        )


def _is_within_limit(actor: Actor) -> None:
    """Refuse more than a day's share; the inviter's row is locked, so that two count as two."""
    User.objects.select_for_update().get(pk=actor.user.pk)
    if access.count_everywhere(actor, invitations.sent_in_a_day) >= MOST_A_DAY:
        raise InvalidInput(
            "email",
            _("You have sent %(most)s invitations within a day.") % {"most": MOST_A_DAY},
            _("Send the next one tomorrow, or ask a colleague."),
        )


def _is_new_there(provider_id: int, client: Client | None, email: str) -> None:
    known = members.user_of(email)
    held = members.held_at(known, provider_id, client) if known is not None else None
    if held is not None:
        raise InvalidInput(
            "email",
            _("This person is there already as %(role)s.") % {"role": held.get_role_display()},
            _("Change the role instead."),
        )
    asked = invitations.to_client(client) if client else invitations.to_staff(provider_id)
    for row in asked.filter(email=email):
        if row.expires_at > timezone.now():
            raise InvalidInput(
                "email",
                _("This person has an invitation already."),
                _("Send that one again, or take it back first."),
            )
        _withdraw(row)


def _withdraw(invitation: Invitation) -> None:
    rows = invitations.unanswered().filter(pk=invitation.pk)
    if rows.update(revoked_at=Now()) != 1:
        raise NotPossible(_("This invitation was accepted or taken back already."))


def _send(invitation: Invitation, *, actor: Actor, link: Link, verb: str) -> Sent:
    token = secrets.token_urlsafe(32)
    invitation.digest = invitations.digest_of(token)
    invitation.invited_by = actor.user
    invitation.expires_at = timezone.now() + LASTS
    invitation.save(force_insert=True)
    _record(invitation, actor.user, verb)
    address = link(token)
    letter = _letter(invitation, actor.user, address)
    mail.send(
        recipient=invitation.email,
        kind=MailKind.INVITATION,
        subject=letter.subject,
        body=letter.body,
        lasts=LASTS,
    )
    return Sent(invitation=invitation, link=None if mail.is_configured() else address)


def _letter(invitation: Invitation, inviter: User, address: str) -> mail.Letter:
    provider, client = invitations.place_of(invitation)
    words = {
        "provider": mail.in_a_line(provider),
        "client": mail.in_a_line(client) if client is not None else None,
        "role": invitation.get_role_display(),
        "inviter": mail.in_a_line(inviter),
        "email": invitation.email,
        "address": address,
        "expires_at": invitation.expires_at,
    }
    return mail.Letter(
        subject=render_to_string("mail/invitation_subject.txt", words),
        body=render_to_string("mail/invitation_body.txt", words),
    )


def _record(invitation: Invitation, actor: User, verb: str) -> None:
    details = {"person": invitation.email, "role": invitation.role}
    if invitation.client is not None:
        activity.record(
            client=invitation.client, actor=actor, verb=verb, obj=invitation, details=details
        )
        return
    activity.record_at_provider(
        provider_id=invitation.provider_id,
        actor=actor,
        verb=verb,
        obj=invitation,
        details=details
        | {
            "all_clients": invitation.all_clients,
            "clients": invitation.granted_clients,
            "groups": invitation.granted_groups,
        },
    )
