from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audits.enums import ACTIVE_STATES, JobKind, JobState, ProviderJobKind
from audits.models.owned import ProviderModel, TenantModel, provider_key, tenant_key
from audits.models.stored_file import StoredFile

ACTIVE = [state.value for state in ACTIVE_STATES]


class Work(models.Model):
    """Background work of any kind: this row is the truth about it, the broker only a doorbell."""

    object_id = models.BigIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_by = models.CharField(max_length=20, default="web")
    # Which request asked for it: the log shows the two together.
    request_id = models.UUIDField(null=True, editable=False)
    state = models.CharField(max_length=20, choices=JobState, default=JobState.QUEUED)
    # Which request this is; two equal ones of an owner cannot be active at the same time.
    key = models.CharField(max_length=100)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    step_name = models.CharField(max_length=200, blank=True)
    log_tail = models.TextField(blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=500, blank=True)
    remedy = models.CharField(max_length=500, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class WorkUnit(models.Model):
    """One claimable step of a job: leased, counted, and finished at most once."""

    # The column that keeps what the unit made: where bytes of this owner lie.
    kept_in: ClassVar[str]

    name = models.CharField(max_length=40)
    index = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=JobState, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField()
    output = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True


class Job(Work, TenantModel):
    """Work for a client."""

    kind = models.CharField(max_length=20, choices=JobKind)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")

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

    @property
    def owners(self) -> dict[str, Any]:
        """Whose its units are."""
        return {"provider_id": self.provider_id, "client_id": self.client_id}


class JobUnit(WorkUnit, TenantModel):
    """One step of work for a client; what it makes is a stored file."""

    kept_in: ClassVar[str] = "output_file"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="units")
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


class ProviderJob(Work, ProviderModel):
    """Work for a provider itself, about which no client hears."""

    kind = models.CharField(max_length=20, choices=ProviderJobKind)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            provider_key("providerjob"),
            models.UniqueConstraint(
                fields=["provider", "kind", "key"],
                condition=Q(state__in=ACTIVE),
                name="providerjob_active_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def owners(self) -> dict[str, Any]:
        """Whose its units are."""
        return {"provider_id": self.provider_id}

    @property
    def seal_context(self) -> bytes:
        """What the bytes that its units make are bound to."""
        return f"provider {self.provider_id} {self.kind} {self.object_id}".encode()


class ProviderJobUnit(WorkUnit, ProviderModel):
    """One step of work for a provider; what it makes is sealed under the provider's key."""

    kept_in: ClassVar[str] = "sealed"

    job = models.ForeignKey(ProviderJob, on_delete=models.CASCADE, related_name="units")
    sealed = models.BinaryField(default=b"", blank=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["job_id", "index"]
        constraints: ClassVar = [
            provider_key("providerjobunit"),
            models.UniqueConstraint(fields=["job", "index"], name="providerjobunit_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "lease_until"],
                condition=Q(state__in=ACTIVE),
                name="providerjobunit_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.index} of provider job {self.job_id}"


AnyJob = Job | ProviderJob
AnyUnit = JobUnit | ProviderJobUnit
