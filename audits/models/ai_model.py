from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate, Lower
from django.utils.translation import gettext_lazy as _

from audits.enums import (
    Exposure,
    Hosting,
    Impact,
    Lifecycle,
    Origin,
    Outputs,
    PrivacyUnit,
    Reveals,
    Verbatim,
    VersionKind,
)
from audits.models.dataset import DatasetVersion
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
    hosting = models.CharField(
        _("where it runs"), max_length=20, choices=Hosting, default=Hosting.UNKNOWN
    )
    hosted_by = models.CharField(_("who hosts it"), max_length=200, blank=True)
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
    verbatim = models.CharField(
        _("does it give out stored text word for word?"),
        max_length=10,
        choices=Verbatim,
        default=Verbatim.UNKNOWN,
    )
    dp_unit = models.CharField(
        _("differential privacy in training"),
        max_length=10,
        choices=PrivacyUnit,
        default=PrivacyUnit.NONE,
    )
    dp_epsilon = models.FloatField(_("epsilon"), null=True, blank=True)
    dp_delta = models.FloatField(_("delta"), null=True, blank=True)
    dp_source = models.CharField(_("where these figures come from"), max_length=300, blank=True)
    lifecycle = models.CharField(
        _("status"), max_length=20, choices=Lifecycle, default=Lifecycle.DRAFT
    )
    next_review = models.DateField(_("next review"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name", "id"]
        # What search looks through, without the rows themselves.
        indexes: ClassVar = [
            models.Index(
                F("client"),
                Collate(Lower("name"), "C"),
                name="aimodel_folded",
                include=["name", "id"],
            )
        ]
        constraints: ClassVar = [
            tenant_key("aimodel"),
            models.UniqueConstraint(fields=["client", "name"], name="aimodel_name_once"),
            models.CheckConstraint(
                # Never an epsilon without its unit and delta, nor a unit without an epsilon.
                condition=Q(dp_unit=PrivacyUnit.NONE, dp_epsilon=None, dp_delta=None)
                | Q(
                    ~Q(dp_unit=PrivacyUnit.NONE), dp_epsilon__gt=0, dp_delta__gte=0, dp_delta__lt=1
                ),
                name="aimodel_dp_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(hosted_by="") | Q(hosting=Hosting.THIRD_PARTY),
                name="aimodel_host_of_hosted_alone",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersion(TenantModel):
    """One uploaded state of a model: a model file, or the predictions that it made."""

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    kind = models.CharField(max_length=20, choices=VersionKind)
    # None once the file was deleted: the version stays, because its audits speak of it.
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    retain_until = models.DateField(
        _("keep the file until"),
        null=True,
        blank=True,
        help_text=_("On the day after, the file and the scores of single records are deleted."),
    )
    file_deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    family = models.CharField(max_length=50, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    trained_on = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="trained"
    )
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
            models.CheckConstraint(
                condition=Q(file__isnull=False, file_deleted_at=None)
                | Q(file=None, file_deleted_at__isnull=False),
                name="modelversion_file_there_or_deleted",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["retain_until"],
                name="modelversion_due",
                condition=Q(file_deleted_at=None, retain_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    @property
    def holds_records(self) -> bool:
        """Whether single records can be read from its file, as from the predictions of them."""
        stores = self.facts.get("stores_rows") is True
        return self.kind == VersionKind.PREDICTIONS or stores
