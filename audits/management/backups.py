"""What the commands for backups share: where this installation keeps its data, and the key."""

import os
import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from psycopg.conninfo import make_conninfo

from audits import storage
from audits.services.backup import Place

# As Django's settings call them, and as libpq does.
_NAMES = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


def add_key_argument(parser: CommandParser) -> None:
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="a file, readable by you alone, with the key that seals the backup: 32 bytes in"
        " URL-safe base64 (default: MIA_ENCRYPTION_KEY)",
    )


def key_of(options: dict[str, Any]) -> bytes:
    """The key that is named, else the installation's own."""
    path: Path | None = options["key_file"]
    if path is None:
        key = storage.decoded_key(settings.MIA_ENCRYPTION_KEY)
        if key is None:
            raise CommandError(f"MIA_ENCRYPTION_KEY {storage.installation_key_problem()}.")
        return key
    try:
        text, mode = path.read_text(encoding="ascii").strip(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The key file {path} cannot be read.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise CommandError(f"Other users may read {path}. Run: chmod 600 {path}")
    key = storage.decoded_key(text)
    if key is None:
        raise CommandError(f"{path} holds no key: it must be 32 bytes in URL-safe base64.")
    return key


def place() -> Place:
    """Where the data of this installation is."""
    owner: dict[str, Any] | None = settings.DATABASES.get("owner")
    if owner is None:
        raise CommandError(
            "DATABASE_OWNER_URL is not set. Backups need the role that sees every row; with the"
            " embedded servers start the portal first (manage.py up)."
        )
    named = {name: owner.get(ours) for ours, name in _NAMES.items() if owner.get(ours)}
    return Place(
        conninfo=make_conninfo(**{**named, **owner.get("OPTIONS", {})}),
        app_role=str(settings.DATABASES["default"]["USER"]),
        root=settings.MIA_STORAGE_ROOT,
        environment=os.environ,
    )
