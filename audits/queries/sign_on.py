"""Single sign-on: which address leads where, and who came that way."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from audits.models import Membership, Provider, SignOn, SignOnAddress, SignOnIdentity, User


@dataclass(frozen=True, kw_only=True)
class Door:
    """An open address of single sign-on with what is behind it."""

    address: SignOnAddress
    sign_on: SignOn
    provider: Provider

    @property
    def provider_id(self) -> int:
        return self.address.provider_id


def open_address(slug: str) -> SignOnAddress | None:
    """The open address of this name; None for a closed one and for one that does not exist."""
    return SignOnAddress.objects.filter(slug=slug, is_open=True).first()


def required_address_of(user_id: int) -> SignOnAddress | None:
    """Where a person must sign in who is staff of a provider that requires it."""
    staff = Membership.objects.filter(user_id=user_id, client=None, keeps_password=False)
    required = SignOnAddress.objects.filter(is_required=True, provider__in=staff.values("provider"))
    return required.order_by("slug").first()


def behind(address: SignOnAddress) -> Door | None:
    """What an address leads to; the scope of its provider must be entered."""
    sign_on = SignOn.objects.select_related("provider").first()
    if sign_on is None:
        return None
    return Door(address=address, sign_on=sign_on, provider=sign_on.provider)


def address_of(provider_id: int) -> SignOnAddress | None:
    """The address of a provider, open or not."""
    return SignOnAddress.objects.filter(provider_id=provider_id).first()


def current() -> SignOn | None:
    """The single sign-on of the provider in scope."""
    return SignOn.objects.first()


def identities() -> QuerySet[SignOnIdentity]:
    """Company accounts of the provider in scope, with their people."""
    return SignOnIdentity.objects.select_related("user").order_by("user__email", "id")


def is_member(user_id: int, provider_id: int) -> bool:
    """Say whether a person holds any role at a provider or at one of its clients."""
    return Membership.objects.filter(user_id=user_id, provider_id=provider_id).exists()


def candidate(user_id: int, provider_id: int) -> User | None:
    """The person who waits for a password, while still somebody here."""
    members = Membership.objects.filter(provider_id=provider_id).values("user")
    return User.objects.filter(pk=user_id, is_active=True, pk__in=members).first()


def staff_in(provider_id: int, roles: Collection[str]) -> QuerySet[Membership]:
    """Staff memberships of a provider with one of these roles."""
    held = Membership.objects.filter(provider_id=provider_id, client=None, role__in=roles)
    return held.select_related("user").order_by("user__email")
