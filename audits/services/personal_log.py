"""Log-ins and closed doors of a person, in the log of every place where they belong."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from audits import homes
from audits.enums import Refusal, TokenState
from audits.homes import Home
from audits.models import Activity, ApiToken, ProviderActivity, User
from audits.rights import Refused
from audits.services import activity
from audits.services.activity import Subject

# A line is kept for ever: nobody may fill somebody's log by knocking.
MOST_A_MINUTE = 10
_LARGEST_ID = 2**63 - 1


def note(*, user: User, verb: str, details: Mapping[str, Any] | None = None) -> None:
    """Write that the person did this to their own account."""
    note_by(actor=user, user=user, verb=verb, details=details)


def note_session(
    *,
    user: User,
    verb: str,
    vouched_by: int | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write that a session of the person began or ended, wherever it opens anything.

    One that a provider's single sign-on began opens that provider alone. No other one hears of it:
    neither that the person works there, nor how that one lets its people in. When the person was
    last seen at a place is kept with the membership (`Membership.seen_at`), not read from lines.
    """
    homes.at_every_home(
        user,
        lambda home: _write(home, user, verb, Subject.of(user), details),
        provider_id=vouched_by,
    )


def note_by(
    *, actor: User | None, user: User, verb: str, details: Mapping[str, Any] | None = None
) -> None:
    """Write that somebody, or the operator of the installation (None), did this to an account."""
    homes.at_every_home(user, lambda home: _write(home, actor, verb, Subject.of(user), details))


def note_failed_log_in(*, user: User) -> None:
    """Write that somebody tried to log in as this person."""
    subject = Subject.of(user)
    verb = Refusal.LOG_IN_FAILED.value

    def write(home: Home) -> None:
        if (details := _while_few(home, verb, Subject.of(user), user=None)) is not None:
            _write(home, None, verb, subject, details)

    homes.at_every_home(user, write)


def note_refused_token(*, token: ApiToken, why: TokenState | None) -> None:
    """Write, where its person belongs at its provider, that a token no longer lets anybody in.

    `why` is what ended it; None where the account of its person is closed.
    """
    subject = Subject.of(token)
    verb = Refusal.TOKEN_REFUSED.value
    told = {"prefix": token.prefix, "because": str(why.label) if why else "the account is closed"}

    def write(home: Home) -> None:
        if (details := _while_few(home, verb, subject, user=None)) is not None:
            _write(home, None, verb, subject, {**told, **details})

    _at_homes_of(token, write)


def note_token(*, token: ApiToken, actor: User, verb: str, details: Mapping[str, Any]) -> None:
    """Write what was done to a token, where its person belongs at its provider."""
    subject = Subject.of(token)
    _at_homes_of(token, lambda home: _write(home, actor, verb, subject, details))


def _at_homes_of(token: ApiToken, write: Callable[[Home], None]) -> None:
    reached: list[Home] = []

    def note_and_write(home: Home) -> None:
        reached.append(home)
        write(home)

    homes.at_every_home(token.user, note_and_write, provider_id=token.provider_id)
    if not reached:  # the person has left; the provider still hears of what is left of them
        with homes.place_of(token.provider_id, None):
            write(Home(provider_id=token.provider_id, client=None))


def note_refused(
    *, user: User, refused: Refused, method: str, path: str, provider_id: int | None = None
) -> None:
    """Write that the person reached for what is not there, not theirs, or above their role.

    Where it is known for which provider they acted, no other one hears of it.
    """
    known = 0 < refused.pk <= _LARGEST_ID
    subject = Subject(
        kind=refused.kind if known else "page", pk=refused.pk if known else 0, name=path
    )
    verb = Refusal.REFUSED.value

    def write(home: Home) -> None:
        if (details := _while_few(home, verb, subject, user=user)) is not None:
            told = {"action": refused.action, "method": method}
            _write(home, user, verb, subject, {**told, **details})

    homes.at_every_home(user, write, provider_id=provider_id)


def _while_few(
    home: Home, verb: str, subject: Subject, *, user: User | None
) -> dict[str, str] | None:
    """Details of one more such line; None where the last minute has seen enough of them."""
    rows = _lines(home).filter(verb=verb, at__gte=Now() - timedelta(minutes=1))
    if user is not None:
        rows = rows.filter(actor=user)
    else:
        rows = rows.filter(object_type=subject.kind, object_id=subject.pk)
    count = rows.count()
    if count >= MOST_A_MINUTE:
        return None
    return {"more": "not listed this minute"} if count == MOST_A_MINUTE - 1 else {}


def _lines(home: Home) -> QuerySet[Activity] | QuerySet[ProviderActivity]:
    if home.client is not None:
        return Activity.objects.filter(client=home.client)
    return ProviderActivity.objects.filter(provider_id=home.provider_id)


def _write(
    home: Home, actor: User | None, verb: str, subject: Subject, details: Mapping[str, Any] | None
) -> None:
    if home.client is not None:
        activity.record_about(
            client=home.client, actor=actor, verb=verb, subject=subject, details=details
        )
    else:
        activity.record_about_at_provider(
            provider_id=home.provider_id,
            actor=actor,
            verb=verb,
            subject=subject,
            details=details,
        )
