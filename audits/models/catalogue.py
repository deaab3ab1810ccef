from typing import ClassVar

from django.db import models

from audits.models.owned import TenantModel, tenant_key


class CatalogueEdition(models.Model):
    """A state of the catalogue as some checklist was pinned to it: the words, kept for good."""

    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    controls = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.version


class ChecklistPin(TenantModel):
    """Which edition a client's checklist speaks by, until somebody takes over a newer one."""

    edition = models.ForeignKey(CatalogueEdition, on_delete=models.PROTECT, related_name="+")
    pinned_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            tenant_key("checklistpin"),
            models.UniqueConstraint(fields=["client"], name="checklistpin_one_per_client"),
        ]

    def __str__(self) -> str:
        return f"edition {self.edition_id}"
