from collections.abc import Mapping
from typing import Any

from django.db import models

from audits.models import Activity, Client, User


def record(
    *,
    client: Client,
    actor: User | None,
    verb: str,
    obj: models.Model,
    details: Mapping[str, Any] | None = None,
) -> Activity:
    """Write the one line that every write leaves behind."""
    return Activity.objects.create(
        provider_id=client.provider_id,
        client=client,
        actor=actor,
        verb=verb,
        object_type=obj._meta.model_name or "",  # noqa: SLF001 - Django's documented model API
        object_id=obj.pk,
        object_name=str(obj)[:300],
        details=dict(details or {}),
    )
