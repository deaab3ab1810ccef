from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import sandbox
from audits.enums import FilePurpose, Split
from audits.models import Client, Dataset, DatasetVersion, StoredFile, User
from audits.services import activity, changes, checklist, files, names, result_shape
from audits.services.errors import InvalidInput, NotPossible
from audits.services.intake import inspect, refuse_at_the_door

SIDES = {
    "members": FilePurpose.MEMBERS,
    "nonmembers": FilePurpose.NONMEMBERS,
    "population": FilePurpose.POPULATION,
}
# What a decision settles, and a decision alone.
SETTLED = frozenset({"data_class", "impact", "reveals"})
_SIDE_WORDS = {
    "members": "the file used for training",
    "nonmembers": "the held-out file",
    "population": "the file of further records",
}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An uploaded table and the name it came with."""

    source: BinaryIO
    name: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How to read the uploaded tables: what each column is for that is no plain feature."""

    target: str
    drop: tuple[str, ...] = ()
    group: str = ""
    weight: str = ""
    subgroups: tuple[str, ...] = ()
    member_column: str = ""
    split: Split = Split.UNKNOWN

    def params(self) -> dict[str, Any]:
        """How to read the tables, as the sandbox entries take it."""
        return {
            "target": self.target,
            "drop": list(self.drop),
            "group": self.group or None,
            "weight": self.weight or None,
            "subgroups": list(self.subgroups),
        }


@transaction.atomic
def register(*, client: Client, actor: User, values: dict[str, Any]) -> Dataset:
    """Enter a dataset in the client's register."""
    with names.refused_if_taken():
        dataset = Dataset.objects.create(provider_id=client.provider_id, client=client, **values)
    activity.record(client=client, actor=actor, verb="added", obj=dataset)
    checklist.refresh(client=client)
    return dataset


@transaction.atomic
def edit(*, dataset: Dataset, actor: User, values: dict[str, Any]) -> Dataset:
    """Change what is known about a dataset.

    Raises NotPossible for how sensitive it is once that was decided: then only a decision changes
    it, which stands with its name and day.
    """
    stored = Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    if stored.impact_decided_at is not None and SETTLED & set(values):
        raise NotPossible(_("How sensitive it is was decided. Change it by another decision."))
    changed = changes.write(dataset, values)
    activity.record(
        client=dataset.client, actor=actor, verb="changed", obj=dataset, details={"fields": changed}
    )
    checklist.refresh(client=dataset.client)
    return dataset


def _as_on_the_form(problem: str) -> str:
    """Call the file that a problem begins with as the form calls it."""
    side, _gap, rest = problem.partition(" ")
    return f"{_SIDE_WORDS[side]} {rest}" if side in _SIDE_WORDS else problem


def look_at(
    entry: str,
    uploads: Mapping[str, Upload],
    params: Mapping[str, Any],
    *,
    field: str,
    check: Callable[[Mapping[str, Any]], None] = result_shape.check_table,
) -> sandbox.Outcome:
    """Read tables in the sandbox and check what it says; errors name the form field."""
    sources = {name: upload.source for name, upload in uploads.items()}
    refuse_at_the_door(sources)
    try:
        return inspect(entry, files=sources, field=field, params=params, check=check)
    except sandbox.Refused as error:
        raise InvalidInput(error.subject, _as_on_the_form(error.problem), error.remedy) from error


def add_version(
    *,
    dataset: Dataset,
    actor: User | None,
    uploads: Mapping[str, Upload],
    layout: Layout,
) -> DatasetVersion:
    """Check uploaded tables in the sandbox, then keep them encrypted as a new version.

    `uploads` holds either "members" and "nonmembers" (and perhaps "population"), or "combined",
    one table whose member column tells the two sides apart; it is cut in the sandbox.
    Raises InvalidInput naming the field; then nothing is kept.
    """
    field = "combined" if "combined" in uploads else "members"
    refuse_overdue(dataset, field)
    params = {**layout.params(), "member_column": layout.member_column}
    seen = look_at("inspect_table", uploads, params, field=field)
    return keep(
        dataset=dataset,
        actor=actor,
        layout=layout,
        seen=seen,
        store=lambda: _store_sides(dataset.client, actor, uploads, seen),
    )


def refuse_overdue(dataset: Dataset, field: str) -> None:
    """Raise InvalidInput where new records would be deleted at once."""
    if dataset.retain_until is not None and dataset.retain_until < timezone.localdate():
        raise InvalidInput(
            field,
            _("The day until which records of this dataset are kept has passed."),
            _("Set a new day first, on the page of the dataset."),
        )


def keep(
    *,
    dataset: Dataset,
    actor: User | None,
    layout: Layout,
    seen: sandbox.Outcome,
    store: Callable[[], Mapping[str, StoredFile]],
    drawing: Mapping[str, Any] | None = None,
) -> DatasetVersion:
    """Store the files and the version together, or neither."""
    client = dataset.client
    with files.undone_on_error(), transaction.atomic():
        kept = store()
        # One number at a time.
        locked = Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
        last = dataset.versions.aggregate(last=Max("number"))["last"] or 0
        version = DatasetVersion.objects.create(
            provider_id=client.provider_id,
            client=client,
            dataset=dataset,
            number=last + 1,
            members_file=kept["members"],
            nonmembers_file=kept["nonmembers"],
            population_file=kept.get("population"),
            target=layout.target,
            drop=list(layout.drop),
            group=layout.group,
            weight=layout.weight,
            subgroups=list(layout.subgroups),
            split=layout.split,
            members=seen.result["members"],
            nonmembers=seen.result["nonmembers"],
            profile=seen.result,
            drawing=dict(drawing or {}),
            created_by=actor,
        )
        if locked.records_deleted_at is not None:
            Dataset.objects.filter(pk=dataset.pk).update(records_deleted_at=None)
        activity.record(
            client=client,
            actor=actor,
            verb="drew" if drawing else "uploaded",
            obj=dataset,
            details={"version": version.number, **_digests(version), **(drawing or {})},
        )
        checklist.refresh(client=client)
    return version


def _digests(version: DatasetVersion) -> dict[str, str]:
    found = {
        "members": version.members_file,
        "nonmembers": version.nonmembers_file,
        "population": version.population_file,
    }
    return {f"sha256 of {side}": file.sha256 for side, file in found.items() if file is not None}


def _store_sides(
    client: Client,
    actor: User | None,
    uploads: Mapping[str, Upload],
    seen: sandbox.Outcome,
) -> dict[str, StoredFile]:
    kept = {
        side: files.store(
            client=client,
            actor=actor,
            purpose=SIDES[side],
            source=upload.source,
            original_name=upload.name,
        )
        for side, upload in uploads.items()
        if side in SIDES
    }
    for side, half in seen.blobs.items():
        kept[side] = files.store_bytes(
            client=client,
            actor=actor,
            purpose=SIDES[side],
            data=half,
            original_name=f"{uploads['combined'].name} ({side})",
        )
    return kept
