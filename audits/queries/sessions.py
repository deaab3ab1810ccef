"""Where a person is logged in, in words that they recognise."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session as StoredSession
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.models import Session, User

# The first that is found names it: every browser also calls itself by the names of others.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_HANDHELD = {"iPhone", "iPad", "Android"}


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """One line of the list of sessions."""

    id: UUID
    device: str
    is_handheld: bool
    address: str
    begun_at: datetime
    seen_at: datetime
    is_this_one: bool


def open_sessions(user: User, *, this_key: str) -> list[OpenSession]:
    """Every session that still opens something: this one first, then the last used."""
    now = timezone.now()
    stored = StoredSession.objects.filter(expire_date__gt=now)
    rows = Session.objects.filter(
        user=user,
        key__in=stored.values("session_key"),
        seen_at__gt=now - timedelta(seconds=settings.MIA_SESSION_IDLE_SECONDS),
        begun_at__gt=now - timedelta(seconds=settings.MIA_SESSION_SECONDS),
    )
    found = [
        OpenSession(
            id=row.pk,
            device=device_of(row.agent),
            is_handheld=_first(_SYSTEMS, row.agent) in _HANDHELD,
            address=row.address or "",
            begun_at=row.begun_at,
            seen_at=row.seen_at,
            is_this_one=row.key == this_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda session: not session.is_this_one)


def device_of(agent: str) -> str:
    """Browser and system that a User-Agent header names: "Firefox on Windows"."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in table if sign in agent), "")
