from typing import ClassVar

from django.db import models
from django.db.models import Q

from audits.models.ai_model import AIModel
from audits.models.audit import Audit
from audits.models.owned import TenantModel, tenant_key
from audits.models.tool import AITool


class Finding(TenantModel):
    """Something that asks for action: an audit showed it, a tool's review, or an answer.

    It is about an audit, a tool or a model; about the client as a whole where it names none.
    """

    audit = models.ForeignKey(
        Audit, on_delete=models.CASCADE, null=True, blank=True, related_name="findings"
    )
    tool = models.ForeignKey(
        AITool, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=60)
    params = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            tenant_key("finding"),
            models.UniqueConstraint(fields=["audit", "key"], name="finding_once"),
            models.UniqueConstraint(fields=["tool", "key"], name="finding_of_tool_once"),
            models.UniqueConstraint(fields=["model", "key"], name="finding_of_model_once"),
            models.UniqueConstraint(
                fields=["client", "key"],
                name="finding_of_client_once",
                condition=Q(audit=None, tool=None, model=None),
            ),
            models.CheckConstraint(
                name="finding_about_one_thing",
                condition=Q(audit=None, tool=None)
                | Q(audit=None, model=None)
                | Q(tool=None, model=None),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def about(self) -> str:
        """Name of what it is about."""
        if self.audit is not None:
            return self.audit.model_version.model.name
        return str(self.tool or self.model or self.client)
