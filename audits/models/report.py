from typing import ClassVar

from django.conf import settings
from django.db import models

from audits.enums import ReportState
from audits.models.audit import Audit
from audits.models.job import Job
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile


class Report(TenantModel):
    """A frozen document about one audit: `data` is what it says, `file` the bytes once made."""

    number = models.PositiveIntegerField()
    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="reports")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="report")
    state = models.CharField(max_length=20, choices=ReportState, default=ReportState.DRAFT)
    data = models.JSONField()
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            tenant_key("report"),
            models.UniqueConstraint(fields=["client", "number"], name="report_number_once"),
        ]

    def __str__(self) -> str:
        return f"Report {self.number}"
