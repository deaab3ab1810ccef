from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from audits import sandbox
from audits.engine.loaders.model_kinds import WAY_OUT
from audits.enums import (
    LIFECYCLE_STARTS,
    LIFECYCLE_STEPS,
    MODEL_FILES,
    FilePurpose,
    Lifecycle,
    VersionKind,
)
from audits.models import AIModel, Client, DatasetVersion, ModelVersion, User
from audits.services import (
    activity,
    audit_schedule,
    changes,
    checklist,
    files,
    names,
    version_retention,
)
from audits.services.errors import InvalidInput
from audits.services.intake import SMALLER_MODEL, SMALLER_SAMPLE, inspect, look, refuse_at_the_door

OTHER_FORMAT = "other_format"
"""Code of a refusal that a script for the client's own machine helps with."""

_OTHER_CHOICE = {
    "model": ("this is a model file", 'choose "Model file" above and upload it again'),
    "predictions": (
        "this is a predictions table",
        'choose "Predictions file" above and upload it again',
    ),
}


@transaction.atomic
def register(*, client: Client, actor: User, values: dict[str, Any]) -> AIModel:
    """Enter a model in the client's register; raises InvalidInput on "lifecycle"."""
    _refuse_jump(None, values)
    with names.refused_if_taken():
        model = AIModel.objects.create(provider_id=client.provider_id, client=client, **values)
    activity.record(client=client, actor=actor, verb="added", obj=model)
    checklist.refresh(client=client)
    return model


@transaction.atomic
def edit(*, model: AIModel, actor: User, values: dict[str, Any]) -> AIModel:
    """Change what is known about a model.

    Raises InvalidInput on "lifecycle" for a status that cannot follow the one it has.
    """
    _refuse_jump(AIModel.objects.select_for_update(no_key=True).get(pk=model.pk), values)
    changed = changes.write(model, values)
    activity.record(
        client=model.client, actor=actor, verb="changed", obj=model, details={"fields": changed}
    )
    if "lifecycle" in changed and model.lifecycle == Lifecycle.RETIRED:
        audit_schedule.end_of(model=model, actor=actor)
    checklist.refresh(client=model.client)
    return model


def _refuse_jump(stored: AIModel | None, values: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a status that cannot follow: without a review nothing is decided."""
    to = Lifecycle(values.get("lifecycle", Lifecycle.DRAFT if stored is None else stored.lifecycle))
    allowed: tuple[Lifecycle, ...]
    if stored is None:
        allowed = LIFECYCLE_STARTS
    else:
        before = Lifecycle(stored.lifecycle)
        allowed = (before, *LIFECYCLE_STEPS[before])
    if to not in allowed:
        raise InvalidInput(
            "lifecycle",
            _("“%(status)s” cannot follow here") % {"status": to.label},
            _("choose “%(review)s” first") % {"review": Lifecycle.IN_REVIEW.label},
        )


def add_version(
    *,
    model: AIModel,
    actor: User | None,
    kind: VersionKind,
    upload: BinaryIO,
    original_name: str,
    note: str = "",
    subgroups: Sequence[str] = (),
    trained_on: DatasetVersion | None = None,
    retain_until: date | None = None,
) -> ModelVersion:
    """Look at an uploaded model or predictions file in the sandbox, then keep it encrypted.

    Which kind of model file it is its content says, whatever kind was named. `subgroups` are
    columns of a predictions file whose values get figures of their own. On the day after
    `retain_until` the file is deleted.
    Raises InvalidInput on "file" where it cannot be used, on "subgroups" or on "retain_until";
    then nothing is kept.
    """
    is_model = kind in MODEL_FILES
    refuse_at_the_door({"file": upload}, remedy=SMALLER_MODEL if is_model else SMALLER_SAMPLE)
    facts = _facts(upload, subgroups, is_model=is_model)
    kind = VersionKind(facts["format"]) if is_model else kind
    client = model.client
    with files.undone_on_error(), transaction.atomic():
        stored = files.store(
            client=client,
            actor=actor,
            purpose=FilePurpose.MODEL if is_model else FilePurpose.PREDICTIONS,
            source=upload,
            original_name=original_name,
        )
        AIModel.objects.select_for_update(no_key=True).get(pk=model.pk)  # one number at a time
        last = model.versions.aggregate(last=Max("number"))["last"] or 0
        version = ModelVersion.objects.create(
            provider_id=client.provider_id,
            client=client,
            model=model,
            number=last + 1,
            kind=kind,
            file=stored,
            family=str(facts.get("family") or "")[:50],
            facts=facts,
            trained_on=trained_on,
            note=note,
            created_by=actor,
        )
        activity.record(
            client=client,
            actor=actor,
            verb="uploaded",
            obj=model,
            details={
                "version": version.number,
                "kind": kind,
                "sha256": stored.sha256,
                "trained_on": _named(trained_on),
            },
        )
        if retain_until is not None:
            version_retention.keep_until(version=version, actor=actor, until=retain_until)
        checklist.refresh(client=client)
    return version


@transaction.atomic
def edit_version(*, version: ModelVersion, actor: User, values: Mapping[str, Any]) -> ModelVersion:
    """Change what was said about a version: its records, its note, the last day of its file.

    Raises InvalidInput on "retain_until".
    """
    given = dict(values)
    stored = ModelVersion.objects.select_related("trained_on__dataset").get(pk=version.pk)
    until = given.pop("retain_until", stored.retain_until)
    if until != stored.retain_until:
        version_retention.keep_until(version=version, actor=actor, until=until)
    changed = changes.write(version, given)
    if changed:
        told = {
            name: {"before": _named(change["before"]), "after": _named(change["after"])}
            for name, change in changed.items()
        }
        activity.record(
            client=version.client,
            actor=actor,
            verb="changed_version",
            obj=version.model,
            details={"version": version.number, "fields": told},
        )
    checklist.refresh(client=version.client)
    return version


def _named(value: object) -> str:
    if isinstance(value, DatasetVersion):
        return f"{value.dataset} {value}"
    return str(value or "")


def _facts(upload: BinaryIO, subgroups: Sequence[str], *, is_model: bool) -> dict[str, Any]:
    """Say what the file holds; a refusal says so where it is merely of the other kind."""
    name, other = ("model", "predictions") if is_model else ("predictions", "model")
    params = {} if is_model else {"subgroups": list(subgroups)}
    try:
        return inspect(
            f"inspect_{name}",
            files={name: upload},
            params=params,
            field="file",
            remedy=SMALLER_MODEL if is_model else SMALLER_SAMPLE,
        ).result
    except sandbox.Refused as error:
        if error.subject == "subgroups":
            raise InvalidInput(error.subject, error.problem, error.remedy) from error
        if _opens_as(other, upload):
            raise InvalidInput("file", *_OTHER_CHOICE[other]) from error
        code = OTHER_FORMAT if error.remedy == WAY_OUT else ""
        raise InvalidInput("file", error.problem, error.remedy, code) from error


def _opens_as(name: str, upload: BinaryIO) -> bool:
    try:
        look(f"inspect_{name}", files={name: upload}, params={})
    except sandbox.SandboxError:
        return False
    return True
