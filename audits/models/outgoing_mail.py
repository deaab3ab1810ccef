from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import MailKind, MailState


class OutgoingMail(models.Model):
    """A letter on its way; what it says is encrypted, and erased as soon as it is delivered."""

    recipient = models.EmailField(_("to"))
    kind = models.CharField(max_length=20, choices=MailKind)
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=MailState, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Who sends it holds the token of the claim; until `due_at` nobody else takes it.
    token = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The same at every attempt, so that a mailbox can tell a second copy.
    message_id = models.CharField(max_length=200)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="outgoing_mail_due",
                condition=models.Q(state=MailState.QUEUED.value),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.recipient}"
