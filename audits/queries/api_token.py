from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from audits.enums import TokenScope, TokenState
from audits.models import ApiToken, Client

_SOON = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """A token as a list shows it: never more of it than the prefix."""

    pk: int
    name: str
    prefix: str
    person: str
    state: TokenState
    scopes: tuple[str, ...]
    clients: tuple[str, ...]
    is_narrowed: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str | None

    @property
    def is_in_use(self) -> bool:
        return self.state in {TokenState.ACTIVE, TokenState.ENDING}


def by_prefix(prefix: str) -> ApiToken | None:
    """Find a token with its person, as far as the scope shows it."""
    return ApiToken.objects.select_related("user").filter(prefix=prefix).first()


def in_scope() -> models.QuerySet[ApiToken]:
    """Own tokens that the session reaches, and those for the provider whose staff is asking."""
    return ApiToken.objects.select_related("user")


def in_use(user_id: int) -> models.QuerySet[ApiToken]:
    """Tokens of a person that still open something."""
    return in_scope().filter(user=user_id, revoked_at=None, expires_at__gt=timezone.now())


def of_person(user_id: int) -> list[TokenRow]:
    """Tokens of a person, those in use first."""
    return _rows(in_scope().filter(user=user_id))


def of_people(provider_id: int, *, without: int) -> list[TokenRow]:
    """Tokens of everybody else at a provider and at its clients, those in use first."""
    return _rows(in_scope().filter(provider=provider_id).exclude(user=without))


def _rows(found: models.QuerySet[ApiToken]) -> list[TokenRow]:
    listed = list(found)
    named = {pk for token in listed for pk in token.client_ids or ()}
    names = dict(Client.objects.filter(pk__in=named).values_list("pk", "name"))
    rows = [_row(token, names) for token in listed]
    return sorted(rows, key=lambda row: (not row.is_in_use, -row.pk))


def _row(token: ApiToken, names: dict[int, str]) -> TokenRow:
    return TokenRow(
        pk=token.pk,
        name=token.name,
        prefix=token.prefix,
        person=str(token.user),
        state=state_of(token),
        scopes=tuple(str(TokenScope(scope).label) for scope in token.scopes),
        clients=tuple(sorted(names[pk] for pk in token.client_ids or () if pk in names)),
        is_narrowed=token.client_ids is not None,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        last_used_from=token.last_used_from,
    )


def state_of(token: ApiToken) -> TokenState:
    now = timezone.now()
    if token.revoked_at is not None:
        return TokenState.REVOKED
    if token.expires_at <= now:
        return TokenState.EXPIRED
    return TokenState.ENDING if token.expires_at - now < _SOON else TokenState.ACTIVE
