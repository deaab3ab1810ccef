"""The checklist as a deck: one question after the other, in an order that answers do not change."""

from collections.abc import Iterable
from dataclasses import dataclass

from audits.enums import Answer
from audits.queries.checklist import ChecklistRow


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a card lies: its number, its neighbours, and how many are answered."""

    number: int
    total: int
    answered: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Deck:
    """Ids of the questions in their order, which were answered, and whose answers wait.

    One that waits for a second person is not asked again, and counts as not answered yet.
    """

    cards: tuple[int, ...]
    answered: frozenset[int]
    waiting: frozenset[int] = frozenset()

    @property
    def first_open(self) -> int | None:
        return next((pk for pk in self.cards if pk not in self.answered), None)

    def after(self, pk: int) -> int | None:
        """The next card; after the last one the first that has no answer, if any."""
        place = self.place(pk)
        if place.after is not None:
            return place.after
        rest = [one for one in self.cards if one not in self.answered and one != pk]
        return rest[0] if rest else None

    def place(self, pk: int) -> Place:
        """Where a card lies; one that is asked no longer lies before the first."""
        at = self.cards.index(pk) if pk in self.cards else -1
        following = at + 1
        return Place(
            number=following,
            total=len(self.cards),
            answered=len(self.answered - self.waiting),
            before=self.cards[at - 1] if at > 0 else None,
            after=self.cards[following] if following < len(self.cards) else None,
        )


def deck_of(rows: Iterable[ChecklistRow]) -> Deck:
    """Make the deck of a client's list: what audits ask for lies on top."""
    asked = [row for row in rows if not row.is_retired]
    return Deck(
        cards=tuple(row.item.pk for row in asked),
        answered=frozenset(row.item.pk for row in asked if row.item.answer != Answer.UNANSWERED),
        waiting=frozenset(row.item.pk for row in asked if row.is_waiting),
    )
