"""First look at uploaded bytes: only ever inside the sandbox, through an open descriptor."""

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audits import sandbox, scanner
from audits.services.errors import InvalidInput

logger = logging.getLogger(__name__)

_MEBIBYTE = 1024**2
# What to do about a file that is too large: that depends on what it is.
SMALLER_SAMPLE = _("Use a smaller sample of the records.")
SMALLER_MODEL = _("Use a smaller model, or predictions of it for a sample of the records.")
SMALLER_SCAN = _("Add the pages that say it, or a smaller scan.")


def refuse_at_the_door(files: Mapping[str, BinaryIO], *, remedy: object = SMALLER_SAMPLE) -> None:
    """Raise InvalidInput on the first file that nothing should even begin to read."""
    refuse_too_large(files, remedy=remedy)
    refuse_known_malware(files)


def refuse_too_large(files: Mapping[str, BinaryIO], *, remedy: object = SMALLER_SAMPLE) -> None:
    """Raise InvalidInput on the first file, by its field, that is over the upload limit."""
    limit = settings.MIA_MAX_UPLOAD_BYTES
    for field, source in files.items():
        size = source.seek(0, os.SEEK_END)
        if size > limit:
            raise InvalidInput(
                field,
                f"The file has {size / _MEBIBYTE:,.1f} MB; at most {limit / _MEBIBYTE:,.0f} MB"
                " can be uploaded.",
                str(remedy),
            )


def refuse_known_malware(files: Mapping[str, BinaryIO]) -> None:
    """Raise InvalidInput on the first file in which the operator's scanner finds something.

    A scanner that is set up and does not answer lets nothing in.
    """
    if not settings.MIA_CLAMD:
        return
    for field, source in files.items():
        try:
            found = scanner.found_in(source, address=settings.MIA_CLAMD)
        except scanner.ScannerError as error:
            logger.error("The malware scanner gave no answer: %s.", error)  # noqa: TRY400 - it says all
            raise InvalidInput(
                field,
                "The file could not be checked for malware, so it was not taken.",
                "Try again in some minutes; if it stays so, tell your provider.",
            ) from error
        if found is not None:
            raise InvalidInput(
                field,
                f"The malware scanner found {found} in this file. Nothing was kept.",
                "Check the machine that the file comes from.",
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
    entry: str,
    *,
    files: Mapping[str, BinaryIO],
    params: Mapping[str, Any],
    field: str,
    check: Callable[[Mapping[str, Any]], None] = lambda _answer: None,
    remedy: object = SMALLER_SAMPLE,
) -> sandbox.Outcome:
    """Look at uploads; sandbox.Refused says what is wrong with a file itself.

    `check` raises sandbox.Crashed for an answer that does not have its form.
    Raises InvalidInput on `field` where the files cannot be opened within the limits.
    """
    try:
        found = look(entry, files=files, params=params)
        check(found.result)
    except sandbox.Refused:
        raise
    except sandbox.OutOfMemory as error:
        raise InvalidInput(
            field,
            "Opening the file needs more memory than an upload may use.",
            str(remedy),
        ) from error
    except sandbox.OutOfTime as error:
        raise InvalidInput(
            field,
            "Opening the file took longer than a minute.",
            str(remedy),
        ) from error
    except sandbox.SandboxError as error:
        logger.exception("The first look at an upload failed.")
        raise not_safe(field) from error
    else:
        return found
