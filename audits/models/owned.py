"""What every tenant table has: provider, client, and a key that other tables can point at."""

from typing import Any, ClassVar, Self

from django.db import models

from audits.models.tenant import Client, Provider
from audits.tenancy.managers import TenantManager
from audits.tenancy.scopes import ScopeError, current_scope


class TenantModel(models.Model):
    """Base of every row that belongs to a client."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[TenantManager[Self]] = TenantManager()  # type: ignore[misc]

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def delete(
        self,
        using: str | None = None,
        keep_parents: bool = False,  # noqa: FBT001, FBT002 - Django's own signature
    ) -> tuple[int, dict[str, int]]:
        """Refuse outside the scope: Django deletes a single row without asking the manager."""
        if self.client_id not in current_scope().client_ids:
            raise ScopeError(f"{type(self).__name__} is not in scope; nothing was deleted.")
        return super().delete(using=using, keep_parents=keep_parents)


def tenant_key(name: str, **extra: Any) -> models.UniqueConstraint:  # noqa: ANN401 - Django's own options
    """`UNIQUE (client_id, id)`: the target of composite foreign keys."""
    return models.UniqueConstraint(fields=["client", "id"], name=f"{name}_client_id_uniq", **extra)
