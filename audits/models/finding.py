from typing import ClassVar

from django.db import models

from audits.models.audit import Audit
from audits.models.owned import TenantModel, tenant_key


class Finding(TenantModel):
    """Something an audit showed that asks for action."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="findings")
    key = models.CharField(max_length=60)
    params = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            tenant_key("finding"),
            models.UniqueConstraint(fields=["audit", "key"], name="finding_once"),
        ]

    def __str__(self) -> str:
        return self.key
