"""Whether a log is whole: every line where it was, saying what it said, none missing.

The chain needs no key: numbers, hashes and the head that stands apart show a line that was edited,
removed, moved or put in. With the key the words are compared as well: they open only for the line
they were written with, so that somebody who can write every table, but has no key, cannot put a
line in whose hashes fit. What no look at the database can show is that its owner took off the end
of a chain together with the head: for that, a number and hash noted earlier are compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from audits.models import (
    Activity,
    ActivityHead,
    ActivityPayload,
    Client,
    ProviderActivity,
    ProviderActivityHead,
    ProviderActivityPayload,
)
from audits.queries import keys
from audits.queries.activity_content import DamagedLineError, Line, content_of

_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """The first line that is not as it was written."""

    sequence: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Number and hash of a line, or the first characters of its hash, noted earlier elsewhere."""

    sequence: int
    hash: str

    def allows(self, sequence: int, found: bytes) -> bool:
        """Say whether this hash may stand at this place."""
        return sequence != self.sequence or found.hex().startswith(self.hash.lower())


@dataclass(frozen=True, kw_only=True)
class Verified:
    """How a chain was found."""

    chain: str
    at: datetime
    lines: int
    head: str
    erased: int
    flaw: Flaw | None

    @property
    def is_intact(self) -> bool:
        return self.flaw is None


def verify_client(client: Client, noted: Mark | None = None) -> Verified:
    """Walk the whole chain of a client."""
    heads = ActivityHead.objects.filter(client=client)
    rows = Activity.objects.filter(client=client).select_related("payload", "client")
    words = ActivityPayload.objects.filter(client=client)
    return _verified(f"client:{client.pk}", heads, rows, words, keys.of_client(client), noted)


def verify_provider(provider_id: int, noted: Mark | None = None) -> Verified:
    """Walk the whole chain of a provider."""
    heads = ProviderActivityHead.objects.filter(provider_id=provider_id)
    rows = ProviderActivity.objects.filter(provider_id=provider_id).select_related("payload")
    words = ProviderActivityPayload.objects.filter(provider_id=provider_id)
    known = keys.of_provider(provider_id)
    return _verified(f"provider:{provider_id}", heads, rows, words, known, noted)


def _verified(
    chain: str,
    heads: models.QuerySet[Any],
    rows: models.QuerySet[Any],
    words: models.QuerySet[Any],
    known: Mapping[int, bytes],
    noted: Mark | None,
) -> Verified:
    """Walk a chain that others may go on writing to: the head is read before and after."""
    walk = _Walk(known, noted, _place(heads))
    walk.over(rows.order_by("sequence", "pk").iterator(chunk_size=_AT_ONCE))
    walk.end_at(_place(heads))
    orphans = words.exclude(Exists(rows.filter(pk=OuterRef("line_id"))))
    walk.without_orphans(orphans.count())
    return walk.result(chain)


def _place(heads: models.QuerySet[Any]) -> tuple[int, bytes]:
    head = heads.first()
    return (head.sequence, bytes(head.hash)) if head is not None else (0, b"")


class _Walk:
    """One pass over a chain; it stops at the first flaw."""

    def __init__(
        self, known: Mapping[int, bytes], noted: Mark | None, head: tuple[int, bytes]
    ) -> None:
        self._known = known
        self._noted = noted
        self._head = head
        self._lines = 0
        self._erased = 0
        self._hash = b""
        self._flaw: Flaw | None = None

    def over(self, lines: Iterable[Line]) -> None:
        for line in lines:
            problem = self._problem(line)
            if problem:
                self._flaw = Flaw(sequence=line.sequence or self._lines + 1, problem=problem)
                return
            self._lines += 1
            self._hash = bytes(line.hash or b"")

    def _problem(self, line: Line) -> str:
        """Say what is wrong with the line that should come next; empty where nothing is."""
        place, found = self._lines + 1, bytes(line.hash or b"")
        noted = self._noted
        checks = (
            (line.sequence is None, "a line without a place in the chain follows the last one"),
            (
                line.sequence != place,
                f"it follows line {self._lines}: what stood between them is missing",
            ),
            (
                bytes(line.previous_hash or b"") != self._hash,
                "it does not continue the line before it",
            ),
            (found != line.hash_after(self._hash, place), "it was altered after it was written"),
            (
                self._head[0] == place and self._head[1] != found,
                "the head of the chain, which is kept apart, has another hash",
            ),
            (
                noted is not None and not noted.allows(place, found),
                "it is not the line that was noted earlier",
            ),
        )
        return next((problem for is_wrong, problem in checks if is_wrong), "") or self._wording(
            line
        )

    def _wording(self, line: Line) -> str:
        """Say what is wrong with the words of the line."""
        try:
            self._erased += content_of(line, self._known).is_erased
        except DamagedLineError as error:
            return str(error)
        return ""

    def end_at(self, head: tuple[int, bytes]) -> None:
        """Compare the end with the head as it stood before and stands now, and with the note."""
        if self._flaw is not None:
            return
        noted = self._noted.sequence if self._noted is not None else 0
        promised = max(self._head[0], noted)
        if promised > self._lines:
            problem = f"it is missing, and so is what followed up to line {promised}"
            self._flaw = Flaw(sequence=self._lines + 1, problem=problem)
        elif self._lines > head[0]:
            problem = f"the head of the chain, which is kept apart, stands at line {head[0]}"
            self._flaw = Flaw(sequence=head[0] + 1, problem=problem)

    def without_orphans(self, orphans: int) -> None:
        """Words without a line tell of one that was removed, its number given to another."""
        if self._flaw is None and orphans:
            problem = f"there are words of {orphans} lines that are gone"
            self._flaw = Flaw(sequence=self._lines, problem=problem)

    def result(self, chain: str) -> Verified:
        return Verified(
            chain=chain,
            at=timezone.now(),
            lines=self._lines,
            head=self._hash.hex(),
            erased=self._erased,
            flaw=self._flaw,
        )
