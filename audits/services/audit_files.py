"""What an audit reads: its files opened in memory, and the plan as the engine takes it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from audits import sandbox
from audits.enums import VersionKind
from audits.models import DatasetVersion, ModelVersion, StoredFile
from audits.services import files


def inputs_of(version: ModelVersion, data: DatasetVersion | None) -> dict[str, StoredFile]:
    """Every input under the name that the sandbox entries know.

    Raises sandbox.Refused where the file of the version was deleted.
    """
    if version.file is None:
        raise sandbox.Refused(
            "model",
            "the file of this version was deleted, so nothing can be measured",
            "upload it as a new version",
        )
    if version.kind == VersionKind.PREDICTIONS or data is None:
        return {"predictions": version.file}
    found = {
        "model": version.file,
        "members": data.members_file,
        "nonmembers": data.nonmembers_file,
    }
    if data.population_file is not None:
        found["population"] = data.population_file
    return found


@contextmanager
def opened(stored: Mapping[str, StoredFile]) -> Iterator[dict[str, BinaryIO]]:
    """Open files for the block, plain and in memory only."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(files.open_plain(file)) for name, file in stored.items()}


def plan_params(
    data: DatasetVersion | None,
    *,
    split: str,
    preset: str,
    seed: int,
    predictions: ModelVersion | None = None,
) -> dict[str, Any]:
    """How to read and measure, as the sandbox entries take it.

    Groups are named with the records, or with the predictions where there are no others.
    """
    named = [] if predictions is None else predictions.facts.get("subgroups", [])
    return {
        "target": data.target if data is not None else None,
        "drop": list(data.drop) if data is not None else [],
        "group": (data.group or None) if data is not None else None,
        "weight": (data.weight or None) if data is not None else None,
        "subgroups": list(named if data is None else data.subgroups),
        "split": split,
        "preset": preset,
        "seed": seed,
    }
