"""A fair split before training: one table in, two files out, and the version that knows them."""

import hashlib
import secrets
from pathlib import PurePath
from typing import BinaryIO

from audits import sandbox
from audits.enums import Split
from audits.models import Dataset, DatasetVersion, StoredFile, User
from audits.services import dataset as datasets
from audits.services import files, result_shape
from audits.services.dataset import SIDES, Layout, Upload
from audits.services.errors import InvalidInput
from audits.services.intake import not_safe

SHARES = (20, 30, 50)
"""Of a hundred people, how many may be held out."""
_SEED_BITS = 63
_CHUNK = 1 << 20
_NAMES = {"members": "train", "nonmembers": "held-out"}


def split(
    *,
    dataset: Dataset,
    actor: User | None,
    upload: Upload,
    layout: Layout,
    held_out_percent: int,
    seed: int | None = None,
) -> DatasetVersion:
    """Deal the people of one table out by chance and keep both sides as a version.

    The seed is drawn here and recorded, so that the draw can be repeated from the same file.
    Raises InvalidInput naming the field; then nothing is kept.
    """
    if held_out_percent not in SHARES:
        raise InvalidInput("held_out_percent", "Choose one of the shares that are offered.")
    datasets.refuse_overdue(dataset, "table")
    drawn = secrets.randbits(_SEED_BITS) if seed is None else seed
    params = {**layout.params(), "held_out_percent": held_out_percent, "seed": drawn}
    seen = datasets.look_at(
        "split_table", {"table": upload}, params, field="table", check=result_shape.check_split
    )
    if set(seen.blobs) != set(_NAMES):  # a split has two sides
        raise not_safe("table")
    return datasets.keep(
        dataset=dataset,
        actor=actor,
        layout=Layout(
            target=layout.target,
            drop=layout.drop,
            group=layout.group,
            weight=layout.weight,
            subgroups=layout.subgroups,
            split=Split.RANDOM,
        ),
        seen=seen,
        store=lambda: _store(dataset, actor, upload.name, seen),
        drawing={
            "seed": str(drawn),
            "held_out_percent": held_out_percent,
            "by": layout.group,
            "format": seen.result["drawing"]["format"],
            "people": seen.result["drawing"]["people"],
            "source_sha256": _digest(upload.source),
        },
    )


def _store(
    dataset: Dataset, actor: User | None, name: str, seen: sandbox.Outcome
) -> dict[str, StoredFile]:
    stem, ending = PurePath(name).stem[:150], seen.result["drawing"]["format"]
    return {
        side: files.store_bytes(
            client=dataset.client,
            actor=actor,
            purpose=SIDES[side],
            data=half,
            original_name=f"{stem}-{_NAMES[side]}.{ending}",
        )
        for side, half in seen.blobs.items()
    }


def _digest(source: BinaryIO) -> str:
    source.seek(0)
    found = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def file_of(version: DatasetVersion, side: str) -> StoredFile | None:
    """One side of a version that was drawn here; none of one that the client brought and has."""
    if not version.drawing:
        return None
    return version.members_file if side == "members" else version.nonmembers_file
