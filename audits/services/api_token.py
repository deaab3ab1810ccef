"""API tokens: made and shown once, recognised by a digest, revoked for good."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audits import access
from audits.access import Actor, Vouched
from audits.enums import TokenScope, TokenState
from audits.models import ApiToken, User
from audits.models.api_token import LONGEST_DAYS
from audits.queries import api_token as tokens
from audits.services import personal_log, token_text
from audits.services.errors import InvalidInput, NotPossible

DEFAULT_DAYS = 90
MOST_IN_USE = 20


@dataclass(frozen=True, kw_only=True)
class Made:
    """A new token, and its text, which exists nowhere else."""

    token: ApiToken
    text: str = field(repr=False)


@transaction.atomic
def create(
    *,
    actor: Actor,
    name: str,
    scopes: Collection[TokenScope],
    client_ids: Sequence[int] = (),
    days: int = DEFAULT_DAYS,
) -> Made:
    """Make a token for the person who asks, for all of their clients unless some are named.

    Raises InvalidInput where it would be more than the person may, or without end.
    """
    if actor.provider_id is None:
        raise NotPossible("You do not belong to a provider, so a token would open nothing.")
    _check(actor, scopes=scopes, client_ids=client_ids, days=days)
    drawn, now = token_text.draw(), timezone.now()
    token = ApiToken.objects.create(
        user=actor.user,
        provider_id=actor.provider_id,
        name=name,
        prefix=drawn.prefix,
        digest=drawn.digest,
        scopes=[scope.value for scope in TokenScope if scope in scopes],
        client_ids=sorted(client_ids) or None,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _record(token, actor=actor, verb="created", details={"days": days})
    return Made(token=token, text=drawn.reveal())


def _check(
    actor: Actor, *, scopes: Collection[TokenScope], client_ids: Sequence[int], days: int
) -> None:
    if not scopes or not set(scopes) <= set(access.scopes_for(actor)):
        raise InvalidInput(
            "scopes", "A token cannot do more than you may.", "Choose from the list."
        )
    if not set(client_ids) <= actor.client_ids:
        raise InvalidInput("clients", "One of these clients does not exist.", "Choose again.")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("days", f"A token lasts between 1 and {LONGEST_DAYS} days.")
    if tokens.in_use(actor.user.pk).count() >= MOST_IN_USE:
        raise InvalidInput(
            "name", f"You have {MOST_IN_USE} tokens in use.", "Revoke one that nobody needs."
        )


@transaction.atomic
def revoke(*, token: ApiToken, actor: Actor) -> ApiToken:
    """End a token at once and for good."""
    if token.revoked_at is not None:
        raise NotPossible("This token has been revoked already.")
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    _record(token, actor=actor, verb="revoked", details={})
    return token


@transaction.atomic
def revoke_all(*, user: User) -> int:
    """End every token that a person has in use, at whichever provider; returns how many."""
    with access.opened(user, slug=None):
        houses = [token.provider_id for token in tokens.in_use(user.pk)]
    for provider_id in dict.fromkeys(houses):
        # Whatever log-in that provider asks for: this only takes away.
        here = Vouched(provider_id=provider_id, second_factor=False)
        with access.opened(user, slug=None, vouched=here) as (actor, _client):
            for token in tokens.in_use(user.pk).filter(provider=provider_id):
                revoke(token=token, actor=actor)
    return len(houses)


def _record(token: ApiToken, *, actor: Actor, verb: str, details: dict[str, int]) -> None:
    """Write the line at the token's own provider, for whichever one the actor acts."""
    told = {
        "person": token.user.email,
        "prefix": token.prefix,
        "scopes": token.scopes,
        **details,
    }
    personal_log.note_token(token=token, actor=actor.user, verb=verb, details=told)


def recognise(*, text: str, address: str) -> ApiToken | None:
    """Say whose token this is; None for one that is wrong, over, revoked, or of nobody any more."""
    read = token_text.read(text)
    if read is None:
        return None
    with access.presented(read.prefix) as token:
        if token is None or not hmac.compare_digest(token.digest, read.digest):
            return None
        state = tokens.state_of(token)
        ended = state in {TokenState.REVOKED, TokenState.EXPIRED}
        if not ended and token.user.is_active:
            _note_use(token, address)
            return token
    _note_refused(token, state if ended else None)
    return None


@transaction.atomic
def _note_refused(token: ApiToken, why: TokenState | None) -> None:
    """Only who holds the whole text gets this far: somebody has a token that should be gone."""
    personal_log.note_refused_token(token=token, why=why)


def _note_use(token: ApiToken, address: str) -> None:
    """Remember the minute and the address; one write a minute, however many requests."""
    minute = timezone.now().replace(second=0, microsecond=0)
    if token.last_used_at == minute:
        return
    token.last_used_at = minute
    token.last_used_from = address or None
    token.save(update_fields=["last_used_at", "last_used_from"])
