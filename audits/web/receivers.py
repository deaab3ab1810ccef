"""What the log-in library tells us.

A changed password or second factor ends other sessions. Who changes the password often fears that
somebody else has it, and a token is as good as a session: a new password revokes them all. Log-ins,
and what changes in them, stand in the log of every place where the person belongs; those by single
sign-on at the provider whose it is.
"""

from collections.abc import Mapping
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import (
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib import messages
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import ngettext

from audits.models import User
from audits.queries import members
from audits.services import api_token, personal_log, session
from audits.web import vouching


@receiver([password_changed, authenticator_added, authenticator_removed, authenticator_reset])
def end_other_sessions(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    session.end_others(user=user, kept=request.session.session_key or "")


@receiver(password_reset)
def end_every_session(*, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    session.end_others(user=user, kept="")


@receiver([password_changed, password_reset])
def revoke_tokens(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    count = api_token.revoke_all(user=user)
    if count:
        text = ngettext(
            "Your API token was revoked: make a new one for the program that used it.",
            "Your %(count)s API tokens were revoked: make new ones for the programs that need one.",
            count,
        )
        messages.info(request, text % {"count": count})


@receiver(user_logged_in)
def note_log_in(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    methods = [record.get("type") or record["method"] for record in records]
    personal_log.note_session(
        user=user,
        verb="logged_in",
        vouched_by=_vouched_by(request, user),
        details={"with": methods},
    )


@receiver(user_logged_out)
def note_log_out(*, request: HttpRequest, user: User | None, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    if user is not None:
        vouched_by = _vouched_by(request, user)
        personal_log.note_session(user=user, verb="logged_out", vouched_by=vouched_by)


def _vouched_by(request: HttpRequest, user: User) -> int | None:
    vouched = vouching.vouched_for(request, user)
    return vouched.provider_id if vouched is not None else None


@receiver(user_login_failed)
def note_failed_log_in(*, credentials: Mapping[str, Any], **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    """Only of a known account: nobody else has a log to stand in."""
    user = members.user_of(str(credentials.get("email") or ""))
    if user is not None:
        personal_log.note_failed_log_in(user=user)


@receiver(authentication_failed)
def note_failed_second_step(*, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    personal_log.note_failed_log_in(user=user)


@receiver([password_changed, password_set])
def note_new_password(*, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    personal_log.note(user=user, verb="changed_password")


@receiver(password_reset)
def note_password_reset(*, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    personal_log.note(user=user, verb="reset_password")


@receiver(authenticator_added)
def note_new_factor(*, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    _note_factor(user, "added_factor", authenticator)


@receiver(authenticator_removed)
def note_removed_factor(*, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    _note_factor(user, "removed_factor", authenticator)


@receiver(authenticator_reset)
def note_new_codes(*, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
    _note_factor(user, "renewed_factor", authenticator)


def _note_factor(user: User, verb: str, authenticator: Authenticator) -> None:
    kind = str(authenticator.get_type_display())
    personal_log.note(user=user, verb=verb, details={"factor": kind})
