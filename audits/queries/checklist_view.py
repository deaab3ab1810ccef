"""The checklist as its page shows it: filtered, in sections, with what belongs to one control."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audits.enums import Answer, Section, StarterSet
from audits.guidance.starter_sets import STARTER_SETS
from audits.models import ChecklistComment, ChecklistEvidence, ChecklistItem, Client
from audits.queries.checklist import ChecklistRow
from audits.queries.narrowing import is_since, moment_of

# Which part of the list a page can show.
SHOWN = [
    ("asked", _("Asked for first")),
    ("open", _("Open")),
    ("review", _("Waiting for a second person")),
    ("settled", _("Settled")),
]
# About looking after others: asked of the provider's own company alone.
_FOR_PROVIDER = StarterSet.PROVIDER


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What of the list is looked at."""

    show: str = ""
    set: str = ""
    owner: int | None = None
    # A moment as an address names it: what was done after it.
    done: str = ""

    @property
    def is_any(self) -> bool:
        return bool(self.show or self.set or self.owner or self.done)

    @property
    def done_since(self) -> datetime | None:
        """The moment that is asked for."""
        return moment_of(self.done)

    def keep(self, row: ChecklistRow) -> bool:
        """Say whether a row stays."""
        kept = {
            "asked": bool(row.because) and row.is_open,
            "open": row.is_open and not row.is_waiting,
            "review": row.is_waiting,
            "settled": not row.is_open,
        }
        by_set = not self.set or row.control.id in STARTER_SETS[self.set]
        by_owner = self.owner is None or row.item.owner_id == self.owner
        was_done = row.item.answer == Answer.YES and is_since(row.item.answered_at, self.done)
        return kept.get(self.show, True) and by_set and by_owner and (not self.done or was_done)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Some rows under one heading; `section` where all of them are of one."""

    key: str
    title: str
    rows: list[ChecklistRow]
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class SetChoice:
    """A starter set with how much of it is asked of this client, and how much is settled."""

    key: str
    title: str
    asked: int
    settled: int


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """The page: what audits ask for first, then every section, then what is done."""

    filters: Filters
    first: list[ChecklistRow]
    sections: list[Group]
    waiting: list[ChecklistRow]
    settled: list[ChecklistRow]
    retired: list[ChecklistRow]
    sets: list[SetChoice]
    counts: dict[str, int]

    @property
    def is_empty(self) -> bool:
        return not (self.first or self.sections or self.waiting or self.settled or self.retired)


def arranged(listed: list[ChecklistRow], filters: Filters, *, is_house: bool) -> Arranged:
    """Arrange the rows that the filters leave."""
    rows = [row for row in listed if filters.keep(row)]
    open_rows = [row for row in rows if row.is_open and not row.is_waiting]
    plain = [row for row in open_rows if not row.because]
    return Arranged(
        filters=filters,
        first=[row for row in open_rows if row.because],
        sections=_sections(plain),
        waiting=[row for row in rows if row.is_waiting],
        settled=[row for row in rows if not row.is_open and not row.is_retired],
        retired=[row for row in rows if row.is_retired],
        sets=_sets(listed, is_house=is_house),
        counts={
            name: sum(Filters(show=name).keep(row) for row in listed)
            for name in ("", "asked", "open", "review", "settled")
        }
        | {"all": len(listed)},
    )


def _sections(rows: list[ChecklistRow]) -> list[Group]:
    found = (
        Group(
            key=section.value,
            title=str(section.label),
            rows=[row for row in rows if row.section == section],
            section=section.value,
        )
        for section in Section
    )
    return [group for group in found if group.rows]


def _sets(listed: Iterable[ChecklistRow], *, is_house: bool) -> list[SetChoice]:
    by_control = {row.control.id: row for row in listed if not row.is_retired}
    found = []
    for one in StarterSet:
        rows = [by_control[name] for name in STARTER_SETS[one] if name in by_control]
        if rows and (is_house or one != _FOR_PROVIDER):
            settled = sum(not row.is_open for row in rows)
            found.append(
                SetChoice(key=one.value, title=str(one.label), asked=len(rows), settled=settled)
            )
    return found


def evidence_of(item: ChecklistItem) -> QuerySet[ChecklistEvidence]:
    """What shows a control, the newest first."""
    return item.evidence.select_related("file", "added_by")


def revision_of(item: ChecklistItem) -> str:
    """Which answer of a control was read: giving another one, or another reason, changes it."""
    return item.answered_at.isoformat() if item.answered_at is not None else ""


def comments_of(item: ChecklistItem) -> QuerySet[ChecklistComment]:
    """What was said about a control, in the order in which it was."""
    return item.comments.select_related("author")


def evidence_at(client: Client) -> QuerySet[ChecklistEvidence]:
    """Evidence of every control of a client."""
    rows = ChecklistEvidence.objects.filter(client=client)
    return rows.select_related("client", "item", "item__client", "file", "file__client")
