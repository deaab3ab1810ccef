from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import Treatment
from audits.models import ChecklistItem, RiskDecision, User
from audits.services import activity, checklist_answer
from audits.services.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class SeenTo:
    """Who does what is to be done: a person, or the name of somebody without an account."""

    owner: User | None
    name: str


@transaction.atomic
def decide(
    *,
    item: ChecklistItem,
    actor: User,
    treatment: Treatment,
    reason: str,
    signature: str,
    decided_on: date,
    seen_to: SeenTo | None = None,
) -> RiskDecision:
    """Write down what was decided about a control: a record of its own, never changed.

    It stands until another one is made, or until the matter becomes graver than it was.
    Without `seen_to` whoever sees to the control goes on doing so.
    Raises InvalidInput on the field.
    """
    for field, given in (("reason", reason), ("signature", signature)):
        if not given.strip():
            raise InvalidInput(field, _("A decision needs a reason and the name of who decides."))
    if decided_on > timezone.localdate():
        raise InvalidInput("decided_on", _("A decision cannot be of a day to come."))
    stored = ChecklistItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    made = RiskDecision.objects.create(
        provider_id=item.provider_id,
        client=item.client,
        item=item,
        treatment=treatment,
        reason=reason.strip(),
        signature=signature.strip(),
        decided_on=decided_on,
        priority=stored.priority,
        recorded_by=actor,
    )
    item.decided = treatment
    item.save(update_fields=["decided"])
    activity.record(
        client=item.client,
        actor=actor,
        verb="decided",
        obj=item,
        details={
            "decision": str(Treatment(treatment).label),
            "reason": made.reason,
            "decided_by": made.signature,  # a “signature” would be masked
            "date": made.decided_on,
        },
    )
    if seen_to is not None:
        checklist_answer.assign(
            items=[item], actor=actor, owner=seen_to.owner, owner_name=seen_to.name
        )
    return made
