from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audits.enums import Treatment
from audits.models.checklist import ChecklistItem
from audits.models.owned import TenantModel, tenant_key


class RiskDecision(TenantModel):
    """What was decided about an open action, by whom and why.

    The database lets nobody change or delete one: another decision is another row.
    """

    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="decisions")
    treatment = models.CharField(_("decision"), max_length=20, choices=Treatment)
    reason = models.CharField(_("reason"), max_length=1000)
    signature = models.CharField(_("name of who decides"), max_length=200)
    decided_on = models.DateField(_("date"))
    # How urgent the action was when it was decided.
    priority = models.FloatField()
    # Neither a key of the database nor a cascade: a decision outlives the account it names.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [tenant_key("riskdecision")]
        indexes: ClassVar = [models.Index(fields=["item", "-id"], name="riskdecision_latest")]

    def __str__(self) -> str:
        return f"{self.get_treatment_display()}: {self.signature}"
