from django.db import models


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
        type(self)._base_manager.get_queryset().refuse_foreign_row(self)
        return super().delete(using=using, keep_parents=keep_parents)
