"""The first account of an installation, and the welcome that its administrator is led through."""

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audits.models import Provider, SetUpLink, User
from audits.queries.invitations import digest_of
from audits.services import activity, changes
from audits.services import provider as providers
from audits.services.errors import NotPossible

LINK_LASTS = timedelta(hours=24)


def is_needed() -> bool:
    """Say whether this installation has no account yet."""
    return not User.objects.exists()


@transaction.atomic
def new_link() -> str:
    """Return the token of a fresh link; every earlier one ends. Raises NotPossible after set-up."""
    if not is_needed():
        raise NotPossible("This portal is set up: people are invited from its team page.")
    SetUpLink.objects.all().delete()
    token = secrets.token_urlsafe(32)
    SetUpLink.objects.create(digest=digest_of(token), expires_at=timezone.now() + LINK_LASTS)
    return token


def is_valid(token: str) -> bool:
    """Say whether this link can still make the first account."""
    found = SetUpLink.objects.filter(digest=digest_of(token), expires_at__gt=timezone.now())
    return found.exists() and is_needed()


@transaction.atomic
def claim(*, token: str, company: str, name: str, email: str, password: str) -> User:
    """Make the first account, administrator of a new provider; the link ends with it.

    Raises NotPossible where the link is not (or no longer) valid, InvalidInput on "email" or
    "password"; then nothing is created.
    """
    # The row is locked: of two who come at once, the second finds it gone.
    held = SetUpLink.objects.select_for_update().filter(digest=digest_of(token)).first()
    if held is None or held.expires_at <= timezone.now() or not is_needed():
        raise NotPossible("This link is no longer valid.")
    SetUpLink.objects.all().delete()
    providers.create(name=company, email=email, password=password, person=name)
    return User.objects.get(email=email.lower())


@transaction.atomic
def skip(*, provider: Provider, step: str, steps: Collection[str]) -> None:
    """Put a step of the welcome off; it stays on the list."""
    if step not in steps:
        raise NotPossible("There is no such step.")
    skipped = sorted({*provider.welcome_skipped, step})
    changes.write(provider, {"welcome_skipped": skipped})


@transaction.atomic
def close(*, provider: Provider, actor: User) -> None:
    """Offer the welcome no longer."""
    if changes.write(provider, {"welcome_closed_at": timezone.now()}):
        activity.record_at_provider(
            provider_id=provider.pk, actor=actor, verb="finished_welcome", obj=provider
        )
