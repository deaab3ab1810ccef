"""An operator's look at a client: begun for a reason, timed, and all of it in the client's log."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.models import BreakGlass, Client, User
from audits.models.break_glass import LONGEST_MINUTES, SHORTEST_REASON
from audits.queries import break_glass
from audits.services import activity
from audits.services.activity import Subject
from audits.services.errors import InvalidInput, NotPossible

_MOST_PAGES = 500


@transaction.atomic
def start(*, operator: User, client: Client, minutes: int, reason: str) -> BreakGlass:
    """Let an operator see one client, read only, for some minutes.

    Raises InvalidInput on "minutes" or "reason", NotPossible while another look is open.
    """
    reason = " ".join(reason.split())
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise InvalidInput(
            "minutes", _("A look takes 1 to %(n)s minutes.") % {"n": LONGEST_MINUTES}
        )
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput(
            "reason",
            _("The client reads this: say in at least %(n)s characters why.")
            % {"n": SHORTEST_REASON},
        )
    locked = User.objects.select_for_update(no_key=True).get(pk=operator.pk)  # one look at a time
    if not (locked.is_operator and locked.is_active):
        raise NotPossible(_("Only an operator of the platform may look."))
    if break_glass.open_look(operator.pk) is not None:
        raise NotPossible(_("Another look is open still. End it first."))
    look = BreakGlass.objects.create(
        provider_id=client.provider_id,
        client=client,
        user=operator,
        reason=reason[:500],
        slug=client.slug,
        ends_at=Now() + timedelta(minutes=minutes),
    )
    look.refresh_from_db()
    until = f"{timezone.localtime(look.ends_at):%H:%M %Z}"
    _record(look, "began", operator, {"reason": reason, "minutes": minutes, "until": until})
    return look


@transaction.atomic
def end(*, look: BreakGlass, actor: User) -> None:
    """End a look before its time; one that is over already stays as it is."""
    ended = BreakGlass.objects.filter(pk=look.pk, ended_at=None).update(ended_at=Now())
    if ended:
        _record(look, "ended", actor, {"opened": len(look.opened)})


def end_open(*, user: User, client: Client | None) -> None:
    """End the look that an operator has open at a client."""
    look = break_glass.open_at(client) if client is not None else None
    if look is not None and look.user_id == user.pk:
        end(look=look, actor=user)


def end_overdue() -> int:
    """Write down the end of every look whose time is over."""
    count = 0
    for look in break_glass.overdue():
        with transaction.atomic():
            rows = BreakGlass.objects.filter(pk=look.pk, ended_at=None)
            if rows.update(ended_at=look.ends_at):
                _record(look, "ended", None, {"opened": len(look.opened), "by itself": True})
                count += 1
    return count


@transaction.atomic
def note_opened(*, look: BreakGlass, actor: User, page: str, subject: Subject) -> None:
    """Write down what the operator opened: each page of each object once in a look."""
    locked = BreakGlass.objects.select_for_update(no_key=True, of=("self",)).get(pk=look.pk)
    if page in locked.opened:
        return
    locked.opened = [*locked.opened, page]
    locked.save(update_fields=["opened"])
    activity.record_about(
        client=locked.client, actor=actor, verb="looked", subject=subject, details={"page": page}
    )
    if len(locked.opened) >= _MOST_PAGES:
        end(look=locked, actor=actor)


def _record(look: BreakGlass, verb: str, actor: User | None, details: dict[str, object]) -> None:
    told = {"operator": str(look.user or ""), **details}
    activity.record(client=look.client, actor=actor, verb=verb, obj=look, details=told)
