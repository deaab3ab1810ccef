from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import ToolCategory, ToolDecision
from audits.models.owned import ProviderModel, provider_key


class VendorSheet(ProviderModel):
    """What a provider knows of a tool in one plan, for all of its clients that use it."""

    vendor = models.CharField(_("vendor"), max_length=200)
    product = models.CharField(_("product"), max_length=200)
    tier = models.CharField(_("plan"), max_length=100, blank=True)
    category = models.CharField(
        _("category"), max_length=20, choices=ToolCategory, default=ToolCategory.OTHER
    )
    is_shared = models.BooleanField(_("one account serves several clients"), default=False)
    notes = models.TextField(_("notes"), blank=True)
    default_decision = models.CharField(
        _("usual decision"), max_length=20, choices=ToolDecision, default=ToolDecision.UNDECIDED
    )
    default_data = models.JSONField(_("data that may go in"), default=list, blank=True)
    default_conditions = models.TextField(_("conditions"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["vendor", "product", "tier", "id"]
        constraints: ClassVar = [
            provider_key("vendorsheet"),
            models.UniqueConstraint(
                fields=["provider", "vendor", "product", "tier"], name="vendorsheet_name_once"
            ),
        ]

    def __str__(self) -> str:
        plan = f", {self.tier}" if self.tier else ""
        return f"{self.vendor} {self.product}{plan}"


class VendorTerms(ProviderModel):
    """The terms of a plan as they stood on a day: a copy that nobody can take back."""

    sheet = models.ForeignKey(VendorSheet, on_delete=models.PROTECT, related_name="terms")
    url = models.URLField(_("link"), max_length=500, blank=True)
    dated = models.DateField(_("date of the terms"), null=True, blank=True)
    text = models.TextField(_("text of the terms"), blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [provider_key("vendorterms")]

    def __str__(self) -> str:
        return str(self.dated or self.sha256[:12] or self.pk)


class VendorReview(ProviderModel):
    """The questions about a sheet, answered step by step; it stands once it is completed.

    `answers` maps a question to its answer, what that rests on, and a note. `terms` are those that
    were in force when the review was completed: other ones make it out of date.
    """

    sheet = models.ForeignKey(VendorSheet, on_delete=models.PROTECT, related_name="reviews")
    answers = models.JSONField(default=dict, blank=True)
    version = models.CharField(max_length=20, help_text=_("Version of the questions."))
    terms = models.ForeignKey(VendorTerms, on_delete=models.PROTECT, null=True, related_name="+")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            provider_key("vendorreview"),
            models.UniqueConstraint(
                fields=["provider", "sheet"],
                condition=Q(completed_at=None),
                name="vendorreview_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"
