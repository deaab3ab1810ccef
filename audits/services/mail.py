"""Letters: written down encrypted with the work that asks for them, sent by a worker after commit.

The row is the truth. Whoever sends a letter claims it first by moving the moment at which it is
due, so that a worker that dies leaves it to the next one, and a message that comes twice finds it
taken. Where the installation has no mail server, letters wait for the operator to hand over.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from audits import queue, storage
from audits.charts.lettering import legible
from audits.enums import MailKind, MailState
from audits.models import OutgoingMail
from audits.services.errors import NotPossible

MOST_ATTEMPTS = 5
_BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=25),
    timedelta(hours=2),
)
_KEPT = timedelta(days=30)
_AT_ONCE = 50
_LASTS = timedelta(days=7)
_WAITING = (MailState.QUEUED, MailState.FAILED)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a letter says."""

    subject: str
    body: str


def in_a_line(name: object) -> str:
    """A name as a letter shows it: people choose them, and none writes a paragraph of its own."""
    return " ".join(legible(str(name)).split())


def is_configured() -> bool:
    """Say whether this installation can send mail by itself."""
    return bool(settings.MIA_SENDS_MAIL)


@transaction.atomic
def send(
    *, recipient: str, kind: MailKind, subject: str, body: str, lasts: timedelta = _LASTS
) -> OutgoingMail:
    """Put a letter on its way; it goes once this transaction is committed, or waits."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    letter = "\n".join((" ".join(subject.split()), body))
    made = OutgoingMail.objects.create(
        recipient=recipient,
        kind=kind,
        sealed=storage.seal_text(letter, context=_context(recipient)),
        due_at=Now(),
        expires_at=Now() + lasts,
        message_id=f"<{uuid.uuid4()}@{sender.rpartition('@')[2] or 'localhost'}>",
    )
    if is_configured():
        queue.ring_mail(mail_id=made.pk)
    return made


def read(mail: OutgoingMail) -> Letter:
    """Open what a letter says; raises NotPossible where it is gone or of another key."""
    if not mail.sealed:
        raise NotPossible("What this letter said is gone: it was delivered, or is out of date.")
    try:
        text = storage.unseal_text(mail.sealed, context=_context(mail.recipient))
    except storage.DamagedError as error:
        raise NotPossible("This letter cannot be read: it was sealed under another key.") from error
    subject, _line, body = text.partition("\n")
    return Letter(subject=subject, body=body)


def _context(recipient: str) -> bytes:
    return b"mail to " + recipient.encode()


def deliver(mail_id: int) -> bool:
    """Send one letter if it is due and nobody else is at it; says whether it was accepted."""
    claimed = _claim(mail_id) if is_configured() else None
    if claimed is None:
        return False
    try:
        letter = read(claimed)
        EmailMessage(
            subject=letter.subject,
            body=letter.body,
            to=[claimed.recipient],
            headers={"Message-ID": claimed.message_id, "Auto-Submitted": "auto-generated"},
        ).send()
    except NotPossible as error:
        _finish(claimed, MailState.FAILED, problem=str(error))
        return False
    except (OSError, ValueError) as error:  # what a mail server refuses is an OSError too
        _put_off(claimed, f"{type(error).__name__}: {error}")
        return False
    return _finish(claimed, MailState.SENT)


def _claim(mail_id: int) -> OutgoingMail | None:
    token, lease = uuid.uuid4(), timedelta(seconds=settings.MIA_MAIL_LEASE_SECONDS)
    taken = OutgoingMail.objects.filter(
        pk=mail_id,
        state=MailState.QUEUED,
        due_at__lte=Now(),
        expires_at__gt=Now(),
        attempts__lt=MOST_ATTEMPTS,
    ).update(token=token, attempts=F("attempts") + 1, due_at=Now() + lease)
    return OutgoingMail.objects.get(pk=mail_id) if taken else None


def _finish(mail: OutgoingMail, state: MailState, *, problem: str = "") -> bool:
    """End a letter under its claim: delivered ones are erased, the others kept for the operator."""
    held = OutgoingMail.objects.filter(pk=mail.pk, token=mail.token, state=MailState.QUEUED)
    erased = {"sealed": ""} if state != MailState.FAILED else {}
    ended = held.update(state=state, token=None, finished_at=Now(), problem=problem[:300], **erased)
    return ended == 1


def _put_off(mail: OutgoingMail, problem: str) -> None:
    logger.warning("Letter %s was not accepted at attempt %s.", mail.pk, mail.attempts)
    if mail.attempts >= MOST_ATTEMPTS:
        _finish(mail, MailState.FAILED, problem=problem)
        return
    held = OutgoingMail.objects.filter(pk=mail.pk, token=mail.token, state=MailState.QUEUED)
    wait = _BACK_OFF[mail.attempts - 1]
    held.update(token=None, due_at=Now() + wait, problem=problem[:300])


def deliver_due() -> int:
    """Send what is due, and clear what nobody needs any more; says how many were accepted."""
    rows = OutgoingMail.objects
    rows.filter(state__in=_WAITING, expires_at__lte=Now()).exclude(sealed="").update(
        state=MailState.FAILED, sealed="", finished_at=Now(), problem="It was out of date."
    )
    rows.filter(state=MailState.QUEUED, attempts__gte=MOST_ATTEMPTS, due_at__lte=Now()).update(
        state=MailState.FAILED, token=None, finished_at=Now()
    )
    rows.exclude(state=MailState.QUEUED).filter(finished_at__lt=Now() - _KEPT).delete()
    due = rows.filter(state=MailState.QUEUED, due_at__lte=Now()).order_by("due_at")
    return sum(deliver(pk) for pk in list(due.values_list("pk", flat=True)[:_AT_ONCE]))


@transaction.atomic
def hand_over(mail: OutgoingMail) -> None:
    """Note that the operator passed a letter on by other means, and erase what it said."""
    handed = OutgoingMail.objects.filter(pk=mail.pk, state__in=_WAITING).update(
        state=MailState.HANDED_OVER, sealed="", token=None, finished_at=Now()
    )
    if not handed:
        raise NotPossible("This letter is not waiting any more.")


@transaction.atomic
def try_again(mail: OutgoingMail) -> None:
    """Put a letter that was given up back on its way."""
    again = OutgoingMail.objects.filter(
        pk=mail.pk, state=MailState.FAILED, expires_at__gt=Now()
    ).exclude(sealed="")
    if not again.update(
        state=MailState.QUEUED, attempts=0, due_at=Now(), finished_at=None, problem=""
    ):
        raise NotPossible(
            "Only a letter that was not sent and is still in date can be tried again."
        )
    if is_configured():
        queue.ring_mail(mail_id=mail.pk)
