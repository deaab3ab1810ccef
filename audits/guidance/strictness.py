"""How a provider or a client makes the house policy of the rating stricter, and never laxer.

There are four knobs, and each of them only turns one way: how long an audit stands, how many days
there are to act on a badge, which classes of data count one class higher, and whether ordinary
personal data that is untested or inconclusive counts as Elevated. What holds for a client is the
stricter of house, provider and client, knob by knob.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from audits.guidance.badges import DEADLINE_DAYS, Badge

HOUSE_MONTHS: Final = 12
MONTHS: Final = (HOUSE_MONTHS, 6, 3)
HOUSE_DAYS: Final = {badge: days for badge, days in DEADLINE_DAYS.items() if days is not None}
TIMED: Final = tuple(HOUSE_DAYS)  # the least grave first
LEAST_DAYS: Final = 2  # what has to happen at once is said in words, not by a date
RAISABLE: Final = (1, 2, 3, 4)
UNPROVEN_FROM: Final = 3
_DAYS_IN_A_YEAR: Final = 365


def span_of(months: int) -> timedelta:
    """So many months of a policy as a span; twelve are 365 days."""
    return timedelta(days=_DAYS_IN_A_YEAR * months // HOUSE_MONTHS)


class Source(StrEnum):
    """Who asks for more than the policy above: a client stands under its provider."""

    PROVIDER = "provider"
    CLIENT = "client"


class TooLax(ValueError):  # noqa: N818 - reads as what happened
    """A knob that would not make the policy stricter: which one, and the most it may be."""

    def __init__(self, knob: str, most: int) -> None:
        self.knob = knob
        self.most = most
        super().__init__(f"{knob}: at most {most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one policy asks for; a knob that is not set leaves what the policy above says.

    Raises ValueError on a value that no knob has.
    """

    months: int | None = None
    days: Mapping[Badge, int] = field(default_factory=dict)
    raised: frozenset[int] = frozenset()
    unproven: bool = False

    def __post_init__(self) -> None:
        fits = (
            self.months is None or self.months in MONTHS,
            all(badge in TIMED and days >= LEAST_DAYS for badge, days in self.days.items()),
            self.raised <= frozenset(RAISABLE),
        )
        if not all(fits):
            raise ValueError(f"no policy asks for {self!r}")

    @property
    def is_anything(self) -> bool:
        return bool(self.months or self.days or self.raised or self.unproven)

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it, and equal for equal policies."""
        return {
            "months": self.months,
            "days": {badge.value: self.days[badge] for badge in TIMED if badge in self.days},
            "raised": sorted(self.raised),
            "unproven": self.unproven,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            months=stored["months"],
            days={Badge(badge): days for badge, days in stored["days"].items()},
            raised=frozenset(stored["raised"]),
            unproven=stored["unproven"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A policy as it was written down: whose, the how-manieth, of which day."""

    source: Source
    number: int
    dated: date
    asked: Asked

    @property
    def day(self) -> str:
        """As the sentences print it: 2 November 2026."""
        return f"{self.dated.day} {self.dated:%B %Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds: the house policy, and the revisions that make it stricter, provider's first.

    Of two that ask for the same the one above is named.
    """

    revisions: tuple[Revision, ...] = ()

    @property
    def months(self) -> int:
        """How long an audit stands."""
        return min([HOUSE_MONTHS, *(one.asked.months or HOUSE_MONTHS for one in self.revisions)])

    @property
    def lasts(self) -> timedelta:
        """The same as a span."""
        return span_of(self.months)

    def days(self, badge: Badge) -> int | None:
        """How many days there are to act; None: nothing needs to be done.

        A graver badge never gets more of them than a lesser one, whoever asks for what.
        """
        if badge not in TIMED:
            return None
        return min(asked for one in _up_to(badge) for asked in (HOUSE_DAYS[one], *self._days(one)))

    def _days(self, badge: Badge) -> list[int]:
        return [one.asked.days[badge] for one in self.revisions if badge in one.asked.days]

    @property
    def raised(self) -> frozenset[int]:
        """The classes of data that count one class higher."""
        return frozenset(impact for one in self.revisions for impact in one.asked.raised)

    def behind_months(self) -> Revision | None:
        """The revision that shortens how long an audit stands; None: the house decides."""
        months = self.months
        return self._first(lambda asked: asked.months == months)

    def behind_days(self, badge: Badge) -> Revision | None:
        """The revision that shortens the time to act on a badge."""
        days = self.days(badge)
        if days is None or days == HOUSE_DAYS[badge]:
            return None
        lesser = _up_to(badge)
        return self._first(lambda asked: days in (asked.days.get(one) for one in lesser))

    def behind_raised(self, impact: int) -> Revision | None:
        """The revision that raises a class of data."""
        return self._first(lambda asked: impact in asked.raised)

    def behind_unproven(self) -> Revision | None:
        """The revision that counts S3 that is untested or inconclusive as at least Elevated."""
        return self._first(lambda asked: asked.unproven)

    def _first(self, asks: Callable[[Asked], bool]) -> Revision | None:
        return next((one for one in self.revisions if asks(one.asked)), None)


HOUSE: Final = Policy()


def _up_to(badge: Badge) -> tuple[Badge, ...]:
    """A badge with all that are lesser and want something done too."""
    return TIMED[: TIMED.index(badge) + 1]


def too_lax(revision: Revision, *, above: Policy) -> list[TooLax]:
    """Every knob that would give more than there is above, or a graver badge more than a lesser."""
    asked = revision.asked
    found = []
    if asked.months is not None and asked.months > above.months:
        found.append(TooLax("months", above.months))
    holding = Policy(revisions=(*above.revisions, revision))
    for badge, days in asked.days.items():
        most = holding.days(badge)
        if most is not None and days > most:
            found.append(TooLax(badge.value, most))
    return found


def checked(revision: Revision, *, above: Policy) -> Asked:
    """What a policy asks for beyond the one above it, without what that one asks for already.

    Raises TooLax on the first knob that is.
    """
    asked = revision.asked
    for refused in too_lax(revision, above=above):
        raise refused
    return Asked(
        months=asked.months if asked.months != above.months else None,
        days={badge: days for badge, days in asked.days.items() if days != above.days(badge)},
        raised=asked.raised - above.raised,
        unproven=asked.unproven and above.behind_unproven() is None,
    )
