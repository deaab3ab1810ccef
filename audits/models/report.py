from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import AUDIT_KINDS, ReportKind, ReportState
from audits.models.audit import Audit
from audits.models.job import Job
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile
from audits.models.tool import AITool


class Report(TenantModel):
    """A frozen document: `data` is what it says, `file` the bytes once made.

    What it is about depends on its kind: an audit, an AI tool, or the client in a period.
    """

    number = models.PositiveIntegerField()
    kind = models.CharField(
        _("kind"), max_length=20, choices=ReportKind, default=ReportKind.OWNER_SUMMARY
    )
    audit = models.ForeignKey(
        Audit, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    tool = models.ForeignKey(
        AITool, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="report")
    state = models.CharField(max_length=20, choices=ReportState, default=ReportState.DRAFT)
    # Staff alone reads it until it is sent, and somebody has to look at it before.
    held = models.BooleanField(_("held for review"), default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    data = models.JSONField()
    # The client's logo or its provider's, as it was then: pages are drawn from what is frozen.
    logo = models.BinaryField(default=b"", blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            tenant_key("report"),
            models.UniqueConstraint(fields=["client", "number"], name="report_number_once"),
            models.CheckConstraint(
                name="report_has_its_subject",
                condition=(
                    Q(kind__in=AUDIT_KINDS, audit__isnull=False)
                    | Q(kind=ReportKind.TOOL, tool__isnull=False)
                    | Q(
                        kind=ReportKind.QUARTER,
                        period_start__isnull=False,
                        period_end__isnull=False,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Report {self.number}"

    @property
    def is_summary(self) -> bool:
        """Say whether it is the two pages for an owner, which have a form of their own."""
        return self.kind == ReportKind.OWNER_SUMMARY

    @property
    def was_sent(self) -> bool:
        return self.sent_at is not None

    @property
    def about(self) -> str:
        """The model, tool or quarter that it is on, as the log names it."""
        if self.audit is not None:
            return self.audit.model_version.model.name
        return self.tool.name if self.tool is not None else str(self.data["period"])

    @property
    def subject(self) -> str:
        """What it is about, as it is printed."""
        said: dict[str, Any] = self.data
        if not self.is_summary:
            return str(said["period"] or said["subject"])
        return f"{said['system']}, {said['audit_date']}"

    @property
    def badge(self) -> str:
        """The rating in it; empty where it gives none."""
        if not self.is_summary:
            return str(self.data["badge"])
        return str(self.data["rating"]["badge"])


class ReportSending(TenantModel):
    """That a report was sent to somebody: a letter with a link, which ends on a day."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="sendings")
    recipient = models.EmailField(_("to"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    # The letter's own mark, by which its way can be followed while the letter is kept.
    message_id = models.CharField(max_length=200, blank=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # A hidden copy: nobody else who gets the letter, and nobody at the client, reads of it.
    is_hidden = models.BooleanField(_("hidden copy"), default=False, editable=False)
    sent_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("the link ends"))

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [tenant_key("reportsending")]

    def __str__(self) -> str:
        return f"{self.report_id} to {self.recipient}"
