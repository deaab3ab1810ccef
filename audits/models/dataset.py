from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, Impact, LegalBasis, Reveals, Split
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
    impact_decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    impact_decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    retain_until = models.DateField(
        _("keep the records until"),
        null=True,
        blank=True,
        help_text=_("On the day after, files, versions and scores of single records are deleted."),
    )
    records_deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            tenant_key("dataset"),
            models.UniqueConstraint(fields=["client", "name"], name="dataset_name_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["retain_until"],
                name="dataset_due",
                condition=models.Q(records_deleted_at=None, retain_until__isnull=False),
            ),
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
    # What a person said each column holds, by its name: kinds of guidance/columns.toml, or nothing.
    column_kinds = models.JSONField(default=dict, blank=True)
    columns_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    columns_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Where both sides were drawn here, from one table: seed, share, column, digest of that table.
    drawing = models.JSONField(default=dict, blank=True)
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


class DataPermission(TenantModel):
    """On what legal basis a dataset is used, and who gave permission; a new record is a new row."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="permissions")
    basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    given_by = models.CharField(_("permission given by"), max_length=200)
    given_role = models.CharField(_("role of that person"), max_length=200)
    given_on = models.DateField(_("given on"))
    note = models.TextField(_("note"), blank=True, max_length=2_000)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-given_on", "-id"]
        constraints: ClassVar = [tenant_key("datapermission")]

    def __str__(self) -> str:
        return str(LegalBasis(self.basis).label)
