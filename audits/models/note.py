from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.models.ai_model import AIModel
from audits.models.dataset import Dataset
from audits.models.owned import TenantModel, tenant_key
from audits.models.tool import AITool


class Note(TenantModel):
    """What the provider's staff write down for each other; the client's people never read it.

    It is about one model, dataset or AI tool, or about the client itself where it names none.
    """

    model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    dataset = models.ForeignKey(
        Dataset, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    tool = models.ForeignKey(
        AITool, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    text = models.CharField(_("note"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("note"),
            models.CheckConstraint(
                name="note_about_one_thing",
                condition=Q(model=None, dataset=None)
                | Q(model=None, tool=None)
                | Q(dataset=None, tool=None),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "-id"], name="note_newest"),
        ]

    def __str__(self) -> str:
        return self.text
