from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import EvidenceKind
from audits.models.checklist import ChecklistItem
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile


class ChecklistEvidence(TenantModel):
    """What shows that a control is in place: a file, a link or a note, and of which day it is."""

    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=10, choices=EvidenceKind)
    text = models.CharField(_("what it shows"), max_length=1000, blank=True)
    url = models.URLField(_("link"), max_length=500, blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    dated = models.DateField(_("date"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-dated", "-id"]
        constraints: ClassVar = [
            tenant_key("checklistevidence"),
            models.CheckConstraint(
                name="checklistevidence_file_where_it_is_one",
                condition=~Q(kind=EvidenceKind.FILE) | Q(file__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["item", "dated"], name="checklistevidence_newest")
        ]

    def __str__(self) -> str:
        return self.text or self.url or (str(self.file) if self.file_id else "")


class ChecklistComment(TenantModel):
    """A remark on one control, as it was written: who, when, and nothing is changed afterwards."""

    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    text = models.CharField(_("comment"), max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [tenant_key("checklistcomment")]

    def __str__(self) -> str:
        return self.text
