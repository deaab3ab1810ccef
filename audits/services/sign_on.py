"""Single sign-on of a provider: how it is set up, and what is taken back."""

import re
import secrets
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from audits import storage
from audits.enums import SecondStep
from audits.models import Membership, Provider, SignOn, SignOnAddress, SignOnIdentity, User
from audits.services import activity
from audits.services.errors import InvalidInput, NotPossible

_ALPHABET: Final = string.ascii_lowercase + string.digits
_DOMAIN: Final = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]+")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the form of single sign-on says; an empty secret keeps the one that is stored."""

    issuer: str
    client_id: str
    client_secret: str
    allowed_domains: tuple[str, ...]
    second_step: SecondStep
    makes_accounts: bool
    is_open: bool
    is_required: bool
    keep_password: tuple[int, ...]


@transaction.atomic
def reserve(*, provider_id: int, actor: User) -> SignOnAddress:
    """Give a provider its address: it is registered at the identity provider before all else."""
    found = SignOnAddress.objects.filter(provider_id=provider_id).first()
    if found is not None:
        return found
    stem = slugify(Provider.objects.get(pk=provider_id).name)[:60].strip("-") or "company"
    # It ends in characters that nobody guesses from the name.
    ending = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    made = SignOnAddress.objects.create(provider_id=provider_id, slug=f"{stem}-{ending}")
    activity.record_at_provider(provider_id=provider_id, actor=actor, verb="created", obj=made)
    return made


@transaction.atomic
def set_up(*, provider_id: int, actor: User, values: Settings, keepers: Collection[int]) -> SignOn:
    """Store the settings, in the scope of the provider's staff.

    `keepers` are the memberships that may be chosen to keep their password. Raises InvalidInput,
    and NotPossible where no address is reserved.
    """
    kept = _kept(values, keepers)
    sign_on = SignOn.objects.select_for_update(no_key=True).first() or SignOn(
        provider_id=provider_id
    )
    address = _address(provider_id)
    before = _shown(sign_on, address, _keeping(provider_id))
    _require_secret_of(sign_on, values)
    sign_on.issuer, sign_on.client_id = values.issuer, values.client_id
    sign_on.allowed_domains = list(_domains(values))
    sign_on.second_step = values.second_step
    sign_on.makes_accounts = values.makes_accounts
    if values.client_secret:
        sign_on.sealed_secret = storage.seal_text(values.client_secret, context=_purpose(sign_on))
        sign_on.secret_ending = _ending(values.client_secret)
    sign_on.save()
    _require_somebody_linked(values, address)
    address.is_open, address.is_required = values.is_open, values.is_required
    address.save()
    staff = Membership.objects.filter(provider_id=provider_id, client=None)
    staff.exclude(pk__in=kept).filter(keeps_password=True).update(keeps_password=False)
    staff.filter(pk__in=kept).update(keeps_password=True)
    after = _shown(sign_on, address, _keeping(provider_id))
    changes: dict[str, object] = {
        name: {"before": before[name], "after": after[name]}
        for name in after
        if before[name] != after[name]
    }
    if values.client_secret:
        changes["client_secret"] = True  # the log masks it
    _note(sign_on, actor, "changed", changes)
    return sign_on


@transaction.atomic
def unlink(*, identity: SignOnIdentity, actor: User) -> None:
    """Forget which company account a person signed in with; the next one must prove itself anew."""
    sign_on = SignOn.objects.get()
    person = identity.user
    identity.delete()
    _note(sign_on, actor, "unlinked", {"person": person.email})


def secret_of(sign_on: SignOn) -> str:
    """The client secret, for the request to the token endpoint and for nothing else."""
    if not sign_on.sealed_secret:
        return ""
    return storage.unseal_text(sign_on.sealed_secret, context=_purpose(sign_on))


def _purpose(sign_on: SignOn) -> bytes:
    return f"single sign-on of provider {sign_on.provider_id}".encode()


def _ending(secret: str) -> str:
    """The last four characters, of a secret long enough to lose them."""
    return secret[-4:] if len(secret) >= 16 else ""  # noqa: PLR2004 - half of what is left unknown


def _note(sign_on: SignOn, actor: User, verb: str, details: Mapping[str, Any]) -> None:
    activity.record_at_provider(
        provider_id=sign_on.provider_id, actor=actor, verb=verb, obj=sign_on, details=details
    )


def _address(provider_id: int) -> SignOnAddress:
    found = SignOnAddress.objects.select_for_update().filter(provider_id=provider_id).first()
    if found is None:
        raise NotPossible("There is no log-in address yet.")
    return found


def _domains(values: Settings) -> tuple[str, ...]:
    if not values.allowed_domains:
        raise InvalidInput("allowed_domains", _("Name at least one e-mail domain."))
    for domain in values.allowed_domains:
        if not _DOMAIN.fullmatch(domain):
            raise InvalidInput(
                "allowed_domains",
                _("“%(domain)s” is no e-mail domain.") % {"domain": domain[:60]},
                _("Write what stands behind the @, such as example.org."),
            )
    return tuple(dict.fromkeys(values.allowed_domains))


def _require_secret_of(sign_on: SignOn, values: Settings) -> None:
    """A stored secret goes to the issuer it was typed for, never to a new one."""
    moved = bool(sign_on.issuer) and sign_on.issuer != values.issuer
    if moved and sign_on.sealed_secret and not values.client_secret:
        raise InvalidInput(
            "client_secret",
            _("The issuer is another one, and the stored secret is not sent there."),
            _("Type the new issuer's secret."),
        )


def _kept(values: Settings, keepers: Collection[int]) -> list[int]:
    """Memberships that keep their password; at least one where sign-on is required."""
    chosen = sorted(set(values.keep_password))
    if not set(chosen) <= set(keepers):
        raise InvalidInput("keep_password", _("This person cannot be chosen."))
    if values.is_required and not chosen:
        raise InvalidInput(
            "keep_password",
            _("Nobody could get in while your identity provider is down."),
            _("Choose at least one administrator who keeps a password."),
        )
    return chosen


def _require_somebody_linked(values: Settings, address: SignOnAddress) -> None:
    """A way that nobody has walked yet is not made the only one."""
    if values.is_required and not values.is_open:
        raise InvalidInput("is_required", _("Open single sign-on first."))
    newly = values.is_required and not address.is_required
    if newly and not SignOnIdentity.objects.filter(issuer=values.issuer).exists():
        raise InvalidInput(
            "is_required",
            _("Nobody has logged in with a company account of this issuer yet."),
            _("Open it, log in that way once yourself, and require it then."),
        )


def _keeping(provider_id: int) -> list[str]:
    held = Membership.objects.filter(provider_id=provider_id, client=None, keeps_password=True)
    return sorted(held.values_list("user__email", flat=True))


def _shown(sign_on: SignOn, address: SignOnAddress, keeping: list[str]) -> dict[str, Any]:
    """What the log may show: everything but the secret."""
    return {
        "issuer": sign_on.issuer,
        "client_id": sign_on.client_id,
        "allowed_domains": list(sign_on.allowed_domains),
        "second_step": str(sign_on.second_step),
        "makes_accounts": sign_on.makes_accounts,
        "is_open": address.is_open,
        "is_required": address.is_required,
        "exceptions": keeping,
    }
