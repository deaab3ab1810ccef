"""Whom a company account lets in, and where.

An identity is an issuer and a subject, bound to one person and to the provider that set the issuer
up. An e-mail address counts once, when the two are bound: it must be in a domain that the provider
named, the issuer must say that it is verified, and the account must be of somebody whom the
provider or one of its clients has admitted already. Where the provider wants it so, an invitation
to its staff makes the account; nothing else does. Whoever belongs to another provider as well
confirms the first time with the portal's own password: no provider can claim a person alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from audits import access, homes
from audits.enums import SecondStep, SignOnRefusal
from audits.models import SignOn, SignOnIdentity, User
from audits.queries import sign_on as sign_ons
from audits.services import activity, invitation
from audits.services.errors import InvalidInput, NotPossible, ServiceError


class Refused(ServiceError):  # noqa: N818 - reads as what happened
    """Nobody is let in; `reason` says why in words for the person."""

    def __init__(self, reason: SignOnRefusal, *, because: str = "") -> None:
        self.reason = reason
        self.because = because
        super().__init__(str(reason.label))


@dataclass(frozen=True, kw_only=True)
class Admission:
    """A person whom the provider vouches for; where unproven, the own password must confirm it."""

    user: User
    subject: str
    has_second_factor: bool
    is_proven: bool


@transaction.atomic
def admit(*, sign_on: SignOn, claims: Mapping[str, Any]) -> Admission:
    """Find the person behind checked claims, in the scope of the provider. Raises Refused."""
    subject = str(claims["sub"])
    address = _address(sign_on, claims)
    identity = _identity(sign_on, subject)
    user = identity.user if identity is not None else _account(sign_on, address, claims)
    if not user.is_active or not sign_ons.is_member(user.pk, sign_on.provider_id):
        raise Refused(SignOnRefusal.UNKNOWN)
    proven = identity is not None
    if identity is not None:
        identity.used_at = timezone.now()
        identity.save(update_fields=["used_at"])
    elif not homes.belongs_elsewhere(user, sign_on.provider_id):
        link(sign_on=sign_on, user=user, subject=subject)
        proven = True
    return Admission(
        user=user,
        subject=subject,
        has_second_factor=_vouches_for_second_factor(sign_on, claims),
        is_proven=proven,
    )


@transaction.atomic
def link(*, sign_on: SignOn, user: User, subject: str) -> SignOnIdentity:
    """Bind a company account to a person for good. Raises Refused where either is taken."""
    try:
        with transaction.atomic():
            made = SignOnIdentity.objects.create(
                provider_id=sign_on.provider_id, issuer=sign_on.issuer, subject=subject, user=user
            )
    except IntegrityError as error:
        raise Refused(SignOnRefusal.OTHER_IDENTITY) from error
    activity.record_at_provider(
        provider_id=sign_on.provider_id,
        actor=user,
        verb="linked",
        obj=sign_on,
        details={"person": user.email, "issuer": sign_on.issuer},
    )
    return made


@transaction.atomic
def note_refusal(*, sign_on: SignOn, reason: SignOnRefusal, because: str = "") -> None:
    """Leave a line for the provider's administrators: who is locked out wants to know why."""
    activity.record_at_provider(
        provider_id=sign_on.provider_id,
        actor=None,
        verb="refused",
        obj=sign_on,
        details={"reason": reason.value, **({"because": because} if because else {})},
    )


def _identity(sign_on: SignOn, subject: str) -> SignOnIdentity | None:
    found = SignOnIdentity.objects.filter(issuer=sign_on.issuer, subject=subject)
    return found.select_related("user").first()


def _address(sign_on: SignOn, claims: Mapping[str, Any]) -> str:
    """The address that the issuer names, if it is in an allowed domain."""
    told = claims.get("email")
    # ASCII alone: letters that merely look or fold alike are other people's.
    if not isinstance(told, str) or not told.isascii():
        raise Refused(SignOnRefusal.NO_ADDRESS)
    address = told.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refused(SignOnRefusal.NO_ADDRESS) from error
    domain = address.rpartition("@")[2]
    if domain not in sign_on.allowed_domains:
        raise Refused(SignOnRefusal.DOMAIN, because=domain)
    return address


def _account(sign_on: SignOn, address: str, claims: Mapping[str, Any]) -> User:
    """The account that an address may claim; the issuer must say that the address is proven."""
    if not any(_is_true(claims.get(name)) for name in ("email_verified", "xms_edov")):
        raise Refused(SignOnRefusal.UNVERIFIED)
    user = User.objects.filter(email=address).first()
    if user is not None:
        return user
    if not sign_on.makes_accounts:
        raise Refused(SignOnRefusal.UNKNOWN)
    return _newcomer(sign_on, address)


def _newcomer(sign_on: SignOn, address: str) -> User:
    """Make the account that an invitation to the provider's staff is for, and use it up."""
    try:
        with access.opened_staff_invitation(address, provider_id=sign_on.provider_id) as found:
            user = User.objects.create_user(address)
            invitation.accept(invitation=found, user=user)
            return user
    except (Http404, NotPossible, InvalidInput, IntegrityError) as error:
        raise Refused(SignOnRefusal.UNKNOWN) from error


def _is_true(value: object) -> bool:
    """Some issuers write truth as a text or a number."""
    return value is True or value == "true" or (type(value) is int and value == 1) or value == "1"


def _vouches_for_second_factor(sign_on: SignOn, claims: Mapping[str, Any]) -> bool:
    if sign_on.second_step == SecondStep.TRUSTED:
        return True
    methods = claims.get("amr")
    told = isinstance(methods, list) and "mfa" in methods
    return told and sign_on.second_step == SecondStep.TOLD
