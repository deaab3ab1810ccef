"""What a person says of a dataset: what its columns hold, how sensitive it is, who allowed it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import FilePurpose, LegalBasis
from audits.guidance import columns
from audits.guidance.sensitivity import NOTHING
from audits.models import DataPermission, Dataset, DatasetVersion, StoredFile, User
from audits.services import activity, changes, checklist, evidence_kinds, files
from audits.services.errors import InvalidInput


@transaction.atomic
def confirm_columns(
    *, version: DatasetVersion, actor: User, kinds: Mapping[str, str]
) -> DatasetVersion:
    """Write down what each column holds, in a person's own word; who and when stand beside it.

    Raises InvalidInput where a column is left open or a kind is not known.
    """
    listed = [column["name"] for column in version.profile.get("columns", ())]
    known = {NOTHING, *(kind.key for kind in columns.kinds())}
    if set(kinds) != set(listed) or not set(kinds.values()) <= known:
        raise InvalidInput("", _("Say for every column what it holds."))
    locked = DatasetVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    before = locked.column_kinds
    version.column_kinds = dict(kinds)
    version.columns_confirmed_by = actor
    version.columns_confirmed_at = timezone.now()
    version.save(update_fields=["column_kinds", "columns_confirmed_by", "columns_confirmed_at"])
    changed = {
        name: {"before": before.get(name, ""), "after": key}
        for name, key in kinds.items()
        if before.get(name) != key and (before or key != NOTHING)
    }
    activity.record(
        client=version.client,
        actor=actor,
        verb="confirmed",
        obj=version.dataset,
        details={"version": version.number, "columns": len(kinds), "fields": changed},
    )
    return version


@transaction.atomic
def decide_sensitivity(*, dataset: Dataset, actor: User, values: dict[str, Any]) -> Dataset:
    """Settle class, impact and what membership reveals; the dataset's facts follow at once."""
    changed = changes.write(dataset, values)
    dataset.impact_decided_by = actor
    dataset.impact_decided_at = timezone.now()
    dataset.save(update_fields=["impact_decided_by", "impact_decided_at"])
    activity.record(
        client=dataset.client, actor=actor, verb="decided", obj=dataset, details={"fields": changed}
    )
    checklist.refresh(client=dataset.client)
    return dataset


def record_permission(
    *,
    dataset: Dataset,
    actor: User,
    basis: LegalBasis,
    given_by: str,
    given_role: str,
    given_on: date,
    note: str = "",
    upload: tuple[BinaryIO, str] | None = None,
) -> DataPermission:
    """Write down on what basis the records are used and who allowed it; a note or a file says how.

    The file is told by its bytes, kept as it is and opened by nobody here. Raises InvalidInput
    naming the field.
    """
    if given_on > timezone.localdate():
        raise InvalidInput("given_on", _("This day is still to come."))
    if not note.strip() and upload is None:
        raise InvalidInput("note", _("Say where the permission can be read, or add its file."))
    if upload is not None:
        evidence_kinds.refuse_too_much(upload[0], field="upload")
        evidence_kinds.refuse_unknown(upload[0], name=upload[1], field="upload")
    client = dataset.client
    with files.undone_on_error(), transaction.atomic():
        made = DataPermission.objects.create(
            provider_id=client.provider_id,
            client=client,
            dataset=dataset,
            basis=basis,
            given_by=given_by,
            given_role=given_role,
            given_on=given_on,
            note=note,
            file=_stored(dataset, actor, upload),
            recorded_by=actor,
        )
        activity.record(
            client=client,
            actor=actor,
            verb="permitted",
            obj=dataset,
            details={
                "basis": str(LegalBasis(basis).label),
                "given by": given_by,
                "role": given_role,
                "given on": given_on.isoformat(),
            },
        )
    return made


def _stored(
    dataset: Dataset, actor: User, upload: tuple[BinaryIO, str] | None
) -> StoredFile | None:
    if upload is None:
        return None
    source, name = upload
    return files.store(
        client=dataset.client,
        actor=actor,
        purpose=FilePurpose.PERMISSION,
        source=source,
        original_name=name,
    )
