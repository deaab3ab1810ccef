"""Which rows of a list are looked at, and in which order: what an address may choose.

Each list says once what it can be asked. A list that is rated in Python is narrowed there, one that
is read from its table is narrowed by the database; a page and a file ask the same.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Case, F, IntegerField, Model, Q, QuerySet, TextChoices, Value, When
from django.db.models.expressions import Expression, OrderBy
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Row = TypeVar("Row")
Entry = TypeVar("Entry", bound=Model)
# A word that is put into the language of its reader when it is shown.
Words = Any
Offered = list[tuple[str, Words]]

SOON = timedelta(days=30)
OVERDUE, MONTH, NO_DAY = "overdue", "month", "none"
DUE: Offered = [
    (OVERDUE, gettext_lazy("Overdue")),
    (MONTH, gettext_lazy("Within 30 days")),
    (NO_DAY, gettext_lazy("Without a date")),
]
# A list can be asked for what is newer than a moment, as a page that counts that names it.
SINCE = "since"
_YEARS = range(2000, 2200)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A list of which one may be chosen; `empty` is its first line, which leaves every row.

    What rows themselves say comes from `of`: there it is what they have, in the order of words;
    `called` is the word for it where it is a number. Of rows that stay in their table `asked` reads
    it. What stands `apart` is chosen elsewhere on the page: the form of the filters only brings it
    along. A `moment` is offered by the address alone that names one.
    """

    label: Words
    empty: Words
    offered: Sequence[tuple[Any, Words]] = ()
    of: Callable[[Any], str] | None = None
    called: Callable[[Any], str] | None = None
    asked: Callable[[Any], Offered] | None = None
    at_hand: bool = False
    apart: bool = False
    moment: bool = False


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What was chosen of a list."""

    q: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""

    @property
    def is_any(self) -> bool:
        """Whether rows may be missing; an order takes none away."""
        return bool(self.q or self.chosen)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What of a list somebody asked for, in the words that stand above its rows on paper.

    `choices` are what was looked for and chosen, each with its label. Of rows that were ticked one
    by one these say nothing.
    """

    choices: Sequence[tuple[str, str]] = ()
    order: str = ""
    is_ticked: bool = False

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """A label and what was chosen there, of everything that decides which rows there are."""
        filters: Sequence[tuple[str, str]] = self.choices or [(_("Filters"), _("None"))]
        if self.is_ticked:
            filters = [(_("Rows"), _("Only those that were ticked"))]
        return (*filters, *([(_("Sorted by"), self.order)] if self.order else []))


def order_in_words(column: Words, *, is_falling: bool) -> str:
    """By which column rows are in order, and from which end."""
    said = _("%(column)s, descending") if is_falling else _("%(column)s, ascending")
    return said % {"column": column}


def search_in_words(fields: Words, text: str) -> tuple[str, str]:
    """What was looked for, and where."""
    return _("Search in %(fields)s") % {"fields": fields}, f"“{text}”"


@dataclass(frozen=True, kw_only=True)
class Narrowing(ABC, Generic[Row]):
    """What a list can be asked: a text, choices, and an order by a column.

    `falling` are the columns that are read from their greatest value: days from the newest, ratings
    from the worst. `usual` is what holds of a choice while nothing is chosen. `called` is what the
    columns that sort it are called.
    """

    text_label: Words
    choices: Mapping[str, Choice]
    first: str
    called: Mapping[str, Words]
    falling: frozenset[str] = frozenset()
    usual: Mapping[str, str] = field(default_factory=dict)

    @property
    @abstractmethod
    def sorts(self) -> Iterable[str]:
        """The columns that it can be in the order of."""

    def offered(self, rows: Iterable[Row]) -> dict[str, Offered]:
        """What each choice offers for these rows, after its first line."""
        return {name: _offered(choice, rows) for name, choice in self.choices.items()}

    def apply(self, rows: Any, filters: Filters) -> Any:  # noqa: ANN401 - a list or a queryset
        """The rows that are asked for, in the order that is."""
        return self.ordered(self.fitting(rows, filters), filters)

    @abstractmethod
    def fitting(self, rows: Any, filters: Filters) -> Any:  # noqa: ANN401 - a list or a queryset
        """The rows that are asked for, in the order in which they came."""

    @abstractmethod
    def ordered(self, rows: Any, filters: Filters) -> Any:  # noqa: ANN401 - a list or a queryset
        """The same rows in the order that is asked for; as they came where none is.

        What has no value in the column stands last in either order.
        """

    def column(self, filters: Filters) -> str:
        """By which column the rows are in order."""
        return filters.sort.removeprefix("-") or self.first

    def is_falling(self, filters: Filters) -> bool:
        """Whether the greatest value comes first."""
        return (self.column(filters) in self.falling) != filters.sort.startswith("-")

    def order_in_words(self, filters: Filters) -> str:
        """The same for somebody who reads the rows on paper."""
        heading = self.called.get(self.column(filters))
        if heading is None:  # it has one order, which nobody chooses
            return ""
        return order_in_words(heading, is_falling=self.is_falling(filters))


def _offered(choice: Choice, rows: Iterable[Any]) -> Offered:
    if choice.asked is not None:
        return choice.asked(rows)
    if choice.of is None:
        return [(str(value), words) for value, words in choice.offered]
    word = choice.called or choice.of
    known = {said: word(row) for row in rows if (said := choice.of(row))}
    return sorted(known.items(), key=lambda one: one[1].casefold())


@dataclass(frozen=True, kw_only=True)
class RowNarrowing(Narrowing[Row]):
    """A list whose rows are in memory, in its own order."""

    texts: Callable[[Row], Iterable[str]]
    fits: Mapping[str, Callable[[Row, str], bool]]
    orders: Mapping[str, Callable[[Row], Any]]

    @property
    def sorts(self) -> Iterable[str]:
        return self.orders

    def fitting(self, rows: Iterable[Row], filters: Filters) -> list[Row]:
        looked_for, chosen = filters.q.casefold(), {**self.usual, **filters.chosen}
        return [
            row
            for row in rows
            if any(looked_for in text.casefold() for text in self.texts(row))
            and all(self.fits[name](row, value) for name, value in chosen.items())
        ]

    def ordered(self, rows: Iterable[Row], filters: Filters) -> list[Row]:
        found = list(rows)
        if not filters.sort:
            return found
        value = self.orders[self.column(filters)]
        known = [row for row in found if value(row) is not None]
        known.sort(key=value, reverse=self.is_falling(filters))
        return [*known, *(row for row in found if value(row) is None)]


@dataclass(frozen=True, kw_only=True)
class TableNarrowing(Narrowing[Entry], Generic[Entry]):
    """A list that is read from its table, a page at a time.

    A text is looked for in columns, and wherever else a condition says. `alike` is the order of
    rows that have the same in the column by which they are sorted: the newest first.
    """

    texts: Sequence[str | Callable[[str], Q]]
    fits: Mapping[str, Callable[[str], Q]]
    # What asks another table is made when it is needed: a list is only read within a scope.
    orders: Mapping[str, Expression | F | Callable[[], Expression]]
    alike: Sequence[str | OrderBy] = ("-pk",)

    @property
    def sorts(self) -> Iterable[str]:
        return self.orders

    def fitting(self, rows: QuerySet[Entry], filters: Filters) -> QuerySet[Entry]:
        wanted = Q()
        for text in self.texts if filters.q else ():
            wanted |= has_text(text, filters.q) if isinstance(text, str) else text(filters.q)
        for name, value in {**self.usual, **filters.chosen}.items():
            wanted &= self.fits[name](value)
        return rows.filter(wanted)

    def ordered(self, rows: QuerySet[Entry], filters: Filters) -> QuerySet[Entry]:
        if not filters.sort:
            return rows
        order = self.orders[self.column(filters)]
        by = order if isinstance(order, Expression | F) else order()
        ranked = by.desc if self.is_falling(filters) else by.asc
        return rows.order_by(ranked(nulls_last=True), *self.alike)


def ticked(
    rows: Any,  # noqa: ANN401 - a list or a queryset
    numbers: Collection[int],
    number: Callable[[Any], int],
) -> tuple[Any, bool]:
    """Those of a list's rows that were ticked, by number, and whether any of them is there."""
    if isinstance(rows, QuerySet):
        found = rows.filter(pk__in=numbers)
        return found, found.exists()  # read in full once, in their order
    kept = [row for row in rows if number(row) in numbers]
    return kept, bool(kept)


def has_text(column: str, text: str) -> Q:
    """Whether a column holds a text, in whatever letters."""
    return Q(**{f"{column}__icontains": text})


def places(words: Iterable[Any]) -> dict[str, int]:
    """Where each word of a list stands in it."""
    return {str(word.value): place for place, word in enumerate(words)}


def headings(columns: type[TextChoices]) -> dict[str, Words]:
    """What each column of a list is called."""
    return {column.value: column.label for column in columns}


def place_of(column: str, words: Iterable[Any]) -> Case:
    """The same in the database; none where nothing is said."""
    cases = [When(**{column: value}, then=Value(n)) for value, n in places(words).items()]
    return Case(*cases, default=None, output_field=IntegerField(null=True))


def named(moment: datetime) -> str:
    """A moment as an address names it, to the last digit: a list then holds what was counted."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def moment_of(text: str) -> datetime | None:
    """The moment that an address names; None where it names none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and found.year in _YEARS else None


def is_since(moment: datetime | None, text: str) -> bool:
    """Whether something is newer than the moment that an address names."""
    asked = moment_of(text)
    return moment is not None and asked is not None and moment > asked


def since_in(column: str, text: str) -> Q:
    """The same as a question to the database."""
    return Q(**{f"{column}__gt": moment_of(text)})


def moments(text: str) -> Offered:
    """What of an address can be chosen as a moment, in words."""
    found = moment_of(text)
    if found is None:
        return []
    said = date_format(timezone.localtime(found), "j M Y, H:i")
    return [(text, _("Since %(moment)s") % {"moment": said})]


def is_due(day: date | None, due: str) -> bool:
    """Whether a day is over, near, or not there."""
    today = timezone.localdate()
    if day is None:
        return due == NO_DAY
    if due == OVERDUE:
        return day < today
    return due == MONTH and today <= day <= today + SOON


def due_in(column: str, due: str) -> Q:
    """The same as a question to the database."""
    today = timezone.localdate()
    return {
        OVERDUE: Q(**{f"{column}__lt": today}),
        MONTH: Q(**{f"{column}__range": (today, today + SOON)}),
    }.get(due, Q(**{f"{column}__isnull": True}))
