from typing import TYPE_CHECKING, Self, cast

from django.db import models

if TYPE_CHECKING:
    from audits.tenancy.managers import TenantQuerySet


class ScopedModel(models.Model):
    """A row that a scope shows or hides."""

    class Meta:
        abstract = True

    def delete(
        self,
        using: str | None = None,
        keep_parents: bool = False,  # noqa: FBT001, FBT002 - Django's own signature
    ) -> tuple[int, dict[str, int]]:
        """Refuse outside the scope: Django deletes a single row without asking the manager."""
        rows = type(self)._base_manager.get_queryset()  # noqa: SLF001 - what Django itself would ask
        cast("TenantQuerySet[Self]", rows).refuse_foreign_row(self)
        return super().delete(using=using, keep_parents=keep_parents)
