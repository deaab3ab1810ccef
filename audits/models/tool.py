from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, ToolDecision, TrainsOnData
from audits.models.owned import TenantModel, tenant_key


class AITool(TenantModel):
    """A third-party AI tool that the client's people use, and what was decided about it."""

    name = models.CharField(_("tool"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=200, blank=True)
    data_class = models.CharField(
        _("most sensitive data that goes in"), max_length=20, choices=DataClass
    )
    data_note = models.CharField(_("which data exactly"), max_length=300, blank=True)
    trains_on_data = models.CharField(
        _("does the vendor train on it?"),
        max_length=10,
        choices=TrainsOnData,
        default=TrainsOnData.UNKNOWN,
    )
    decision = models.CharField(
        _("decision"), max_length=20, choices=ToolDecision, default=ToolDecision.UNDECIDED
    )
    conditions = models.TextField(_("conditions"), blank=True)
    next_review = models.DateField(_("next review"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            tenant_key("aitool"),
            models.UniqueConstraint(fields=["client", "name"], name="aitool_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
