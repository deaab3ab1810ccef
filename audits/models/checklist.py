from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.enums import Answer, Treatment, WorkStatus
from audits.models.catalogue import CatalogueEdition
from audits.models.finding import Finding
from audits.models.owned import TenantModel, tenant_key


class ChecklistItem(TenantModel):
    """One control of the catalogue that applies to this client, and how it stands."""

    control = models.CharField(max_length=20)
    catalogue_version = models.CharField(max_length=20)
    answer = models.CharField(_("answer"), max_length=20, choices=Answer, default=Answer.UNANSWERED)
    reason = models.CharField(_("why it does not apply"), max_length=500, blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=WorkStatus, default=WorkStatus.TO_DO
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    owner_name = models.CharField(_("somebody without an account"), max_length=200, blank=True)
    due = models.DateField(_("due"), null=True, blank=True)
    # The date is that of the rating, and goes with the finding that brought it.
    dated_by_finding = models.BooleanField(default=False, editable=False)
    note = models.TextField(_("note"), blank=True)
    # The newest finding that put this control first; empty where only the facts apply it.
    finding = models.ForeignKey(
        Finding, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    priority = models.FloatField(default=0)
    # The decision that stands; empty again once the matter has become graver than it was then.
    decided = models.CharField(_("decision"), max_length=20, choices=Treatment, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    # That a control does not apply counts once somebody else has said so too.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The edition whose words it keeps, where the catalogue asks for it no longer.
    retired_from = models.ForeignKey(
        CatalogueEdition, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-priority", "control"]
        constraints: ClassVar = [
            tenant_key("checklistitem"),
            models.UniqueConstraint(fields=["client", "control"], name="checklistitem_once"),
            models.CheckConstraint(
                name="checklistitem_not_applicable_has_reason",
                condition=~Q(answer=Answer.NOT_APPLICABLE) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="checklistitem_confirmed_is_not_applicable",
                condition=Q(confirmed_at=None) | Q(answer=Answer.NOT_APPLICABLE),
            ),
            models.CheckConstraint(
                name="checklistitem_confirmed_by_another_person",
                condition=Q(confirmed_by=None)
                | Q(answered_by=None)
                | ~Q(confirmed_by=F("answered_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.control
