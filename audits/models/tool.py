from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, ToolCategory, ToolDecision, TrainsOnData
from audits.models.owned import TenantModel, tenant_key
from audits.models.vendor import VendorReview, VendorSheet


class AITool(TenantModel):
    """A third-party AI tool that the client's people use, and how its review stands.

    Decision, conditions, next review and whether the vendor trains are those of the newest
    decision: the people of the client read them here, and the rules ask for them.
    """

    name = models.CharField(_("tool"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=200, blank=True)
    sheet = models.ForeignKey(
        VendorSheet,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fact sheet"),
    )
    category = models.CharField(
        _("category"), max_length=20, choices=ToolCategory, default=ToolCategory.OTHER
    )
    people = models.PositiveIntegerField(_("people who use it"), null=True, blank=True)
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
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    requested_at = models.DateTimeField(null=True, blank=True)
    in_review_since = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(
        _("decision"), max_length=20, choices=ToolDecision, default=ToolDecision.UNDECIDED
    )
    plan = models.CharField(_("plan"), max_length=100, blank=True)
    allowed_data = models.JSONField(_("data that may go in"), default=list, blank=True)
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


class ToolRuling(TenantModel):
    """What was decided about a tool at one client, who asked for it, and on which figures."""

    tool = models.ForeignKey(AITool, on_delete=models.PROTECT, related_name="rulings")
    review = models.ForeignKey(VendorReview, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(_("decision"), max_length=20, choices=ToolDecision)
    data_classes = models.JSONField(_("data that may go in"), default=list, blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    review_on = models.DateField(_("next review"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(auto_now_add=True)
    impact = models.PositiveSmallIntegerField()
    risk = models.PositiveSmallIntegerField(null=True)
    pass_mark = models.PositiveSmallIntegerField(null=True)
    knock_outs = models.JSONField(default=list, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("toolruling"),
            models.CheckConstraint(
                name="toolruling_two_people",
                condition=~Q(requested_by=F("decided_by"))
                | Q(requested_by=None)
                | Q(decided_by=None),
            ),
            models.CheckConstraint(
                name="toolruling_is_a_decision", condition=~Q(decision=ToolDecision.UNDECIDED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.tool_id}"
