from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max

from audits import sandbox
from audits.enums import FilePurpose, Split
from audits.models import Client, Dataset, DatasetVersion, StoredFile, User
from audits.services import activity, changes, checklist, files, names
from audits.services.errors import InvalidInput
from audits.services.intake import inspect, refuse_too_large

SIDES = {
    "members": FilePurpose.MEMBERS,
    "nonmembers": FilePurpose.NONMEMBERS,
    "population": FilePurpose.POPULATION,
}
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
    """Change what is known about a dataset."""
    changed = changes.write(dataset, values)
    activity.record(
        client=dataset.client, actor=actor, verb="changed", obj=dataset, details={"fields": changed}
    )
    checklist.refresh(client=dataset.client)
    return dataset


def _as_on_the_form(problem: str) -> str:
    """Call the file that a problem begins with as the form calls it."""
    side, _, rest = problem.partition(" ")
    return f"{_SIDE_WORDS[side]} {rest}" if side in _SIDE_WORDS else problem


def _look(uploads: Mapping[str, Upload], layout: Layout) -> sandbox.Outcome:
    """Read the tables in the sandbox; errors name the form field they belong to."""
    sources = {name: upload.source for name, upload in uploads.items()}
    refuse_too_large(sources)
    try:
        return inspect(
            "inspect_table",
            files=sources,
            field="combined" if "combined" in sources else "members",
            params={
                "target": layout.target,
                "drop": list(layout.drop),
                "group": layout.group or None,
                "weight": layout.weight or None,
                "subgroups": list(layout.subgroups),
                "member_column": layout.member_column,
            },
        )
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
    seen = _look(uploads, layout)
    client = dataset.client
    with files.undone_on_error(), transaction.atomic():
        kept = _store_sides(client, actor, uploads, seen)
        Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)  # one number at a time
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
            created_by=actor,
        )
        activity.record(
            client=client,
            actor=actor,
            verb="uploaded",
            obj=dataset,
            details={"version": version.number},
        )
        checklist.refresh(client=client)
    return version


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
