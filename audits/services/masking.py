"""What of a change may stand in the log: no secret, nothing endless, plain JSON alone."""

import math
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

# A field or detail whose name has one of these words in it is never written down.
SECRET_WORDS: Final = frozenset(
    {
        "authorization",
        "code",
        "codes",
        "cookie",
        "credential",
        "credentials",
        "csrf",
        "key",
        "keys",
        "otp",
        "passcode",
        "passkey",
        "passphrase",
        "passwd",
        "password",
        "password1",
        "password2",
        "passwords",
        "private",
        "recovery",
        "salt",
        "secret",
        "secrets",
        "sessionid",
        "signature",
        "token",
        "tokens",
        "totp",
        "wrapped",
    }
)
MASK: Final = "•••"
LONGEST_TEXT: Final = 500
_MOST_ENTRIES = 60
_DEEPEST = 6
_WORD = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+")


def is_secret(name: str) -> bool:
    """Say whether a field of this name holds what the log must not show."""
    return not SECRET_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details as JSON knows them, secrets masked and long values cut."""
    return _mapping(details, depth=0)


def text(value: str, longest: int = LONGEST_TEXT) -> str:
    """Cut a text that is too long for a line, and say how long it was."""
    value = value.replace("\0", "").encode("utf-8", "replace").decode()
    if len(value) <= longest:
        return value
    return f"{value[:longest].rstrip(' .,;:')}… ({len(value):,} characters)"


def _mapping(given: Mapping[Any, Any], *, depth: int) -> dict[str, Any]:
    entries = list(given.items())[:_MOST_ENTRIES]
    return {
        text(str(name), 100): MASK if is_secret(str(name)) and value else _value(value, depth=depth)
        for name, value in entries
    }


def _value(value: object, *, depth: int) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth < _DEEPEST:
        return _collection(value, depth=depth + 1)
    return text(value.isoformat() if isinstance(value, date) else str(value))


def _collection(value: Collection[Any], *, depth: int) -> object:
    if isinstance(value, Mapping):
        return _mapping(value, depth=depth)
    entries = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    return [_value(entry, depth=depth) for entry in entries[:_MOST_ENTRIES]]
