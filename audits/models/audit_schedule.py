"""Models that are measured again and again: how often, and what came of each day."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import AuditRhythm
from audits.models.ai_model import AIModel
from audits.models.audit import Audit
from audits.models.owned import TenantModel, tenant_key


class AuditSchedule(TenantModel):
    """When a model is measured again; deleted ones keep their row for the history."""

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="schedules")
    rhythm = models.CharField(
        _("how often"), max_length=20, choices=AuditRhythm, default=AuditRhythm.QUARTERLY
    )
    next_on = models.DateField(_("next audit on"))
    # The day of the month that was chosen: the 31st comes back after a shorter month.
    day_of_month = models.PositiveSmallIntegerField(editable=False)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["next_on", "id"]
        constraints: ClassVar = [
            tenant_key("auditschedule"),
            models.UniqueConstraint(
                fields=["model"],
                name="auditschedule_one_for_a_model",
                condition=Q(deleted_at=None),
            ),
            models.CheckConstraint(
                name="auditschedule_day_of_a_month",
                condition=Q(day_of_month__gte=1, day_of_month__lte=31),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_on"],
                name="auditschedule_due",
                condition=Q(paused_at=None, deleted_at=None),
            )
        ]

    def __str__(self) -> str:
        return str(self.model)


class AuditRun(TenantModel):
    """What came of one day of a schedule: that there is one row for a day makes it happen once."""

    schedule = models.ForeignKey(AuditSchedule, on_delete=models.PROTECT, related_name="runs")
    due_on = models.DateField(_("due on"))
    # Earlier days that this audit stands for as well: nothing ran on them.
    missed = models.PositiveSmallIntegerField(_("days missed before"), default=0)
    audit = models.OneToOneField(
        Audit, on_delete=models.PROTECT, null=True, blank=True, related_name="run"
    )
    problem = models.CharField(_("why none was started"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-due_on", "-id"]
        constraints: ClassVar = [
            tenant_key("auditrun"),
            models.UniqueConstraint(fields=["schedule", "due_on"], name="auditrun_once_for_a_day"),
            models.CheckConstraint(
                name="auditrun_started_or_says_why",
                condition=Q(audit__isnull=False) | ~Q(problem=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} on {self.due_on}"
