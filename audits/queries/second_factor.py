"""How a person proves who they are, beside the password."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from audits.models import User


@dataclass(frozen=True, kw_only=True)
class Passkey:
    """A passkey or security key, under the name that its owner gave it."""

    pk: int
    name: str
    logs_in_alone: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SecondFactors:
    """Everything that a person has set up."""

    app: Authenticator | None
    passkeys: tuple[Passkey, ...]
    codes_left: int | None

    @property
    def is_set_up(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def of_user(user: User) -> SecondFactors:
    """Authenticator app, passkeys and the count of recovery codes that are left."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("pk"))
    kind = Authenticator.Type
    codes = next((row for row in rows if row.type == kind.RECOVERY_CODES), None)
    return SecondFactors(
        app=next((row for row in rows if row.type == kind.TOTP), None),
        passkeys=tuple(_passkey(row) for row in rows if row.type == kind.WEBAUTHN),
        codes_left=None if codes is None else len(codes.wrap().get_unused_codes()),
    )


def set_up_by(user_ids: Iterable[int]) -> set[int]:
    """Say which of these people have an app or a passkey."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    rows = Authenticator.objects.filter(user_id__in=list(user_ids), type__in=kinds)
    return set(rows.values_list("user_id", flat=True))


def _passkey(row: Authenticator) -> Passkey:
    key = row.wrap()
    return Passkey(
        pk=row.pk,
        name=key.name,
        logs_in_alone=bool(key.is_passwordless),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
