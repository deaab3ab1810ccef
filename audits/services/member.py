"""People and what they may open: accounts, memberships and grants."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audits import access
from audits.access import Actor
from audits.enums import Role
from audits.models import Client, ClientGroup, Grant, GroupGrant, Membership, Provider, User
from audits.queries import invitations, members
from audits.services import activity, session
from audits.services.errors import Forbidden, InvalidInput, NotPossible


@dataclass(frozen=True, kw_only=True)
class Grants:
    """What staff may open: every client of the provider, or those named and those of groups."""

    all_clients: bool = False
    clients: tuple[Client, ...] = ()
    groups: tuple[ClientGroup, ...] = ()


NOTHING = Grants()


def new_account(*, email: str, password: str, name: str = "") -> User:
    """Create an account; raises InvalidInput on "email" or "password"."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput("email", " ".join(error.messages)) from error
    if members.user_of(email) is not None:
        raise InvalidInput("email", "This address has an account already.", "Name another one.")
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from error
    return User.objects.create_user(email, password, name=name)


@transaction.atomic
def add(*, user: User, role: Role, clients: Sequence[Client], all_clients: bool = False) -> None:
    """Let a person open clients: each in a client role, or together as staff of their provider.

    The operator's way in: nobody's own role bounds it. Raises InvalidInput where the clients have
    different providers, or another role is held already.
    """
    providers = {client.provider_id for client in clients}
    if len(providers) != 1:
        raise InvalidInput("client", "The clients belong to different providers, or none is named.")
    if role.is_held_at_a_client:
        for client in clients:
            admit(user=user, role=role, provider_id=client.provider_id, client=client, actor=None)
        return
    grants = Grants(all_clients=all_clients, clients=() if all_clients else tuple(clients))
    admit(user=user, role=role, provider_id=providers.pop(), grants=grants, actor=None)
    for client in clients:
        details = {"person": user.email, "role": role.value}
        activity.record(client=client, actor=None, verb="admitted", obj=user, details=details)


@transaction.atomic
def admit(
    *,
    user: User,
    role: Role,
    provider_id: int,
    actor: User | None,
    client: Client | None = None,
    grants: Grants = NOTHING,
    verb: str = "admitted",
) -> Membership:
    """Give a person a role at a client, or at the provider with grants; widens what is held.

    Raises InvalidInput where the person holds another role there, and for operators of the
    platform: who may look at everybody's clients belongs to nobody.
    """
    if user.is_operator:
        raise InvalidInput(
            "email", _("This account is an operator of the portal."), _("Use another address.")
        )
    held, _made = Membership.objects.get_or_create(
        user=user,
        provider_id=provider_id,
        client=client,
        defaults={"role": role, "all_clients": opens_every_client(role, grants)},
    )
    if held.role != role:
        raise InvalidInput(
            "role",
            f"This person is there already as {held.get_role_display()}.",
            "Remove that first.",
        )
    details = {"person": user.email, "role": role.value}
    if client is not None:
        activity.record(client=client, actor=actor, verb=verb, obj=user, details=details)
        return held
    if opens_every_client(role, grants) and not held.all_clients:
        held.all_clients = True
        held.save(update_fields=["all_clients"])
    _grant(held, grants)
    details |= _described(held)
    activity.record_at_provider(
        provider_id=provider_id, actor=actor, verb=verb, obj=user, details=details
    )
    return held


def opens_every_client(role: Role, grants: Grants) -> bool:
    """Whoever manages the team can grant anything, and so has every client from the start."""
    return grants.all_clients or access.manages_team(role)


def refuse_foreign(grants: Grants, provider_id: int) -> None:
    """Raise InvalidInput where clients or groups of another provider are among the grants."""
    houses = {row.provider_id for row in grants.clients} | {g.provider_id for g in grants.groups}
    if houses - {provider_id}:
        raise InvalidInput("clients", _("This is not a client or group of yours."))


def _grant(held: Membership, grants: Grants) -> None:
    for client in grants.clients:
        Grant.objects.get_or_create(provider_id=held.provider_id, membership=held, client=client)
    for group in grants.groups:
        GroupGrant.objects.get_or_create(provider_id=held.provider_id, membership=held, group=group)


def _described(held: Membership) -> dict[str, Any]:
    """What the log says about a membership of staff."""
    opens = members.grants_of(held)
    return {
        "role": held.role,
        "all_clients": held.all_clients,
        "clients": [client.name for client in opens.clients],
        "groups": [group.name for group in opens.groups],
    }


@transaction.atomic
def change_role(*, actor: Actor, membership: Membership, role: Role) -> Membership:
    """Give a person of a client another role there."""
    _bound_by_rank(actor, membership, Role(membership.role), role)
    client = _client_of(membership)
    with _an_owner_stays(actor, client):
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
    _withdraw_invitations(membership)
    details = {"person": membership.user.email, "role": {"before": before, "after": role.value}}
    activity.record(
        client=client, actor=actor.user, verb="changed", obj=membership.user, details=details
    )
    return membership


@transaction.atomic
def change_staff(*, actor: Actor, membership: Membership, role: Role, grants: Grants) -> Membership:
    """Give a person of the provider this role and exactly these clients."""
    _bound_by_rank(actor, membership, Role(membership.role), role)
    refuse_foreign(grants, membership.provider_id)
    before = _described(membership)
    with _an_admin_stays(membership.provider_id):
        every = opens_every_client(role, grants)
        membership.role, membership.all_clients = role, every
        membership.save(update_fields=["role", "all_clients"])
        Grant.objects.filter(membership=membership).delete()
        GroupGrant.objects.filter(membership=membership).delete()
        _grant(membership, NOTHING if every else grants)
    _withdraw_invitations(membership)
    after = _described(membership)
    changed = {
        key: {"before": before[key], "after": value}
        for key, value in after.items()
        if value != before[key]
    }
    activity.record_at_provider(
        provider_id=membership.provider_id,
        actor=actor.user,
        verb="changed",
        obj=membership.user,
        details={"person": membership.user.email, **changed},
    )
    return membership


@transaction.atomic
def remove(*, actor: Actor, membership: Membership) -> None:
    """End a person's access at a client or at the provider, from the next request on.

    Staff are logged out on every device. Whoever is removed from a client keeps a session that
    opens nothing there: an owner says nothing about what the person does elsewhere.
    """
    _bound_by_rank(actor, membership, Role(membership.role))
    person, details = membership.user, {"person": membership.user.email, "role": membership.role}
    if membership.client_id is None:
        details |= _described(membership)
        if person != actor.user:
            session.end_all(provider_id=membership.provider_id, user=person, actor=actor.user)
        with _an_admin_stays(membership.provider_id):
            membership.delete()
        _withdraw_invitations(membership)
        activity.record_at_provider(
            provider_id=membership.provider_id,
            actor=actor.user,
            verb="removed",
            obj=person,
            details=details,
        )
        return
    client = _client_of(membership)
    with _an_owner_stays(actor, client):
        membership.delete()
    _withdraw_invitations(membership)
    activity.record(client=client, actor=actor.user, verb="removed", obj=person, details=details)


def _withdraw_invitations(membership: Membership) -> None:
    """Take back what the person has sent: it rested on the role that was just changed."""
    sent = invitations.unanswered().filter(
        invited_by=membership.user_id, provider_id=membership.provider_id
    )
    if membership.client_id is not None:
        sent = sent.filter(client=membership.client_id)
    sent.update(revoked_at=Now())


def _client_of(membership: Membership) -> Client:
    if membership.client is None:
        raise NotPossible(_("Staff are changed together with what they may open."))
    return membership.client


def _bound_by_rank(actor: Actor, membership: Membership, *roles: Role) -> None:
    """Refuse what is above the actor's own role, at a place that is not the actor's, or both."""
    at_home = membership.client_id is not None or membership.provider_id == actor.provider_id
    if not at_home or not all(access.may_grant(actor, r, membership.client) for r in roles):
        raise Forbidden(
            _("Your own role does not allow you to give or take this one."),
            action="people.manage" if membership.client_id is not None else "team.manage",
            obj=membership.user,
        )


@contextmanager
def _an_admin_stays(provider_id: int) -> Iterator[None]:
    """Refuse a change after which nobody could manage the provider; one such change at a time."""
    Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
    yield
    if not members.admins_of(provider_id).exists():
        raise NotPossible(
            _("Somebody has to manage the team: make another person administrator first.")
        )


@contextmanager
def _an_owner_stays(actor: Actor, client: Client) -> Iterator[None]:
    """Leave the last owner of a client to its provider: the client could not undo it."""
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    had_one = members.owners_of(client).exists()
    yield
    alone = had_one and not members.owners_of(client).exists()
    if alone and not access.may(actor, "owner.remove_last", client):
        raise Forbidden(
            _("The last owner can be changed by your provider only: ask them, or make another."),
            action="owner.remove_last",
            obj=client,
        )
