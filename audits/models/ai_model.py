from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import Exposure, Impact, Lifecycle, Origin, Outputs, Reveals, VersionKind
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile


class AIModel(TenantModel):
    """A model that a client runs or plans: what it is for and who can reach it."""

    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(_("what it is used for"), blank=True)
    people = models.CharField(_("who is in the training data"), max_length=300, blank=True)
    owner_name = models.CharField(_("owner"), max_length=200, blank=True)
    origin = models.CharField(
        _("where it comes from"), max_length=20, choices=Origin, default=Origin.IN_HOUSE
    )
    impact = models.PositiveSmallIntegerField(
        _("most sensitive data it was trained on"), choices=Impact
    )
    reveals = models.CharField(
        _("does being in the data itself reveal something?"), max_length=10, choices=Reveals
    )
    exposure = models.CharField(_("who can reach it"), max_length=20, choices=Exposure)
    outputs = models.CharField(
        _("what it gives back"), max_length=20, choices=Outputs, default=Outputs.PROBS
    )
    lifecycle = models.CharField(
        _("status"), max_length=20, choices=Lifecycle, default=Lifecycle.DRAFT
    )
    next_review = models.DateField(_("next review"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            tenant_key("aimodel"),
            models.UniqueConstraint(fields=["client", "name"], name="aimodel_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersion(TenantModel):
    """One uploaded state of a model: a model file, or the predictions that it made."""

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    kind = models.CharField(max_length=20, choices=VersionKind)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    family = models.CharField(max_length=50, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["model_id", "number"]
        constraints: ClassVar = [
            tenant_key("modelversion"),
            models.UniqueConstraint(fields=["model", "number"], name="modelversion_number_once"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"
