"""What an audit reads: its files opened in memory, and the plan as the engine takes it."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from audits.enums import VersionKind
from audits.models import Audit, DatasetVersion, ModelVersion
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


def plan_params_of_data(data: DatasetVersion) -> dict[str, Any]:
    """The part of the plan that says how to read the records."""
    return {"target": data.target, "drop": list(data.drop)}


def plan_params(audit: Audit) -> dict[str, Any]:
    """The plan of an audit as JSON."""
    data = audit.dataset_version
    reading = plan_params_of_data(data) if data is not None else {"target": None, "drop": []}
    return {
        **reading,
        "group": None,
        "split": audit.split,
        "preset": audit.preset,
        "seed": audit.seed,
    }
