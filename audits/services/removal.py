"""Bytes that are to go: written down with the deletion of their row, removed once it is committed.

The row is the truth. Where the storage does not answer then, the beat job tries again until it
does, so that what was deleted is gone in the end.
"""

import logging

from django.db import transaction
from django.db.models import F

from audits import storage
from audits.models import Removal

logger = logging.getLogger(__name__)

_AT_ONCE = 200
_LONGEST_PROBLEM = 300


def ask(name: str) -> None:
    """Write down, in the running transaction, that these bytes are to go; try it once it ended."""
    waiting = Removal.objects.create(name=name)
    # Robust: one file that cannot be removed now must not keep the others.
    transaction.on_commit(lambda: carry_out(waiting), robust=True)


def carry_out(waiting: Removal) -> bool:
    """Remove the bytes, and the note once they are gone; say whether they are."""
    try:
        storage.delete(waiting.name)
    except (OSError, storage.StorageError) as error:
        logger.warning("Stored bytes could not be removed: %s.", error)
        problem = f"{type(error).__name__}: {error}"[:_LONGEST_PROBLEM]
        rows = Removal.objects.filter(pk=waiting.pk)
        rows.update(attempts=F("attempts") + 1, problem=problem)
        return False
    Removal.objects.filter(pk=waiting.pk).delete()
    return True


def carry_out_waiting() -> int:
    """Try what waits, the least tried first; say how much of it is gone."""
    return sum(map(carry_out, Removal.objects.all()[:_AT_ONCE]))
