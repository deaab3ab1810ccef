"""What lines of the log say in words: decrypted, or known to be erased."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from audits import storage
from audits.models import Activity, ProviderActivity
from audits.queries import keys

Line = Activity | ProviderActivity


class DamagedLineError(Exception):
    """The words of a line are missing, or not those that were written with it."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """The words of a line; with its key erased there are none."""

    actor: str = ""
    address: str = ""
    token: str = ""
    name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    # As it was written, with its salt: what the digest of the line was made of.
    payload: str = field(default="", repr=False)
    is_erased: bool = False


ERASED = Content(is_erased=True)


def keys_of(line: Line) -> dict[int, bytes]:
    """The keys that may open the line."""
    if isinstance(line, Activity):
        return keys.of_client(line.client)
    return keys.of_provider(line.provider_id)


def content_of(line: Line, known: Mapping[int, bytes] | None = None) -> Content:
    """Open the words of a line, with keys fetched once for many.

    Raises DamagedLineError where they are missing, altered, or another line's.
    """
    try:
        payload = line.payload
    except ObjectDoesNotExist:
        raise DamagedLineError("its words are missing") from None
    key = (keys_of(line) if known is None else known).get(payload.key)
    if key is None:
        return ERASED
    try:
        plain = storage.unseal(bytes(payload.sealed), key=key, bound=line.bound())
    except storage.DamagedError as error:
        raise DamagedLineError("its words do not belong to what it claims") from error
    if sha256(plain).digest() != bytes(line.payload_digest):
        raise DamagedLineError("its words are not those of its digest")
    told = json.loads(plain)
    return Content(
        actor=told["actor"],
        address=told["address"],
        token=told.get("token", ""),  # lines of early days do not say it
        name=told["name"],
        details=told["details"],
        payload=plain.decode(),
    )
