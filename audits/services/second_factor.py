"""The second factor of a person, as far as it is no page of the log-in library."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import homes
from audits.access import Actor
from audits.enums import MailKind
from audits.models import User
from audits.queries import second_factor
from audits.services import mail, personal_log, session
from audits.services.errors import InvalidInput, NotPossible


def decline(*, user: User) -> None:
    """Remember that the person does not want one now; they are asked again after a while."""
    user.second_factor_declined_at = timezone.now()
    user.save(update_fields=["second_factor_declined_at"])


@transaction.atomic
def reset(*, actor: Actor, user: User, provider_id: int) -> None:
    """Take a lost second factor off one of the provider's people, staff or client.

    An account is one for every place, so some are for the operator of the installation alone, and
    the refusal does not say why. Raises NotPossible for those, for the actor and where there is
    none.
    """
    if user == actor.user:
        raise NotPossible(_("Your own second factor is changed under Log-in and security."))
    if not _is_the_providers_own(user, provider_id):
        raise NotPossible(
            _("This second factor cannot be taken off here: ask the operator of this portal.")
        )
    _reset(user, actor=actor.user, who=str(actor.user), details={})


def _is_the_providers_own(user: User, provider_id: int) -> bool:
    """Say whether the account is in use, and nobody's business but this provider's."""
    return (
        user.is_active and not user.is_operator and not homes.belongs_elsewhere(user, provider_id)
    )


@transaction.atomic
def reset_by_operator(*, user: User, reason: str) -> None:
    """Take a lost second factor off anybody, for a reason that their logs keep."""
    if not reason.strip():
        raise InvalidInput("reason", "A reason is needed: it stands in the log.", "Name one.")
    who = _("the operator of this portal")
    _reset(user, actor=None, who=who, details={"reason": reason.strip()})


def _reset(user: User, *, actor: User | None, who: str, details: dict[str, str]) -> None:
    if not second_factor.of_user(user).is_set_up:
        raise NotPossible(_("This person has no second factor."))
    Authenticator.objects.filter(user=user).delete()
    session.end_others(user=user, kept="")
    details |= {"person": user.email}
    personal_log.note_by(actor=actor, user=user, verb="reset_factor", details=details)
    words = {"who": mail.in_a_line(who)}
    mail.send(
        recipient=user.email,
        kind=MailKind.ACCOUNT,
        subject=render_to_string("mail/factor_reset_subject.txt", words),
        body=render_to_string("mail/factor_reset_body.txt", words),
    )
