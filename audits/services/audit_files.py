"""What an audit reads: its files opened in memory, and the plan as the engine takes it."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from audits.enums import VersionKind
from audits.models import DatasetVersion, ModelVersion
from audits.services import files


def open_all(version: ModelVersion, data: DatasetVersion | None) -> dict[str, BinaryIO]:
    """Open every input under the name that the sandbox entries know."""
    if version.kind == VersionKind.PREDICTIONS or data is None:
        return {"predictions": files.open_plain(version.file)}
    opened = {
        "model": files.open_plain(version.file),
        "members": files.open_plain(data.members_file),
        "nonmembers": files.open_plain(data.nonmembers_file),
    }
    if data.population_file is not None:
        opened["population"] = files.open_plain(data.population_file)
    return opened


def close_all(opened: Mapping[str, BinaryIO]) -> None:
    for source in opened.values():
        source.close()


def plan_params(
    data: DatasetVersion | None, *, split: str, preset: str, seed: int
) -> dict[str, Any]:
    """How to read and measure, as the sandbox entries take it."""
    return {
        "target": data.target if data is not None else None,
        "drop": list(data.drop) if data is not None else [],
        "group": None,
        "split": split,
        "preset": preset,
        "seed": seed,
    }
