"""The shared cache, and the one way to name what lies in it: every key says whose it is.

Nothing else imports Django's cache, so that no answer for one client can be read as another's.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

_NAME = re.compile(r"[a-z][a-z_]*")
# What every cache takes, with room for the prefix that Django adds.
_LONGEST = 200


@dataclass(frozen=True)
class Owner:
    """Whose a value is: a client's, a provider's or a person's, never everybody's."""

    kind: str
    pk: int


def of_client(client_id: int) -> Owner:
    return Owner("client", client_id)


def of_provider(provider_id: int) -> Owner:
    return Owner("provider", provider_id)


def of_person(user_id: int) -> Owner:
    return Owner("person", user_id)


def of_token(token_id: int) -> Owner:
    return Owner("token", token_id)


def key(owner: Owner, name: str, *parts: str | int) -> str:
    """Name a value: whose, what, and further parts, none of which can be taken for another's."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a cached value: lower case and underscores.")
    told = "".join(f":{len(str(part))}.{part}" for part in parts)
    if len(told) > _LONGEST or not re.fullmatch(r"[!-~]*", told):
        told = f":{hashlib.sha256(told.encode()).hexdigest()}"
    return f"{owner.kind}-{owner.pk}:{name}{told}"


def read(owner: Owner, name: str, *parts: str | int) -> Any:  # noqa: ANN401 - what was kept
    """Return what was kept, or None."""
    return cache.get(key(owner, name, *parts))


def keep(value: object, owner: Owner, name: str, *parts: str | int, seconds: float) -> None:
    cache.set(key(owner, name, *parts), value, timeout=seconds)


def keep_first(value: object, owner: Owner, name: str, *parts: str | int, seconds: float) -> Any:  # noqa: ANN401 - what was kept
    """Keep a value unless there is one already; returns the one that stands."""
    named = key(owner, name, *parts)
    return value if cache.add(named, value, timeout=seconds) else cache.get(named, value)


def count(owner: Owner, name: str, *parts: str | int, seconds: float) -> int:
    """Add one to a counter that is forgotten after so many seconds; returns where it stands."""
    named = key(owner, name, *parts)
    if cache.add(named, 1, timeout=seconds):
        return 1
    try:
        return cache.incr(named)
    except ValueError:  # it was forgotten between the two
        cache.set(named, 1, timeout=seconds)
        return 1
