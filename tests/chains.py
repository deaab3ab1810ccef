"""Logs of the cast: a real line in the chain of each client and each provider."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from audits.models import (
    Activity,
    ActivityHead,
    ActivityPayload,
    Client,
    Provider,
    ProviderActivity,
    ProviderActivityHead,
    ProviderActivityPayload,
    ProviderKey,
)
from audits.queries.activity_content import content_of
from audits.services import activity


@dataclass(frozen=True, kw_only=True)
class ClientLog:
    """The first line of a client's chain, and what belongs to it."""

    activity: Activity
    activity_head: ActivityHead
    activity_payload: ActivityPayload


@dataclass(frozen=True, kw_only=True)
class ProviderLog:
    """The first line of a provider's chain, and what belongs to it."""

    provider_activity: ProviderActivity
    provider_activity_head: ProviderActivityHead
    provider_activity_payload: ProviderActivityPayload
    provider_key: ProviderKey


def seal() -> None:
    """Number and hash what was logged so far, as the end of a transaction does."""
    connection.check_constraints()


def details(line: Activity | ProviderActivity) -> dict[str, Any]:
    """What the line says in words, decrypted."""
    return dict(content_of(line).details)


def client_log(client: Client) -> dict[str, Any]:
    line = activity.record(client=client, actor=None, verb="created", obj=client)
    seal()
    line.refresh_from_db()
    return {
        "activity": line,
        "activity_head": ActivityHead.objects.get(client=client),
        "activity_payload": line.payload,
    }


def provider_log(provider: Provider) -> dict[str, Any]:
    line = activity.record_at_provider(
        provider_id=provider.pk, actor=None, verb="created", obj=provider
    )
    seal()
    line.refresh_from_db()
    return {
        "provider_activity": line,
        "provider_activity_head": ProviderActivityHead.objects.get(),
        "provider_activity_payload": line.payload,
        "provider_key": ProviderKey.objects.get(),
    }
