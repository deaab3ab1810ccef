"""Quarters as a client counts them: whole days in its time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from audits.models import Client

MOST_OFFERED = 8
_MONTHS = 3
_QUARTERS = 4
_DAYS = 89


@dataclass(frozen=True, kw_only=True)
class Period:
    """A quarter, or as many days, from its first day to its last one."""

    first: date
    last: date

    @property
    def key(self) -> str:
        """How a quarter is chosen: 2026-4."""
        return f"{self.first.year}-{self.number}"

    @property
    def number(self) -> int:
        return (self.first.month - 1) // _MONTHS + 1

    @property
    def label(self) -> str:
        return _("Quarter %(number)s of %(year)s") % {
            "number": self.number,
            "year": self.first.year,
        }

    def begins(self, zone: ZoneInfo) -> datetime:
        return datetime.combine(self.first, time.min, zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The moment after its last day."""
        return datetime.combine(self.last + timedelta(days=1), time.min, zone)

    def bounds(self, client: Client) -> tuple[datetime, datetime]:
        """Its first moment at a client, and the moment after its last one."""
        zone = ZoneInfo(client.time_zone)
        return self.begins(zone), self.ends(zone)

    def following(self) -> "Period":
        return of_day(self.last + timedelta(days=1))


def of_day(day: date) -> Period:
    """The quarter in which a day lies."""
    month = (day.month - 1) // _MONTHS * _MONTHS + 1
    first = date(day.year, month, 1)
    last = _first_after(first) - timedelta(days=1)
    return Period(first=first, last=last)


def until(day: date) -> Period:
    """The three months that end with a day, whatever quarter they lie in."""
    return Period(first=day - timedelta(days=_DAYS), last=day)


def ended_by(day: date) -> Period:
    """The last quarter that has ended on a day, its last day itself among them."""
    return of_day(of_day(day + timedelta(days=1)).first - timedelta(days=1))


def _first_after(first: date) -> date:
    year, month = divmod(first.month - 1 + _MONTHS, 12)
    return date(first.year + year, month + 1, 1)


def offered(client: Client, now: datetime) -> list[Period]:
    """Quarters that a review can be made of, the running one first, back to the client's first."""
    zone = ZoneInfo(client.time_zone)
    begun = client.created_at.astimezone(zone).date()
    listed = [of_day(now.astimezone(zone).date())]
    while len(listed) < MOST_OFFERED and listed[-1].first > begun:
        listed.append(of_day(listed[-1].first - timedelta(days=1)))
    return listed


def newest(day: date) -> list[Period]:
    """Quarters that can be chosen for several clients at once, the running one first."""
    listed = [of_day(day)]
    while len(listed) < MOST_OFFERED:
        listed.append(of_day(listed[-1].first - timedelta(days=1)))
    return listed


def by_key(key: str, client: Client, now: datetime) -> Period | None:
    """The quarter of that name, if it is offered."""
    return next((one for one in offered(client, now) if one.key == key), None)
