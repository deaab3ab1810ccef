from typing import ClassVar

from django.conf import settings
from django.db import models

from audits.models.owned import TenantModel, tenant_key


class Activity(TenantModel):
    """Who did what to which object: one line for each write."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    object_name = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [tenant_key("activity")]
        indexes: ClassVar = [models.Index(fields=["client", "-id"], name="activity_latest")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
