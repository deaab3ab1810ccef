"""The one line that every write leaves behind, in the chain of the client or of the provider."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from audits import storage
from audits.models import (
    Activity,
    ActivityPayload,
    Client,
    ProviderActivity,
    ProviderActivityPayload,
    User,
)
from audits.services import keys, masking, origin

_LONGEST_NAME = 300


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a line is about: an object of the portal, or a page where there is none."""

    kind: str
    pk: int = 0
    name: str = ""

    @classmethod
    def of(cls, obj: models.Model) -> "Subject":
        kind = obj._meta.model_name or ""  # noqa: SLF001 - Django's documented model API
        return cls(kind=kind, pk=obj.pk, name=str(obj))


def record(
    *,
    client: Client,
    actor: User | None,
    verb: str,
    obj: models.Model,
    details: Mapping[str, Any] | None = None,
) -> Activity:
    """Write the line of something that concerns a client; the end of the transaction chains it."""
    return record_about(
        client=client, actor=actor, verb=verb, subject=Subject.of(obj), details=details
    )


def record_at_provider(
    *,
    provider_id: int,
    actor: User | None,
    verb: str,
    obj: models.Model,
    details: Mapping[str, Any] | None = None,
) -> ProviderActivity:
    """Write the line of something that concerns the provider itself and no single client."""
    return record_about_at_provider(
        provider_id=provider_id, actor=actor, verb=verb, subject=Subject.of(obj), details=details
    )


def record_about(
    *,
    client: Client,
    actor: User | None,
    verb: str,
    subject: Subject,
    details: Mapping[str, Any] | None = None,
) -> Activity:
    """Write a line about something that need not be a row."""
    payload = _payload(actor, subject, details)
    key_id, key = keys.of_client(client)
    line = Activity.objects.create(
        provider_id=client.provider_id, client=client, **_columns(actor, verb, subject, payload)
    )
    ActivityPayload.objects.create(
        provider_id=client.provider_id,
        client=client,
        line=line,
        key=key_id,
        sealed=storage.seal(payload, key=key, bound=line.bound()),
    )
    return line


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line that is to be written with others."""

    client: Client
    subject: Subject
    details: Mapping[str, Any]


def record_each(*, actor: User | None, verb: str, lines: Sequence[Line]) -> None:
    """Write a line for each of these, at several clients: one insert for all of them.

    Each is sealed under the key of its own client and goes into the chain of its own client.
    """
    known = keys.of_clients({line.client.pk: line.client for line in lines})
    payloads = [_payload(actor, line.subject, line.details) for line in lines]
    written = Activity.objects.bulk_create(
        Activity(
            provider_id=line.client.provider_id,
            client=line.client,
            **_columns(actor, verb, line.subject, payload),
        )
        for line, payload in zip(lines, payloads, strict=True)
    )
    ActivityPayload.objects.bulk_create(
        ActivityPayload(
            provider_id=row.provider_id,
            client_id=row.client_id,
            line=row,
            key=known[row.client_id][0],
            sealed=storage.seal(payload, key=known[row.client_id][1], bound=row.bound()),
        )
        for row, payload in zip(written, payloads, strict=True)
    )


def record_about_at_provider(
    *,
    provider_id: int,
    actor: User | None,
    verb: str,
    subject: Subject,
    details: Mapping[str, Any] | None = None,
) -> ProviderActivity:
    """Write a line about something at the provider that need not be a row."""
    payload = _payload(actor, subject, details)
    key_id, key = keys.of_provider(provider_id)
    line = ProviderActivity.objects.create(
        provider_id=provider_id, **_columns(actor, verb, subject, payload)
    )
    ProviderActivityPayload.objects.create(
        provider_id=provider_id,
        line=line,
        key=key_id,
        sealed=storage.seal(payload, key=key, bound=line.bound()),
    )
    return line


def _payload(actor: User | None, subject: Subject, details: Mapping[str, Any] | None) -> bytes:
    """Everything that is said in words, and a salt: nobody can guess words from their digest."""
    told = {
        "salt": secrets.token_hex(16),
        "actor": masking.text(str(actor or "")),
        "address": origin.current().address,
        "token": origin.current().token,
        "name": masking.text(subject.name, _LONGEST_NAME),
        "details": masking.plain(details or {}),
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _columns(actor: User | None, verb: str, subject: Subject, payload: bytes) -> dict[str, Any]:
    came = origin.current()
    return {
        "actor": actor,
        "via": came.via,
        "request_id": came.request_id,
        "verb": verb,
        "object_type": subject.kind,
        "object_id": subject.pk,
        "payload_digest": hashlib.sha256(payload).digest(),
    }
