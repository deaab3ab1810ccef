"""Permission to audit: recorded before the first attack, never edited, withdrawn at any time."""

from datetime import date, timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.enums import ACTIVE_STATES, FilePurpose
from audits.models import AIModel, Audit, Authorisation, StoredFile, User
from audits.queries import authorisation as queries
from audits.services import activity, evidence_kinds, files, job
from audits.services.errors import InvalidInput, NotPossible

LASTS = timedelta(days=365)
LONGEST = timedelta(days=2 * 365 + 1)
NEITHER = gettext_lazy("Tick this, or add the signed letter above.")
MISSING = "not_authorised"
"""Code of the refusal to audit a model that nobody has allowed to be audited."""


def record(
    *,
    model: AIModel,
    actor: User,
    person: str,
    role: str,
    given_on: date,
    ends_on: date,
    scope: str,
    is_confirmed: bool,
    source: str = "",
    upload: tuple[BinaryIO, str] | None = None,
) -> Authorisation:
    """Write down who allowed audits of the model; a signed letter is kept encrypted as it is.

    It rests on the letter, or on the word of whoever records it (`is_confirmed`). Raises
    InvalidInput on a date that cannot be, on "upload", or on "is_confirmed" where there is neither.
    """
    today = timezone.localdate()
    if given_on > today:
        raise InvalidInput("given_on", _("A permission cannot be of a day to come."))
    if ends_on < today:
        raise InvalidInput("ends_on", _("A permission that has ended allows nothing."))
    if ends_on - given_on > LONGEST:
        raise InvalidInput("ends_on", _("A permission holds for two years at most."))
    if upload is None and not is_confirmed:
        raise InvalidInput("is_confirmed", str(NEITHER))
    if upload is not None:
        evidence_kinds.refuse_too_much(upload[0], field="upload")
        evidence_kinds.refuse_unsigned(upload[0], name=upload[1], field="upload")
    told: dict[str, str | bool] = {"person": person, "role": role, "scope": scope}
    with files.undone_on_error(), transaction.atomic():
        kept = _kept(model, actor, upload)
        made = Authorisation.objects.create(
            provider_id=model.provider_id,
            client=model.client,
            model=model,
            given_on=given_on,
            ends_on=ends_on,
            source=source,
            is_confirmed=is_confirmed,
            file=kept,
            recorded_by=actor,
            person=person,
            role=role,
            scope=scope,
        )
        told |= {"given_on": given_on.isoformat(), "ends_on": ends_on.isoformat()}
        told |= {"confirmed": is_confirmed}
        if kept is not None:
            told |= {"file": kept.original_name, "sha256": kept.sha256}
        activity.record(
            client=model.client, actor=actor, verb="authorised", obj=model, details=told
        )
    return made


def _kept(model: AIModel, actor: User, upload: tuple[BinaryIO, str] | None) -> StoredFile | None:
    if upload is None:
        return None
    return files.store(
        client=model.client,
        actor=actor,
        purpose=FilePurpose.PERMISSION,
        source=upload[0],
        original_name=upload[1],
        max_bytes=settings.MIA_MAX_EVIDENCE_BYTES,
    )


@transaction.atomic
def withdraw(*, authorisation: Authorisation, actor: User) -> int:
    """End a permission: what ran stays what it was, what waits or runs on it is stopped.

    Returns how many audits were stopped.
    """
    held = Authorisation.objects.filter(pk=authorisation.pk, withdrawn_at=None)
    if held.update(withdrawn_at=Now()) != 1:
        raise NotPossible(_("This permission was withdrawn already."))
    stopped = _stop(authorisation, actor)
    activity.record(
        client=authorisation.client,
        actor=actor,
        verb="unauthorised",
        obj=authorisation.model,
        details={
            "person": authorisation.person,
            "role": authorisation.role,
            "audits stopped": stopped,
        },
    )
    return stopped


def _stop(authorisation: Authorisation, actor: User) -> int:
    """Cancel every audit that waits or runs on the permission, each with its line in the log."""
    resting = Audit.objects.filter(authorisation=authorisation, job__state__in=ACTIVE_STATES)
    audits = list(resting.select_related("client", "job").order_by("pk"))
    for audit in audits:
        if audit.job is not None:
            job.cancel(audit.job)
        activity.record(
            client=authorisation.client,
            actor=actor,
            verb="cancelled",
            obj=audit,
            details={"model": authorisation.model.name, "because": "permission withdrawn"},
        )
    return len(audits)


def required(model: AIModel) -> Authorisation:
    """The permission that an audit of the model rests on; raises InvalidInput without one."""
    found = queries.current(model)
    if found is None:
        raise _missing(model)
    return found


def held(permission: Authorisation) -> Authorisation:
    """The same permission, which nobody can withdraw before the transaction has ended.

    A withdrawal either comes first, and raises InvalidInput here, or finds the audit that this
    transaction adds.
    """
    rows = Authorisation.objects.select_for_update(no_key=True, of=("self",))
    found = rows.filter(pk=permission.pk, withdrawn_at=None).first()
    if found is None:
        raise _missing(permission.model)
    return found


def _missing(model: AIModel) -> InvalidInput:
    return InvalidInput(
        "model_version",
        f"Nobody has allowed an audit of “{model.name}” yet, or the permission has ended.",
        "Record who allows it on the page of the model, then start again.",
        MISSING,
    )
