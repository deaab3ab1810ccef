"""Letters that wait for the operator, or were given up."""

from django.db.models import QuerySet

from audits.enums import MailState
from audits.models import OutgoingMail


def waiting() -> QuerySet[OutgoingMail]:
    """Letters that nobody has yet, oldest first, as far as they can still be read."""
    rows = OutgoingMail.objects.filter(state__in=[MailState.QUEUED, MailState.FAILED])
    return rows.exclude(sealed="").order_by("pk")


def letter(pk: int) -> OutgoingMail | None:
    return OutgoingMail.objects.filter(pk=pk).first()
