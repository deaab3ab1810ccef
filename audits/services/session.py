"""A person's log-ins: noted where they are used, ended one by one or together."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session as StoredSession
from django.db import transaction
from django.utils import timezone

from audits import homes
from audits.models import Membership, Session, User
from audits.services import activity, personal_log
from audits.services.errors import NotPossible

_LONGEST_AGENT = 300


def note(
    *,
    user: User,
    session_id: str,
    key: str,
    address: str,
    agent: str,
    begun_at: datetime,
    provider_ids: Collection[int] = (),
) -> str:
    """Write down that a session is being used, from where, and for whom; returns its id.

    The key changes with log-in and password, the id stays.
    """
    now = timezone.now()
    seen = {
        "key": key,
        "address": address or None,
        "agent": agent[:_LONGEST_AGENT],
        "seen_at": now,
        "provider_ids": sorted(provider_ids),
    }
    if session_id and Session.objects.filter(pk=session_id, user=user).update(**seen):
        return session_id
    oldest = now - timedelta(seconds=settings.MIA_SESSION_SECONDS)
    Session.objects.filter(user=user, begun_at__lt=oldest).delete()
    made, _ = Session.objects.update_or_create(
        key=key, defaults={**seen, "user": user, "begun_at": begun_at}
    )
    return str(made.pk)


def note_seen(*, user: User, provider_id: int, client_id: int | None) -> None:
    """Remember that the person was at this place now: what it tells its people of them."""
    with homes.place_of(provider_id, client_id):
        held = Membership.objects.filter(user=user, provider_id=provider_id, client=client_id)
        held.update(seen_at=timezone.now())


@transaction.atomic
def end(*, user: User, session_id: str) -> bool:
    """End one session of the person; says whether there was one."""
    ended = _end(Session.objects.filter(pk=session_id, user=user))
    if ended:
        personal_log.note(user=user, verb="ended_session")
    return ended > 0


@transaction.atomic
def end_others(*, user: User, kept: str) -> int:
    """End every session of the person but the one with this key; returns how many."""
    return _end(Session.objects.filter(user=user).exclude(key=kept))


@transaction.atomic
def log_out_elsewhere(*, user: User, kept: str) -> int:
    """End the other sessions because the person asks for it; returns how many."""
    ended = end_others(user=user, kept=kept)
    if ended:
        personal_log.note(user=user, verb="ended_sessions", details={"sessions": ended})
    return ended


@transaction.atomic
def end_all(*, provider_id: int, user: User, actor: User) -> int:
    """Log one of the provider's people, staff or client, out of it; returns of how many sessions.

    Sessions that showed nothing of this provider go on at others, which it learns nothing of: here
    they open nothing more. Who may ask for it is for the caller's door to say. Raises NotPossible
    where the person does not belong to the provider.
    """
    held = Membership.objects.filter(user=user, provider_id=provider_id)
    # To the second, as sessions note their beginning: a log-in that follows at once is a new one.
    if not held.update(logged_out_at=timezone.now().replace(microsecond=0)):
        raise NotPossible("This person does not belong to your provider.")
    ended = _end(Session.objects.filter(user=user, provider_ids__contains=[provider_id]))
    activity.record_at_provider(
        provider_id=provider_id,
        actor=actor,
        verb="ended the sessions of",
        obj=user,
        details={"person": user.email, "sessions": ended},
    )
    return ended


def _end(rows: Iterable[Session]) -> int:
    found = {row.pk: row.key for row in rows}
    StoredSession.objects.filter(session_key__in=found.values()).delete()
    Session.objects.filter(pk__in=found).delete()
    return len(found)
