"""First look at uploaded bytes: only ever inside the sandbox, through an open descriptor."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.conf import settings

from audits import sandbox
from audits.services.errors import InvalidInput

INTAKE_SECONDS = 60
INTAKE_MEMORY = 3 * 1024**3


def inspect(
    entry: str, *, files: Mapping[str, BinaryIO], params: Mapping[str, Any]
) -> sandbox.Outcome:
    """Run an intake entry; sandbox.Refused says what is wrong with the file itself."""
    for source in files.values():
        source.seek(0)
    try:
        return sandbox.run(
            entry,
            files={name: source.fileno() for name, source in files.items()},
            params=dict(params),
            limits=sandbox.Limits(
                wall_seconds=INTAKE_SECONDS,
                cpu_seconds=2 * INTAKE_SECONDS,
                memory_bytes=INTAKE_MEMORY,
                threads=settings.MIA_SANDBOX_THREADS,
            ),
        )
    except sandbox.Refused:
        raise
    except sandbox.OutOfMemory as error:
        raise InvalidInput(
            "file",
            "Opening the file needs more memory than an upload may use.",
            "Use a smaller sample of the records.",
        ) from error
    except sandbox.OutOfTime as error:
        raise InvalidInput(
            "file",
            "Opening the file took longer than a minute.",
            "Use a smaller sample of the records.",
        ) from error
    except sandbox.SandboxError as error:
        raise InvalidInput(
            "file",
            "The file could not be opened safely on this machine.",
            "Save it once more and try again; if it stays so, tell your provider.",
        ) from error
