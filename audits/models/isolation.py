from typing import ClassVar

from django.conf import settings
from django.db import models

from audits.models.owned import ProviderModel, provider_key


class IsolationCheck(ProviderModel):
    """One run of the tenancy self-check, as it came out: a record, never changed afterwards."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()
    version = models.CharField(max_length=40)
    tables = models.PositiveIntegerField()
    passed = models.BooleanField()
    # A list of {key, state, detail}, in the order in which the probes ran.
    probes = models.JSONField()

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [provider_key("isolation_check")]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-id"], name="isolation_check_latest")
        ]

    def __str__(self) -> str:
        return f"Isolation check {self.pk}"
