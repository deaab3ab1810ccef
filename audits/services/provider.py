"""A new provider: the one thing that nobody inside the portal can create."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from audits import tenancy
from audits.enums import Role
from audits.models import Membership, Provider, User
from audits.services.errors import InvalidInput


@contextmanager
def entered(*, name: str) -> Iterator[Provider]:
    """Create a provider in its own scope, and stay in it."""
    with tenancy.new_provider_scope() as provider_id:
        provider = Provider(pk=provider_id, name=name)
        provider.save(force_insert=True)
        yield provider


def create(*, name: str, email: str, password: str) -> Provider:
    """Create a provider with its first administrator, who may open every client of it.

    Raises InvalidInput on "email" or "password"; then nothing is created.
    """
    _check(email, password)
    with entered(name=name) as provider:
        Membership.objects.create(
            user=User.objects.create_user(email, password),
            provider=provider,
            role=Role.MSP_ADMIN,
            all_clients=True,
        )
    return provider


def _check(email: str, password: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput("email", " ".join(error.messages)) from error
    if User.objects.filter(email__iexact=email).exists():
        raise InvalidInput("email", "This address has an account already.", "Name another one.")
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from error
