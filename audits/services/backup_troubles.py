"""Says in a sentence what a disk, the database or a key has against a backup or a restore."""

import contextlib
from collections.abc import Iterator

import psycopg

from audits.services.backup_stream import BackupError
from audits.storage import StorageError


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Let nothing out of the block but errors that are fit to be shown."""
    try:
        yield
    except psycopg.Error as error:
        # The rest of such a message can quote rows.
        said = error.diag.message_primary or "the connection broke"
        raise BackupError(f"{what}: the database says: {said}.") from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise BackupError(f"{what}: {error.strerror or error}{where}.") from error
    except StorageError as error:
        raise BackupError(f"{what}: {error}.") from error
