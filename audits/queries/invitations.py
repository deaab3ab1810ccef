"""Who has been asked in, and the one invitation that a link belongs to."""

import hashlib
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from audits.models import Client, ClientGroup, Invitation, Provider, User


def digest_of(token: str) -> str:
    """What is kept of a link: enough to know it again, useless to whoever reads it here."""
    return hashlib.sha256(token.encode()).hexdigest()


def valid() -> QuerySet[Invitation]:
    """Invitations in scope that can still be accepted."""
    return unanswered().filter(expires_at__gt=Now())


def unanswered() -> QuerySet[Invitation]:
    """Invitations in scope that were neither accepted nor taken back, out of date or not."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None)


def of_link(digest: str) -> Invitation | None:
    """The invitation whose link the scope holds, while it is valid."""
    return valid().filter(digest=digest).first()


def to_client(client: Client) -> QuerySet[Invitation]:
    """Unanswered invitations to a client, newest first."""
    return unanswered().filter(client=client).select_related("invited_by")


def to_staff(provider_id: int) -> QuerySet[Invitation]:
    """Unanswered invitations to the provider's own staff, newest first."""
    rows = unanswered().filter(client=None, provider_id=provider_id)
    return rows.select_related("invited_by")


def valid_to_staff(provider_id: int, email: str) -> Invitation | None:
    """The invitation of an address to the provider's own staff, while it is valid."""
    return valid().filter(client=None, provider_id=provider_id, email=email).first()


def sent_in_a_day(user: User) -> int:
    """How many invitations in scope the person has sent within 24 hours."""
    since = timezone.now() - timedelta(days=1)
    return Invitation.objects.filter(invited_by=user, created_at__gt=since).count()


def place_of(invitation: Invitation) -> tuple[Provider, Client | None]:
    """Provider and client that an invitation leads to; both are in scope once it is opened."""
    return Provider.objects.get(pk=invitation.provider_id), invitation.client


def grants_of(invitation: Invitation) -> tuple[tuple[Client, ...], tuple[ClientGroup, ...]]:
    """Clients and groups that an invitation to the staff opens, as far as they still exist."""
    clients = Client.objects.filter(
        pk__in=invitation.granted_clients, provider_id=invitation.provider_id
    )
    return tuple(clients), tuple(ClientGroup.objects.filter(pk__in=invitation.granted_groups))
