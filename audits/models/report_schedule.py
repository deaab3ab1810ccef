"""Reports that are made again and again: what, when, for whom, and what came of each day."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import SCHEDULED_KINDS, ReportKind, ReportRhythm, ReportRunState
from audits.models.owned import TenantModel, tenant_key
from audits.models.report import Report


class ReportSchedule(TenantModel):
    """A report that is made every month or quarter; deleted ones keep their row for the history."""

    kind = models.CharField(_("kind"), max_length=20, choices=ReportKind)
    rhythm = models.CharField(
        _("how often"), max_length=20, choices=ReportRhythm, default=ReportRhythm.MONTHLY
    )
    sections = models.JSONField(_("what stands in it"), default=list, blank=True)
    next_on = models.DateField(_("next report on"))
    # The day of the month that was chosen: the 31st comes back after a shorter month.
    day_of_month = models.PositiveSmallIntegerField(editable=False)
    held = models.BooleanField(
        _("Hold for review"),
        default=True,
        help_text=_(
            "The report waits until somebody of your team has looked at it and sent it. Without"
            " this it is sent by itself as soon as it is made."
        ),
    )
    # Where whoever saved it reached the portal: links begin so where no address is configured.
    portal = models.CharField(max_length=200, blank=True, editable=False)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["next_on", "id"]
        constraints: ClassVar = [
            tenant_key("reportschedule"),
            models.CheckConstraint(
                name="reportschedule_kind_can_be_scheduled",
                condition=Q(kind__in=[kind.value for kind in SCHEDULED_KINDS]),
            ),
            models.CheckConstraint(
                name="reportschedule_day_of_a_month",
                condition=Q(day_of_month__gte=1, day_of_month__lte=31),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_on"],
                name="reportschedule_due",
                condition=Q(paused_at=None, deleted_at=None),
            )
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class ReportScheduleReader(TenantModel):
    """Somebody who can log in and gets the link each time; `is_hidden` for a hidden copy."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_hidden = models.BooleanField(_("hidden copy"), default=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            tenant_key("reportschedulereader"),
            models.UniqueConstraint(
                fields=["schedule", "user"], name="reportschedulereader_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} to {self.user_id}"


class ReportRun(TenantModel):
    """What came of one day of a schedule: that there is one row for a day makes it happen once."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.PROTECT, related_name="runs")
    due_on = models.DateField(_("due on"))
    # Earlier days that this report stands for as well: nothing ran on them.
    missed = models.PositiveSmallIntegerField(_("days missed before"), default=0)
    report = models.OneToOneField(
        Report, on_delete=models.PROTECT, null=True, blank=True, related_name="run"
    )
    state = models.CharField(max_length=20, choices=ReportRunState, default=ReportRunState.MAKING)
    problem = models.CharField(_("what went wrong"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-due_on", "-id"]
        constraints: ClassVar = [
            tenant_key("reportrun"),
            models.UniqueConstraint(fields=["schedule", "due_on"], name="reportrun_once_for_a_day"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="reportrun_making",
                condition=Q(state=ReportRunState.MAKING),
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} on {self.due_on}"
