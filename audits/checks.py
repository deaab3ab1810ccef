"""Refuse to start with a missing key: `check`, every command and the web server run these."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from audits import storage


def _has_secret_key() -> bool:
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django's own answer to an empty one
        return False


@register(Tags.security)
def keys_are_set(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Name each key that is missing or unusable, and how to make one."""
    found: list[CheckMessage] = []
    if not _has_secret_key():
        found.append(
            Error(
                "SECRET_KEY is not set.",
                hint="Set it to 50 or more random characters, the same on every process.",
                id="audits.E001",
            )
        )
    problem = storage.installation_key_problem()
    if problem:
        found.append(
            Error(
                f"MIA_ENCRYPTION_KEY {problem}.",
                hint="Set it to 32 random bytes in URL-safe base64; without it no stored file"
                " can be read, so keep a copy apart from the backups.",
                id="audits.E002",
            )
        )
    if not settings.BROKER_URL:
        found.append(
            Error(
                "BROKER_URL is not set.",
                hint="Set it to redis://…, redis+socket://… or amqp://…",
                id="audits.E003",
            )
        )
    if not settings.STORAGE_URL.startswith("file:///"):
        found.append(
            Error(
                "STORAGE_URL names no folder of this machine.",
                hint="Set it to file:///…, an absolute path that every process shares.",
                id="audits.E004",
            )
        )
    return found
