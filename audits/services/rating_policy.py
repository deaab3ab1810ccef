"""Makes the rating stricter for a provider or a client; each change is a revision of its own."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.guidance.strictness import (
    HOUSE,
    TIMED,
    Asked,
    Policy,
    Revision,
    Source,
    TooLax,
    checked,
    too_lax,
)
from audits.models import (
    AITool,
    ChecklistItem,
    Client,
    Dataset,
    Provider,
    RatingPolicy,
    User,
)
from audits.queries import policy_preview
from audits.queries import rating_policy as policies
from audits.queries.policy_preview import Change
from audits.services import activity, checklist
from audits.services.errors import InvalidInput, NotPossible


def proposed(*, provider_id: int, client: Client | None, asked: Asked) -> Revision:
    """The next revision, without what the policy above asks for already.

    Raises InvalidInput on the knob that would be laxer than what is above: the house for a
    provider, the provider for a client.
    """
    above, given = _above(provider_id, client), _next(provider_id, client, asked)
    try:
        kept = checked(given, above=above)
    except TooLax as error:
        raise _refused(error) from error
    return replace(given, asked=kept)


def refusals(*, provider_id: int, client: Client | None, asked: Asked) -> list[InvalidInput]:
    """Everything that `proposed` would refuse, so that a page shows all of it at once."""
    given = _next(provider_id, client, asked)
    return [_refused(one) for one in too_lax(given, above=_above(provider_id, client))]


def _above(provider_id: int, client: Client | None) -> Policy:
    return HOUSE if client is None else policies.of_provider(provider_id)


def _next(provider_id: int, client: Client | None, asked: Asked) -> Revision:
    last = policies.history(provider_id=provider_id, client=client).first()
    return Revision(
        source=Source.PROVIDER if client is None else Source.CLIENT,
        number=last.number + 1 if last is not None else 1,
        dated=timezone.now().date(),
        asked=asked,
    )


def _refused(error: TooLax) -> InvalidInput:
    if error.knob == "months":
        return InvalidInput(
            "months",
            _("an audit stands for %(most)s months already") % {"most": error.most},
            _("choose fewer months"),
        )
    return InvalidInput(
        error.knob,
        _(
            "a rating policy can only give less time, and a graver rating never more than a lesser"
            " one"
        ),
        _("enter at most %(most)s days") % {"most": error.most},
    )


@transaction.atomic
def revise(
    *, provider_id: int, client: Client | None, actor: User, asked: Asked, reason: str
) -> RatingPolicy:
    """Write down the next policy of a provider, or of one client; ratings follow at once.

    Dates that the rating had set follow too, those that a person set stay. Raises InvalidInput on
    the field, NotPossible where the policy asks for that already.
    """
    _lock(provider_id, client)
    if not reason.strip():
        raise InvalidInput(
            "reason", _("A rating policy needs a reason: others have to live with it.")
        )
    revision = proposed(provider_id=provider_id, client=client, asked=asked)
    last = policies.history(provider_id=provider_id, client=client).first()
    before = Asked.of(last.asks) if last is not None else Asked()
    if before == revision.asked:
        raise NotPossible(_("The rating policy asks for exactly that already. Nothing was saved."))
    preview = policy_preview.of_revision(revision, provider_id=provider_id, client=client)
    made = RatingPolicy.objects.create(
        provider_id=provider_id,
        client=client,
        number=revision.number,
        asks=revision.asked.stored(),
        reason=reason.strip(),
        recorded_by=actor,
    )
    concerned = {one.after.model.client_id for one in preview.changes if _is_touched(one)}
    if before.raised != revision.asked.raised:  # it counts for data and tools too
        concerned |= _holding_data(provider_id, client)
    moved = _follow(preview.changes, concerned)
    told = {
        "fields": _told(before, revision.asked),
        "reason": made.reason,
        "models_rated_otherwise": sum(one.move is not None for one in preview.changes),
        "dates_moved": moved,
    }
    if client is None:
        activity.record_at_provider(
            provider_id=provider_id, actor=actor, verb="revised", obj=made, details=told
        )
    else:
        activity.record(client=client, actor=actor, verb="revised", obj=made, details=told)
    return made


def _lock(provider_id: int, client: Client | None) -> None:
    """Two at once would both be the next revision."""
    if client is None:
        Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
    else:
        Client.objects.select_for_update(no_key=True).get(pk=client.pk)


def _is_touched(change: Change) -> bool:
    impacts = {one.rating.impact for one in (change.before, change.after)}
    return change.is_sooner or change.is_later or len(impacts) > 1


def _holding_data(provider_id: int, client: Client | None) -> set[int]:
    """Clients under a policy that have datasets or tools."""
    if client is not None:
        return {client.pk}
    kinds = (Dataset, AITool)
    return {
        pk
        for kind in kinds
        for pk in kind.objects.filter(provider_id=provider_id)
        .order_by()
        .values_list("client_id", flat=True)
        .distinct()
    }


def _follow(changes: list[Change], touched: set[int]) -> int:
    """Bring the checklists of these clients in line, and return how many dates moved with it."""
    # Clients first and in one order, as whoever brings a checklist in line takes them.
    locked = Client.objects.select_for_update(no_key=True).filter(pk__in=touched).order_by("pk")
    clients = {row.pk: row for row in locked}
    moved = sum(
        _move(one, clients[one.after.model.client_id])
        for one in changes
        if (one.is_sooner or one.is_later) and one.after.audit is not None
    )
    for client in clients.values():
        checklist.refresh(client=client)
    return moved


def _move(change: Change, client: Client) -> int:
    """Move the dates of the model's actions that are those of its rating."""
    before = checklist.deadline(change.before, client)
    if before is None:  # nothing was asked for by a day: a date is somebody's own
        return 0
    rows = ChecklistItem.objects.filter(
        client=client, finding__audit=change.after.audit, due=before
    )
    return rows.update(due=checklist.deadline(change.after, client))


def _told(before: Asked, after: Asked) -> dict[str, dict[str, Any]]:
    """Each knob that moved, with both values; "–" leaves what the policy above says."""
    knobs = {
        "months_an_audit_stands": (before.months, after.months),
        **{
            f"days_to_act_on_{badge.value}": (
                before.days.get(badge),
                after.days.get(badge),
            )
            for badge in TIMED
        },
        "counted_one_class_higher": (
            [f"S{impact}" for impact in sorted(before.raised)],
            [f"S{impact}" for impact in sorted(after.raised)],
        ),
        "unproven_s3_is_elevated": (before.unproven, after.unproven),
    }
    return {name: {"before": old, "after": new} for name, (old, new) in knobs.items() if old != new}
