"""The installation's two keys: made once, kept in the state folder, for this user alone."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from audits.servers.errors import ServerError
from audits.servers.state import StateFolder, write_private


def _new_secret_key() -> str:
    return secrets.token_urlsafe(64)


def _new_encryption_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


_KEYS: dict[str, tuple[str, Callable[[], str]]] = {
    "SECRET_KEY": ("secret_key", _new_secret_key),
    "MIA_ENCRYPTION_KEY": ("encryption_key", _new_encryption_key),
}


def keys_of(state: StateFolder, *, first_start: bool) -> dict[str, str]:
    """Read both keys; make them on the first start only.

    A new key beside an old database would leave every stored file unreadable, so a lost one stops
    the start.
    """
    return {
        name: _read_or_make(state.keys / file_name, make, may_make=first_start)
        for name, (file_name, make) in _KEYS.items()
    }


def _read_or_make(path: Path, make: Callable[[], str], *, may_make: bool) -> str:
    if not path.exists():
        if not may_make:
            raise ServerError(
                f"the key {path} is missing although the database is there; put it back from a "
                "backup: stored files cannot be read without it"
            )
        write_private(path, make() + "\n")
    if path.stat().st_mode & 0o077:
        raise ServerError(f"other users may read the key {path}; run: chmod 600 {path}")
    return path.read_text(encoding="ascii").strip()
