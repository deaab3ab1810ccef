"""Where what is being done comes from: a page, the API, background work or a command.

The log writes it into every line. A request gets an id of its own, never one that it brought along;
background work carries the id of the request that asked for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from uuid import UUID

from audits.enums import Via
from audits.rights import Refused


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How something came about, by which request, and from which address."""

    via: Via
    request_id: UUID | None = None
    address: str = ""
    token: str = ""  # the beginning of the API token that let the request in
    # What a service forbade while this was answered: its own transaction is undone by then.
    refused: list[Refused] = field(default_factory=list, compare=False)


# What nobody announced is a command: everything else enters its origin first.
_UNANNOUNCED = Origin(via=Via.COMMAND)
_current: ContextVar[Origin | None] = ContextVar("mia_origin", default=None)


def current() -> Origin:
    return _current.get() or _UNANNOUNCED


def note_refused(refused: Refused) -> None:
    """Keep a refusal for whoever answers the request; elsewhere nobody asks for it."""
    origin = _current.get()
    if origin is not None:
        origin.refused.append(refused)


@contextmanager
def entered(*, via: Via, request_id: UUID | None = None, address: str = "") -> Iterator[Origin]:
    """Say where the block's work comes from."""
    origin = Origin(via=via, request_id=request_id, address=address)
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)


@contextmanager
def entered_by_token(prefix: str) -> Iterator[None]:
    """Say that an API token opened what the block does."""
    mark = _current.set(replace(current(), token=prefix))
    try:
        yield
    finally:
        _current.reset(mark)
