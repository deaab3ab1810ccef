from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audits.enums import ACTIVE_STATES, JobKind, JobState
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile

ACTIVE = [state.value for state in ACTIVE_STATES]


class Job(TenantModel):
    """Background work of any kind: this row is the truth about it, the broker only a doorbell."""

    kind = models.CharField(max_length=20, choices=JobKind)
    object_id = models.BigIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_by = models.CharField(max_length=20, default="web")
    # Which request asked for it: the log shows the two together.
    request_id = models.UUIDField(null=True, editable=False)
    state = models.CharField(max_length=20, choices=JobState, default=JobState.QUEUED)
    # Which request this is; two equal ones of a client cannot be active at the same time.
    key = models.CharField(max_length=100)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    step_name = models.CharField(max_length=200, blank=True)
    log_tail = models.TextField(blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=500, blank=True)
    remedy = models.CharField(max_length=500, blank=True)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("job"),
            models.UniqueConstraint(
                fields=["client", "kind", "key"],
                condition=Q(state__in=ACTIVE),
                name="job_active_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "kind", "object_id"], name="job_by_object"),
            models.Index(fields=["client", "state"], name="job_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class JobUnit(TenantModel):
    """One claimable step of a job: leased, counted, and finished at most once."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="units")
    name = models.CharField(max_length=40)
    index = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=JobState, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField()
    output = models.JSONField(default=dict, blank=True)
    output_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["job_id", "index"]
        constraints: ClassVar = [
            tenant_key("jobunit"),
            models.UniqueConstraint(fields=["job", "index"], name="jobunit_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "lease_until"],
                condition=Q(state__in=ACTIVE),
                name="jobunit_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.index} of job {self.job_id}"
