from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, Impact, Reveals, Split
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile


class Dataset(TenantModel):
    """Records that a model was trained on, with comparable records that it never saw."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("what it holds"), blank=True)
    data_class = models.CharField(
        _("kind of data"), max_length=20, choices=DataClass, default=DataClass.PERSONAL
    )
    impact = models.PositiveSmallIntegerField(_("how sensitive it is"), choices=Impact)
    reveals = models.CharField(
        _("does being in the data itself reveal something?"), max_length=10, choices=Reveals
    )
    owner_name = models.CharField(_("owner"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            tenant_key("dataset"),
            models.UniqueConstraint(fields=["client", "name"], name="dataset_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DatasetVersion(TenantModel):
    """One uploaded state of a dataset, cut into records used for training and held out."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    members_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    nonmembers_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    population_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    target = models.CharField(_("label column"), max_length=200)
    drop = models.JSONField(_("columns to leave out"), default=list, blank=True)
    group = models.CharField(_("person column"), max_length=200, blank=True)
    weight = models.CharField(_("weight column"), max_length=200, blank=True)
    subgroups = models.JSONField(_("groups to look at"), default=list, blank=True)
    split = models.CharField(
        _("how the held-out records were chosen"),
        max_length=10,
        choices=Split,
        default=Split.UNKNOWN,
    )
    members = models.PositiveIntegerField()
    nonmembers = models.PositiveIntegerField()
    profile = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["dataset_id", "number"]
        constraints: ClassVar = [
            tenant_key("datasetversion"),
            models.UniqueConstraint(
                fields=["dataset", "number"], name="datasetversion_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"
