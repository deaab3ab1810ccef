"""What every owned table has: provider, mostly client, and a key that others can point at."""

from typing import Any, ClassVar, Self

from django.db import models

from audits.models.scoped import ScopedModel
from audits.models.tenant import Client, Provider
from audits.tenancy.managers import ProviderRowsManager, TenantManager


class TenantModel(ScopedModel):
    """Base of every row that belongs to a client."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class ProviderModel(ScopedModel):
    """Base of every row that belongs to a provider itself: seen by its staff alone."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[ProviderRowsManager[Self]] = ProviderRowsManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


def tenant_key(name: str, **extra: Any) -> models.UniqueConstraint:  # noqa: ANN401 - Django's own options
    """`UNIQUE (client_id, id)`: the target of composite foreign keys."""
    return models.UniqueConstraint(fields=["client", "id"], name=f"{name}_client_id_uniq", **extra)


def provider_key(name: str, **extra: Any) -> models.UniqueConstraint:  # noqa: ANN401 - Django's own options
    """`UNIQUE (provider_id, id)`: the target of composite foreign keys."""
    return models.UniqueConstraint(
        fields=["provider", "id"], name=f"{name}_provider_id_uniq", **extra
    )
