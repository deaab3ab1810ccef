from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audits.enums import Exposure, Impact, Outcome, Preset, RatingBadge, Reveals, Split
from audits.models.ai_model import ModelVersion
from audits.models.authorisation import Authorisation
from audits.models.dataset import DatasetVersion
from audits.models.job import Job
from audits.models.owned import TenantModel, tenant_key


class Audit(TenantModel):
    """One measurement of one model version. Its result is written once; a re-run is a new row."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="audits")
    dataset_version = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="audits"
    )
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="audit")
    preset = models.CharField(max_length=10, choices=Preset, default=Preset.STANDARD)
    split = models.CharField(max_length=10, choices=Split, default=Split.UNKNOWN)
    seed = models.PositiveBigIntegerField(default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # The permission it rests on; none for those that ran before one was asked for.
    authorisation = models.ForeignKey(
        Authorisation, on_delete=models.PROTECT, null=True, related_name="+"
    )

    # The facts that the rating rests on, as they were when the audit was asked for.
    impact = models.PositiveSmallIntegerField(choices=Impact)
    reveals = models.CharField(max_length=10, choices=Reveals)
    exposure = models.CharField(max_length=20, choices=Exposure)

    # Who has seen that it failed and leaves it at that: then it asks for nobody's attention.
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    document = models.JSONField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    reached = models.CharField(max_length=2, blank=True)
    ceiling = models.CharField(max_length=2, blank=True)
    grade = models.CharField(max_length=1, blank=True)
    badge = models.CharField(max_length=20, choices=RatingBadge, blank=True)
    likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    rated_impact = models.PositiveSmallIntegerField(null=True, blank=True)
    rating_trace = models.JSONField(default=list, blank=True)
    # With which attacks, and by which policy of the house, it was measured: as the document says.
    engine_version = models.CharField(max_length=40, blank=True)
    house_policy = models.CharField(max_length=40, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    # Since when the records it was measured on, and every score of single ones, are gone.
    records_deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("audit"),
            models.CheckConstraint(
                name="audit_result_whole_or_absent",
                condition=(
                    Q(completed_at__isnull=True, document__isnull=True, outcome="", badge="")
                    | (
                        Q(completed_at__isnull=False, document__isnull=False)
                        & ~Q(outcome="")
                        & ~Q(badge="")
                    )
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "model_version", "-completed_at"], name="audit_latest"),
        ]

    def __str__(self) -> str:
        return f"Audit {self.pk}"

    @property
    def repeats(self) -> int | None:
        """The audit that this one measures once more; None where it was asked for by itself."""
        earlier = self.job.retry_of if self.job is not None else None
        return earlier.object_id if earlier is not None else None
