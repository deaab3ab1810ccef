"""What a session remembers of single sign-on: who vouched for whom, and what is not proven yet."""

import time
from dataclasses import asdict, dataclass
from typing import Final

from django.http import HttpRequest

from audits.access import Vouched
from audits.models import User

_VOUCHED: Final = "vouched"
_PENDING: Final = "sign_on_pending"
_PENDING_SECONDS: Final = 10 * 60
HINT: Final = "sign_on"  # a cookie of this name keeps the address somebody came through


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A company account that waits for the portal's own password before it is bound."""

    slug: str
    issuer: str
    subject: str
    user_id: int
    has_second_factor: bool
    next_url: str
    at: float


def remember(request: HttpRequest, *, user: User, vouched: Vouched) -> None:
    """Bind the rest of the session to the provider that vouched for this very person."""
    request.session[_VOUCHED] = {"user": user.pk, **asdict(vouched)}


def vouched_for(request: HttpRequest, user: User) -> Vouched | None:
    """Say who vouched for this person in this session; somebody else's voucher is none."""
    told = request.session.get(_VOUCHED)
    if not isinstance(told, dict) or told.get("user") != user.pk:
        return None
    return Vouched(provider_id=told["provider_id"], second_factor=told["second_factor"])


def keep(request: HttpRequest, pending: Pending) -> None:
    request.session[_PENDING] = asdict(pending)


def kept(request: HttpRequest, *, slug: str, issuer: str) -> Pending | None:
    """Return what waits for a password at this address, unless it waited too long."""
    told = request.session.get(_PENDING)
    if not isinstance(told, dict):
        return None
    pending = Pending(**told)
    same = (pending.slug, pending.issuer) == (slug, issuer)
    return pending if same and time.time() - pending.at < _PENDING_SECONDS else None


def forget(request: HttpRequest) -> None:
    request.session.pop(_PENDING, None)
