from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max

from audits import sandbox
from audits.enums import MODEL_FILES, FilePurpose, VersionKind
from audits.models import AIModel, Client, ModelVersion, User
from audits.services import activity, changes, checklist, files, names
from audits.services.errors import InvalidInput
from audits.services.intake import inspect, refuse_too_large


@transaction.atomic
def register(*, client: Client, actor: User, values: dict[str, Any]) -> AIModel:
    """Enter a model in the client's register."""
    with names.refused_if_taken():
        model = AIModel.objects.create(provider_id=client.provider_id, client=client, **values)
    activity.record(client=client, actor=actor, verb="added", obj=model)
    checklist.refresh(client=client)
    return model


@transaction.atomic
def edit(*, model: AIModel, actor: User, values: dict[str, Any]) -> AIModel:
    """Change what is known about a model."""
    changed = changes.write(model, values)
    activity.record(
        client=model.client, actor=actor, verb="changed", obj=model, details={"fields": changed}
    )
    checklist.refresh(client=model.client)
    return model


def add_version(
    *,
    model: AIModel,
    actor: User | None,
    kind: VersionKind,
    upload: BinaryIO,
    original_name: str,
    note: str = "",
) -> ModelVersion:
    """Look at an uploaded model or predictions file in the sandbox, then keep it encrypted.

    Which kind of model file it is its content says, whatever kind was named.
    Raises InvalidInput on "file" where it cannot be used; then nothing is kept.
    """
    is_model = kind in MODEL_FILES
    entry = "inspect_model" if is_model else "inspect_predictions"
    name = "model" if is_model else "predictions"
    refuse_too_large({"file": upload})
    try:
        facts = inspect(entry, files={name: upload}, params={}, field="file").result
    except sandbox.Refused as error:
        raise InvalidInput("file", error.problem, error.remedy) from error
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
            note=note,
            created_by=actor,
        )
        activity.record(
            client=client,
            actor=actor,
            verb="uploaded",
            obj=model,
            details={"version": version.number, "kind": kind, "sha256": stored.sha256},
        )
        checklist.refresh(client=client)
    return version
