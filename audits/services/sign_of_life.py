"""Notes that a program of this installation is alive, and that a backup was made."""

from datetime import timedelta

from django.db.models.functions import Now

from audits.enums import SignKind
from audits.models import SignOfLife

# A worker that was not heard of for so long was taken away; nobody waits for it.
FORGOTTEN_AFTER = timedelta(days=1)


def note_worker(*, name: str) -> None:
    """Say that this worker is alive, and forget those that are gone for good."""
    _note(SignKind.WORKER, name[:200])
    gone = SignOfLife.objects.filter(kind=SignKind.WORKER, at__lt=Now() - FORGOTTEN_AFTER)
    gone.delete()


def note_beat() -> None:
    """Say that the beat is alive."""
    _note(SignKind.BEAT)


def note_backup(*, size: int, missing: int) -> None:
    """Say that a backup was made just now; where it lies is nobody's business here."""
    _note(SignKind.BACKUP, size=size, missing=missing)


def _note(kind: SignKind, name: str = "", **details: int) -> None:
    SignOfLife.objects.update_or_create(
        kind=kind, name=name, defaults={"at": Now(), "details": details}
    )
