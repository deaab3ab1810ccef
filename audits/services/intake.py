"""First look at uploaded bytes: only ever inside the sandbox, through an open descriptor."""

import logging
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.conf import settings

from audits import sandbox
from audits.services.errors import InvalidInput

logger = logging.getLogger(__name__)

_MEBIBYTE = 1024**2


def refuse_too_large(files: Mapping[str, BinaryIO]) -> None:
    """Raise InvalidInput on the first file, by its field, that is over the upload limit."""
    limit = settings.MIA_MAX_UPLOAD_BYTES
    for field, source in files.items():
        size = source.seek(0, os.SEEK_END)
        if size > limit:
            raise InvalidInput(
                field,
                f"The file has {size / _MEBIBYTE:,.1f} MB; at most {limit / _MEBIBYTE:,.0f} MB"
                " can be uploaded.",
                "Use a sample of the records.",
            )


def look(
    entry: str, *, files: Mapping[str, BinaryIO], params: Mapping[str, Any]
) -> sandbox.Outcome:
    """Run an intake entry within the limits of a first look."""
    for source in files.values():
        source.seek(0)
    return sandbox.run(
        entry,
        files={name: source.fileno() for name, source in files.items()},
        params=dict(params),
        limits=sandbox.limits_of("intake", threads=settings.MIA_SANDBOX_THREADS),
    )


def not_safe(field: str) -> InvalidInput:
    """Say that the sandbox could not do its work: which, only our own log tells."""
    return InvalidInput(
        field,
        "The file could not be opened safely on this machine.",
        "Save it once more and try again; if it stays so, tell your provider.",
    )


def inspect(
    entry: str, *, files: Mapping[str, BinaryIO], params: Mapping[str, Any], field: str
) -> sandbox.Outcome:
    """Look at uploads; sandbox.Refused says what is wrong with a file itself.

    Raises InvalidInput on `field` where the files cannot be opened within the limits.
    """
    try:
        return look(entry, files=files, params=params)
    except sandbox.Refused:
        raise
    except sandbox.OutOfMemory as error:
        raise InvalidInput(
            field,
            "Opening the file needs more memory than an upload may use.",
            "Use a smaller sample of the records.",
        ) from error
    except sandbox.OutOfTime as error:
        raise InvalidInput(
            field,
            "Opening the file took longer than a minute.",
            "Use a smaller sample of the records.",
        ) from error
    except sandbox.SandboxError as error:
        logger.exception("The first look at an upload failed.")
        raise not_safe(field) from error
