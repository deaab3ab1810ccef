"""People of the cast: their accounts, memberships and grants."""

from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from audits.enums import Role
from audits.models import BreakGlass, Client, Grant, Invitation, Membership, Provider, User
from audits.queries.invitations import digest_of
from tests.builders import make_user
from tests.second_factor import protect


def make_staff(
    house: str,
    name: str,
    provider: Provider,
    role: Role,
    *,
    all_clients: bool = False,
    granted: Client | None = None,
) -> User:
    user = protect(make_user(f"{name}@{house}.example"))
    membership = Membership.objects.create(
        user=user, provider=provider, role=role, all_clients=all_clients
    )
    if granted is not None:
        Grant.objects.create(provider=provider, membership=membership, client=granted)
    return user


def make_person(house: str, name: str, client: Client, role: Role) -> User:
    user = make_user(f"{name}@{house}.example")
    Membership.objects.create(user=user, provider_id=client.provider_id, client=client, role=role)
    return user


def make_invitation(
    provider_id: int,
    token: str,
    *,
    client: Client | None = None,
    inviter: User | None = None,
    email: str = "newcomer@elsewhere.example",
) -> Invitation:
    """One for an address without an account; its link ends in the token."""
    return Invitation.objects.create(
        provider_id=provider_id,
        client=client,
        email=email,
        role=Role.TECHNICIAN if client is None else Role.CLIENT_VIEWER,
        digest=digest_of(token),
        invited_by=inviter,
        expires_at=timezone.now() + timedelta(days=7),
    )


def make_operator(email: str) -> User:
    user = protect(make_user(email))
    user.is_operator = True
    user.save(update_fields=["is_operator"])
    return user


def make_look(client: Client) -> BreakGlass:
    """An operator of the platform looks at this client, for half an hour from now."""
    look = BreakGlass.objects.create(
        provider_id=client.provider_id,
        client=client,
        user=make_operator(f"operator-{client.pk}@platform.example"),
        reason="The owner asked for help",
        slug=client.slug,
        ends_at=Now() + timedelta(minutes=30),
    )
    look.refresh_from_db()
    return look
