"""API tokens of the cast."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from audits import tenancy
from audits.enums import TokenScope
from audits.models import ApiToken, Provider, User
from audits.services import token_text

TOKEN = "Nightly build"


def make_token(
    user: User,
    provider: Provider,
    *,
    scopes: Iterable[TokenScope] = TokenScope,
    **values: Any,  # noqa: ANN401 - model fields
) -> tuple[ApiToken, str]:
    """Keep a token of this person; returns it with the text that its holder sends."""
    drawn, now = token_text.draw(), timezone.now()
    with tenancy.scope(provider_id=None, client_ids=(), holder_id=user.pk):
        token = ApiToken.objects.create(
            **{
                "user": user,
                "provider": provider,
                "name": TOKEN,
                "prefix": drawn.prefix,
                "digest": drawn.digest,
                "scopes": [scope.value for scope in scopes],
                "created_at": now,
                "expires_at": now + timedelta(days=90),
                **values,
            }
        )
    return token, drawn.reveal()


def program(text: str) -> Browser:
    """A program that sends this token, has no cookie, and knows nothing of forgery tokens."""
    return Browser(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {text}"})


def change(token: ApiToken, **values: object) -> None:
    """Write into a stored token what no page would."""
    with tenancy.scope(provider_id=None, client_ids=(), holder_id=token.user_id):
        ApiToken.objects.filter(pk=token.pk).update(**values)
        token.refresh_from_db()
