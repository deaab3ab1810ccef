"""People and what they may open: accounts, memberships and grants."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from audits.enums import Role
from audits.models import Client, Grant, Membership, User
from audits.services import activity
from audits.services.errors import InvalidInput


def new_account(*, email: str, password: str) -> User:
    """Create an account; raises InvalidInput on "email" or "password"."""
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
    return User.objects.create_user(email, password)


@transaction.atomic
def add(*, user: User, role: Role, clients: Sequence[Client], all_clients: bool = False) -> None:
    """Let a person open clients: each in a client role, or together as staff of their provider.

    Raises InvalidInput where the clients have different providers, or the role is held already.
    """
    providers = {client.provider_id for client in clients}
    if len(providers) != 1:
        raise InvalidInput("client", "The clients belong to different providers, or none is named.")
    if role.is_held_at_a_client:
        for client in clients:
            _hold(user, client.provider_id, role=role, client=client)
    else:
        _join_staff(user, providers.pop(), role, () if all_clients else clients, all_clients)
    for client in clients:
        details = {"person": user.email, "role": role.value}
        activity.record(client=client, actor=None, verb="admitted", obj=user, details=details)


def _join_staff(
    user: User,
    provider_id: int,
    role: Role,
    granted: Iterable[Client],
    all_clients: bool,  # noqa: FBT001 - private, named at the only call
) -> None:
    held = _hold(user, provider_id, role=role, client=None)
    if all_clients and not held.all_clients:
        held.all_clients = True
        held.save(update_fields=["all_clients"])
    for client in granted:
        Grant.objects.get_or_create(provider_id=provider_id, membership=held, client=client)


def _hold(user: User, provider_id: int, *, role: Role, client: Client | None) -> Membership:
    held, _ = Membership.objects.get_or_create(
        user=user, provider_id=provider_id, client=client, defaults={"role": role}
    )
    if held.role != role:
        raise InvalidInput(
            "role",
            f"This person is there already as {held.get_role_display()}.",
            "Remove that first.",
        )
    return held
