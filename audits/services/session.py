"""A person's log-ins: noted where they are used, ended one by one or together."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session as StoredSession
from django.db import transaction
from django.utils import timezone

from audits.models import Membership, Session, User
from audits.services import activity, personal_log
from audits.services.errors import NotPossible

_LONGEST_AGENT = 300


def note(
    *, user: User, session_id: str, key: str, address: str, agent: str, begun_at: datetime
) -> str:
    """Write down that a session is being used, and from where; returns its id.

    The key changes with log-in and password, the id stays.
    """
    now = timezone.now()
    seen = {"key": key, "address": address or None, "agent": agent[:_LONGEST_AGENT], "seen_at": now}
    if session_id and Session.objects.filter(pk=session_id, user=user).update(**seen):
        return session_id
    oldest = now - timedelta(seconds=settings.MIA_SESSION_SECONDS)
    Session.objects.filter(user=user, begun_at__lt=oldest).delete()
    made, _ = Session.objects.update_or_create(
        key=key, defaults={**seen, "user": user, "begun_at": begun_at}
    )
    return str(made.pk)


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
    """End every session of one of the provider's people, staff or client; returns how many.

    Who may ask for it is for the caller's door to say. Raises NotPossible where the person does not
    belong to the provider.
    """
    if not Membership.objects.filter(user=user, provider_id=provider_id).exists():
        raise NotPossible("This person does not belong to your provider.")
    ended = _end(Session.objects.filter(user=user))
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
