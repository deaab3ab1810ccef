"""Open files to audit inputs: reads each, brings all to one schema, says what does not fit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.models import read_model
from audits.engine.loaders.predictions import read_predictions
from audits.engine.loaders.tables import read_described, split_columns
from audits.engine.types import AuditInputs, AuditPlan, ModelInputs, Records

if TYPE_CHECKING:
    import pyarrow as pa

    from audits.engine.target import Target

_SIDES: Final[tuple[Subject, ...]] = ("members", "nonmembers", "population")


def read_inputs(files: Mapping[str, BinaryIO], plan: AuditPlan) -> AuditInputs:
    """Read everything an audit was given.

    Parameters
    ----------
    files
        Either "predictions" alone, or "model", "members", "nonmembers" and perhaps
        "population": seekable files, open for reading.
    plan
        Names the label, group and dropped columns.

    Raises
    ------
    InputError
        A file is missing or cannot be used.
    """
    if "predictions" in files:
        return read_predictions(files["predictions"])
    for name in ("model", "members", "nonmembers"):
        if name not in files:
            raise InputError(
                "model" if name == "model" else "members" if name == "members" else "nonmembers",
                "the file is missing",
                "give model, members and nonmembers, or a predictions file alone",
            )
    sides: dict[str, Records] = {}
    reading: dict[str, Any] = {}
    for side in _SIDES:
        if side in files:
            table, told = read_described(files[side], subject=side)
            sides[side], reading[side] = split_columns(table, plan, subject=side), told.as_json()
    return replace(model_inputs(read_model(files["model"]), sides), reading=reading)


def model_inputs(model: "Target", sides: Mapping[str, Records]) -> ModelInputs:
    """Return inputs whose sides share one schema.

    Raises
    ------
    InputError
        A column is on one side only, or holds numbers on one side and text on the other.
    """
    same = one_schema(sides)
    warnings = list(model.warnings)
    if model.feature_names is None:
        warnings.append("The model knows its columns by position only; they were not matched.")
    return ModelInputs(
        model, same["members"], same["nonmembers"], same.get("population"), tuple(warnings)
    )


def one_schema(sides: Mapping[str, Records]) -> dict[str, Records]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    names = sides["members"].features.column_names
    for side in _SIDES[1:]:
        if side in sides and set(sides[side].features.column_names) != set(names):
            theirs = sides[side].features.column_names
            missing, extra = sorted(set(names) - set(theirs)), sorted(set(theirs) - set(names))
            parts = [f"missing: {', '.join(missing[:10])}"] if missing else []
            parts += [f"not among the members: {', '.join(extra[:10])}"] if extra else []
            raise InputError(
                side, f"its columns are not those of the members ({'; '.join(parts)})",
                "give all files the same columns, or leave the others out with drop",
            )  # fmt: skip
    schema = pa.schema([(name, _common_type(name, sides)) for name in names])
    return {
        side: replace(one, features=one.features.select(names).cast(schema))
        for side, one in sides.items()
    }


def _common_type(name: str, sides: Mapping[str, Records]) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    columns = {side: one.features.column(name) for side, one in sides.items()}
    kinds = {
        side: column.type for side, column in columns.items() if column.null_count < len(column)
    }
    text = [side for side, kind in kinds.items() if pa.types.is_large_string(kind)]
    if text and len(text) < len(kinds):
        raise InputError(
            "nonmembers" if {"nonmembers", "members"} & set(text) != set() else "population",
            f"column {name!r} holds text among the {text[0]} and numbers elsewhere",
            "write it the same way in all files",
        )
    found = set(kinds.values())
    if len(found) == 1:
        return found.pop()
    return pa.float64()
