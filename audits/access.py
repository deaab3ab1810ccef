"""The doors: who may do what, which object an address opens; absent and not-yours look alike."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, cast

from django.conf import settings
from django.db import models
from django.http import Http404
from django.utils import timezone

from audits import rights, tenancy
from audits.actors import Actor, Vouched, as_owner
from audits.enums import Role, TokenScope
from audits.models import (
    ApiToken,
    Client,
    Invitation,
    Membership,
    Provider,
    ProviderModel,
    User,
)
from audits.queries import api_token as tokens
from audits.queries import invitations, members
from audits.queries import sign_on as sign_ons
from audits.queries.members import Held
from audits.rights import ACTIONS, PERSONAL, RANKS, SCOPES, Refused

__all__ = ["Actor", "Vouched"]  # who comes to a door is told beside it, and asked for here

Row = TypeVar("Row", bound=models.Model)


class Owned(Protocol):
    """Anything that belongs to a client, or to the provider itself where it names none."""

    @property
    def provider_id(self) -> int: ...
    @property
    def client_id(self) -> int | None: ...


Thing = Client | Owned | ProviderModel | ApiToken


_REMINDED_AFTER = timedelta(days=90)


def may(actor: Actor, action: str, obj: Thing | None = None) -> bool:
    """Say whether the actor may do this, to this object where one is given."""
    allowed = ACTIONS[action]
    alone = action in rights.WITH_A_CLIENT and not (actor.all_clients or actor.client_ids)
    if alone or not actor.lets(action):
        return False
    if obj is None:
        own = Role.OPERATOR if actor.user.is_operator else actor.staff_role
        held = actor.held_roles if action in PERSONAL else {own}
        return not allowed.isdisjoint(held) and (action != "client.create" or actor.all_clients)
    if isinstance(obj, ApiToken) and obj.user_id == actor.user.pk:
        return action in rights.OF_THE_HOLDER
    if isinstance(obj, ProviderModel | ApiToken):
        client_id = None
    else:
        client_id = obj.pk if isinstance(obj, Client) else obj.client_id
    if client_id is None:
        return obj.provider_id == actor.provider_id and actor.staff_role in allowed
    return actor.role_at(client_id) in allowed


def open_at(actor: Actor, action: str) -> frozenset[int]:
    """Clients at which the actor may do this: those for which `may` says so, all at once."""
    if not actor.lets(action):
        return frozenset()
    return frozenset(pk for pk, role in actor.roles.items() if role in ACTIONS[action])


def require(actor: Actor, action: str, obj: Thing | None = None) -> None:
    """Answer as if the page did not exist where the actor may not do this."""
    if not may(actor, action, obj):
        raise Refused(action=action)


def provider_of(actor: Actor) -> int:
    """Return the provider of a person who looks at its own pages."""
    if actor.provider_id is None:
        raise Http404
    return actor.provider_id


def looked_after(actor: Actor) -> frozenset[int]:
    """Clients that a person of the provider's staff looks after, as such and not as their guest."""
    if actor.staff_role is None:
        return frozenset()
    return frozenset(pk for pk, role in actor.roles.items() if role == actor.staff_role)


def may_grant(actor: Actor, role: Role, client: Client | None) -> bool:
    """Say whether the actor may give or take this role at this client, or at the own provider."""
    if role not in RANKS or role.is_held_at_a_client != (client is not None):
        return False
    held = actor.staff_role if client is None else actor.role_at(client.pk)
    action = "team.manage" if client is None else "people.manage"
    return held is not None and may(actor, action, client) and RANKS[role] <= RANKS[held]


def grantable_roles(actor: Actor, client: Client | None) -> list[Role]:
    """Every role that the actor may give there, the highest first."""
    return [role for role in Role if may_grant(actor, role, client)]


def manages_team(role: Role) -> bool:
    """Say whether a role makes its holder an administrator of the provider."""
    return role in ACTIONS["team.manage"]


def scopes_for(actor: Actor) -> list[TokenScope]:
    """Scopes of which a token could ever use something, in the hands of this person."""
    held = actor.held_roles
    return [
        scope
        for scope, actions in SCOPES.items()
        if any(not ACTIONS[action].isdisjoint(held) for action in actions)
    ]


@contextmanager
def presented(prefix: str) -> Iterator[ApiToken | None]:
    """Look at the token that a request names, before anybody is known: it alone is in scope."""
    with tenancy.scope(provider_id=None, client_ids=(), token_prefix=prefix):
        yield tokens.by_prefix(prefix)


def _narrowed(actor: Actor, token: ApiToken) -> Actor:
    """The person as a program acts for them: what the token names of what the person may."""
    roles, all_clients = actor.roles, actor.all_clients
    if token.client_ids is not None:
        roles = {pk: role for pk, role in roles.items() if pk in token.client_ids}
        all_clients = False
    actions = [SCOPES[TokenScope(scope)] for scope in token.scopes]
    limits: frozenset[str] = frozenset().union(*actions)
    return replace(actor, roles=roles, all_clients=all_clients, limits=limits)


def needs_second_factor(actor: Actor) -> bool:
    """Say whether the person must set up a second factor before anything else is answered."""
    asked = actor.is_staff or actor.only_looks or actor.user.is_operator
    return settings.MIA_REQUIRE_MFA and asked and not actor.has_second_factor


def is_offered_second_factor(actor: Actor) -> bool:
    """Say whether to remind the person of a second factor, which they are free to leave out."""
    declined = actor.user.second_factor_declined_at
    quiet = declined is not None and timezone.now() - declined < _REMINDED_AFTER
    return not (actor.is_staff or actor.only_looks or actor.has_second_factor or quiet)


def _held_by(user: User, vouched: Vouched | ApiToken | None, begun: datetime | None = None) -> Held:
    vouched_by = vouched.provider_id if vouched is not None else None
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        if user.is_operator and not isinstance(vouched, ApiToken):
            return members.held_by_operator(user.pk)
        held = members.held_by(user.pk, vouched_by=vouched_by, begun_at=begun)
    # The company's own sign-on tells of a second factor in its sessions alone: who has none in
    # the portal makes no program act for them.
    told = isinstance(vouched, Vouched) and vouched.second_factor
    has_one = held.has_second_factor or told
    return replace(held, has_second_factor=has_one, vouched_by=vouched_by)


def _staff_client_ids(staff: Membership, granted: Iterable[int]) -> tuple[list[int], bool]:
    """Clients of a staff membership, all or those granted; and whether load tests made them up."""
    every = staff.provider_id if staff.all_clients else None
    with tenancy.scope(
        provider_id=staff.provider_id, client_ids=(), every_client_of=every, provider_rows=True
    ):
        if staff.all_clients:
            return members.client_ids_of_provider(staff.provider_id)
        return [*granted, *members.client_ids_of_groups(staff.pk)], members.is_synthetic()


def _acting(
    user: User, held: Held, provider_id: int | None, token: ApiToken | None = None
) -> Actor:
    """The person at one provider: what is held at another one gives nothing here."""
    if token is not None:
        return _narrowed(_acting(user, held, provider_id), token)
    if provider_id is None:
        look = held.look
        return Actor(
            user=user,
            provider_id=look.provider_id if look is not None else None,
            staff_role=None,
            roles={look.client_id: Role.OPERATOR} if look is not None else {},
            has_second_factor=held.has_second_factor,
            vouched_by=held.vouched_by,
            look=look,
        )
    roles = held.client_roles(provider_id)
    staff, synthetic = held.staff_row(provider_id), False
    if staff is not None:
        ids, synthetic = _staff_client_ids(staff, held.granted.get(staff.pk, []))
        roles.update(dict.fromkeys(ids, Role(staff.role)))
    return Actor(
        user=user,
        provider_id=provider_id,
        staff_role=Role(staff.role) if staff is not None else None,
        roles=roles,
        all_clients=staff is not None and staff.all_clients,
        provider_ids=held.provider_ids,
        has_second_factor=held.has_second_factor,
        vouched_by=held.vouched_by,
        synthetic=synthetic,
    )


def _in_order(held: Held, chosen: int | None) -> list[int | None]:
    """Providers of the person, the chosen one first where the person belongs to it."""
    return sorted(held.provider_ids, key=lambda pk: pk != chosen) or [None]


def actor_for(
    user: User,
    *,
    provider_id: int | None = None,
    vouched: Vouched | None = None,
    token: ApiToken | None = None,
) -> Actor:
    """Resolve what a person may open at one provider, from memberships and grants alone.

    Without a provider, or with one that the person does not belong to, it is the person's first.
    Whom a provider vouched for acts for that provider alone; without that, staff of a provider
    that requires single sign-on hold nothing there. A token acts for the provider for which it was
    made, and narrows further: to its clients and actions.
    """
    held = _held_by(user, token or vouched)
    return _acting(user, held, _in_order(held, provider_id)[0], token)


def houses(actor: Actor) -> list[Provider]:
    """Every provider that the person belongs to, each read in a scope of its own."""
    found = []
    for provider_id in actor.provider_ids:
        with tenancy.scope(provider_id=provider_id, client_ids=()):
            found.append(members.provider_in_scope())
    return found


@contextmanager
def _granted_list(actor: Actor) -> Iterator[None]:
    with tenancy.scope(
        provider_id=actor.provider_id,
        client_ids=actor.client_ids,
        provider_rows=actor.is_staff,
        holder_id=actor.user.pk if actor.limits is None else None,
        # An identity provider reaches its own house: also of what is the person's own.
        holder_at=actor.vouched_by,
    ):
        yield


def _client_of(
    user: User, slug: str, held: Held, *, chosen: int | None, token: ApiToken | None
) -> tuple[Actor, Client]:
    """Find the client that an address names; its provider decides as whom the person acts.

    No scope shows two providers, so each one's clients are asked by themselves.
    """
    for provider_id in _in_order(held, chosen):
        actor = _acting(user, held, provider_id, token)
        with _granted_list(actor):
            found = Client.objects.filter(slug=slug).select_related("provider")
            client = found.defer("provider__logo").first()
        if client is not None:
            return actor, client
    raise Refused


@contextmanager
def opened(
    user: User,
    *,
    slug: str | None,
    provider_id: int | None = None,
    vouched: Vouched | None = None,
    token: ApiToken | None = None,
    begun_at: datetime | None = None,
    as_owner_of: int | None = None,
) -> Iterator[tuple[Actor, Client | None]]:
    """Enter the scope of a request: one client where the address names one, else the granted list.

    A person of several providers acts for one of them: the client's own, or `provider_id`; with a
    token for its provider alone, and within its limits. A session that began before the person was
    logged out at a provider (`begun_at`) opens nothing there. Staff who look at a client as its
    owner sees it (`as_owner_of`) have that one client and its owner's scope, whatever the address
    names. Raises Http404 for a client that does not exist and for one that is not the person's.
    """
    held = _held_by(user, token or vouched, begun_at)
    if slug is None:
        actor = _acting(user, held, _in_order(held, provider_id)[0], token)
        actor = as_owner(actor, as_owner_of)
        with _granted_list(actor):
            yield actor, None
        return
    actor, client = _client_of(user, slug, held, chosen=provider_id, token=token)
    actor = as_owner(actor, as_owner_of)
    if client.pk not in actor.client_ids:
        raise Refused
    with tenancy.scope(
        provider_id=client.provider_id, client_ids=[client.pk], provider_rows=actor.is_staff
    ):
        yield actor, client


@contextmanager
def opened_sign_on(slug: str) -> Iterator[sign_ons.Door]:
    """Enter the scope of the provider behind an open address of single sign-on; else 404."""
    address = sign_ons.open_address(slug)
    if address is None:
        raise Http404
    with tenancy.scope(provider_id=address.provider_id, client_ids=(), provider_rows=True):
        door = sign_ons.behind(address)
        if door is None:
            raise Http404
        yield door


def count_everywhere(actor: Actor, count: Callable[[User], int]) -> int:
    """Count what a person did wherever they may, not just in the scope at hand."""
    with _granted_list(actor):
        return count(actor.user)


@contextmanager
def among_looked_after(actor: Actor) -> Iterator[None]:
    """See no client but those that the person looks after: for pages that tell what staff read."""
    seen, house = looked_after(actor), actor.provider_id
    if seen == actor.client_ids:
        yield
        return
    with tenancy.narrowed(provider_id=house, client_ids=seen, provider_rows=actor.is_staff):
        yield


@contextmanager
def opened_invitation(token: str) -> Iterator[Invitation]:
    """Enter the place that an invitation leads to, for somebody who holds nothing but its link.

    The link shows one row. Only if that is valid, and its inviter could still give the role, does
    the scope widen to the client (or the provider's own rows) that it names. Raises Http404 alike
    for a link that is unknown, used, taken back, out of date or no longer covered.
    """
    digest = invitations.digest_of(token)
    with tenancy.scope(provider_id=None, client_ids=(), invitation=digest):
        found = invitations.of_link(digest)
    with _invited(found) as opened:
        yield opened


@contextmanager
def opened_staff_invitation(email: str, *, provider_id: int) -> Iterator[Invitation]:
    """Enter what staff of the provider in scope are invited to, for a proven address; else 404."""
    with _invited(invitations.valid_to_staff(provider_id, email)) as opened:
        yield opened


@contextmanager
def _invited(found: Invitation | None) -> Iterator[Invitation]:
    inviter = found.invited_by if found is not None else None
    if found is None or inviter is None or not inviter.is_active:
        raise Http404
    to_staff = found.client_id is None
    with tenancy.scope(
        provider_id=found.provider_id,
        client_ids=found.granted_clients if to_staff else [cast("int", found.client_id)],
        provider_rows=to_staff,
    ):
        # What the inviter holds at this provider, however the inviter has to sign in there.
        here = Vouched(provider_id=found.provider_id, second_factor=False)
        host = actor_for(inviter, provider_id=found.provider_id, vouched=here)
        covered = may_grant(host, Role(found.role), found.client)
        if host.provider_id != found.provider_id or not covered:
            raise Http404
        yield found


def open_row(actor: Actor, rows: models.QuerySet[Row], pk: int, *, action: str) -> Row:
    """Open one row of the client in scope, if the actor may do this to it; else 404."""
    row = rows.filter(pk=pk).first()
    if row is None or not may(actor, action, row):  # type: ignore[arg-type]
        raise Refused(action=action, kind=rows.model._meta.model_name or "", pk=pk)  # noqa: SLF001 - Django's documented model API
    return row
