"""The first look at uploaded files: what is in them, or why they cannot be used."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from audits.engine.errors import InputError, Subject
from audits.engine.inputs import one_schema
from audits.engine.labels import as_text
from audits.engine.loaders.models import read_model
from audits.engine.loaders.predictions import FEATURE, read_predictions
from audits.engine.loaders.skops import sklearn_version
from audits.engine.loaders.tables import TableReading, read_described, split_columns
from audits.engine.types import AuditPlan, Records
from audits.sandbox import splitting
from audits.sandbox.errors import Refused
from audits.sandbox.table_profile import table_profile
from audits.sandbox.values import Call, Reply

if TYPE_CHECKING:
    import pyarrow as pa

_SIDES: tuple[Subject, ...] = ("members", "nonmembers", "population")
_SHOWN = 100
_LAYERS = 20
# Settings of the machine that trained, or of the loader: nothing was learned from them.
_HOW_IT_RAN = frozenset({"n_jobs", "verbose"})
_FEWEST_OF_A_CLASS = 2
_MEMBER_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def inspect_table(call: Call) -> Reply:
    """Describe the tables of a dataset.

    Files are ``members`` and ``nonmembers``, or ``combined`` with a member column, and perhaps
    ``population``. A combined table comes back cut in two: Parquet blobs ``members`` and
    ``nonmembers``. How each file was read stands under ``reading``, by its name.
    """
    plan = _plan(call)
    tables: dict[Subject, pa.Table] = {}
    blobs: dict[str, bytes] = {}
    reading: dict[str, Any] = {}
    if "combined" in call.files:
        tables, told = _cut(call)
        blobs = {str(name): splitting.parquet(table) for name, table in tables.items()}
        reading["combined"] = told.as_json()
    for side in _SIDES:
        if side in call.files:
            tables[side], told = read_described(call.files[side], subject=side)
            reading[side] = told.as_json()
    try:
        described = _described(tables, plan, reading)
    except InputError as error:
        raise _at_the_upload(error, call) from error
    return Reply(described, blobs)


def split_table(call: Call) -> Reply:
    """Deal the people of one table, file ``table``, out to two files before anything is trained.

    Describes both as `inspect_table` does; blobs ``members`` and ``nonmembers`` are the files, and
    ``drawing`` says how they came about.
    """
    plan = _plan(call)
    table, told = splitting.read_table(call.files["table"])
    try:
        split_columns(table, plan, subject="members")
        sides, people = splitting.drawn_apart(
            table,
            group=plan.group,
            held_out_percent=call.params["held_out_percent"],
            seed=call.params["seed"],
        )
        reading = {"table": told.as_json()}
        described = _described(sides, plan, reading)
    except InputError as error:
        raise splitting.at_the_table(error) from error
    files, file_format = splitting.written(sides, read_as=told.format)
    drawing = {"format": file_format, "people": people}
    return Reply({**described, "drawing": drawing}, files)


def _plan(call: Call) -> AuditPlan:
    return AuditPlan(
        target=call.params["target"],
        drop=tuple(call.params["drop"]),
        group=call.params.get("group"),
        weight=call.params.get("weight"),
        subgroups=tuple(call.params.get("subgroups", ())),
    )


def _described(
    tables: "Mapping[Any, pa.Table]", plan: AuditPlan, reading: Mapping[str, Any]
) -> dict[str, Any]:
    records = one_schema(
        {side: split_columns(table, plan, subject=side) for side, table in tables.items()}
    )
    dates = [name for told in reading.values() for name in told["dates"]]
    profile = table_profile(tables, plan, dates)
    return {**_counted(records), **profile, "reading": dict(reading)}


def inspect_model(call: Call) -> Reply:
    """Describe the model in file ``model``."""
    file = call.files["model"]
    target = read_model(file)
    version = None
    if target.format == "skops":
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            version = sklearn_version(archive)
    names = target.feature_names
    return Reply(
        {
            "family": target.family,
            "format": target.format,
            "retrainable": target.retrainable,
            "estimator": type(target.estimator).__name__,
            "classes": [as_text(value)[:200] for value in target.classes[:_SHOWN].tolist()],
            "class_count": len(target.classes),
            "features": target.n_features,
            "feature_names": None if names is None else [name[:200] for name in names],
            "sklearn_version": version,
            "min_samples_leaf": target.min_samples_leaf,
            "stores_rows": target.stores_rows,
            "warnings": list(target.warnings),
            "training": _training(target.estimator),
        }
    )


def _training(estimator: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the loader made of it
    """Return the settings a model was trained with, as far as its file tells and they are plain."""
    while steps := getattr(estimator, "steps", None):
        estimator = steps[-1][1]
    recipe = getattr(estimator, "recipe", None)
    if is_dataclass(recipe) and not isinstance(recipe, type):
        told = asdict(recipe)
    elif hasattr(estimator, "get_params"):
        told = estimator.get_params(deep=False)
    else:
        return {}
    kept = {
        str(name)[:60]: _plain(value)
        for name, value in sorted(told.items())
        if name not in _HOW_IT_RAN
    }
    return {name: value for name, value in list(kept.items())[:_SHOWN] if value is not None}


def _plain(value: object) -> bool | int | float | str | list[int] | None:
    """Return a setting as JSON writes it; None for what is not set, or is no plain value."""
    if isinstance(value, str):
        return value[:60]
    if isinstance(value, bool | int | float):
        return value
    is_sizes = isinstance(value, tuple | list) and all(type(one) is int for one in value)
    return list(value)[:_LAYERS] if is_sizes and value else None  # type: ignore[call-overload]


def inspect_predictions(call: Call) -> Reply:
    """Describe the predictions in file ``predictions``, and find the columns of ``subgroups``."""
    found = read_predictions(call.files["predictions"])
    named = _named_groups(found.features, call.params.get("subgroups", ()))
    members = int(found.is_member.sum())
    further = 0 if found.is_population is None else int(found.is_population.sum())
    return Reply(
        {
            "family": None,
            "members": members,
            "nonmembers": len(found.labels) - members - further,
            "population": further,
            "persons": None if found.persons is None else len(found.persons.unique()),
            "features": 0 if found.features is None else found.features.num_columns,
            "classes": [name[:200] for name in found.classes[:_SHOWN]],
            "class_count": len(found.classes),
            "reading": dict(found.reading),
            "subgroups": named,
        }
    )


def _named_groups(features: "pa.Table | None", names: Sequence[str]) -> list[str]:
    """Return the columns of the record that groups are formed by, however they were named."""
    held = [] if features is None else features.column_names
    found = []
    for name in names:
        plain = name if name in held else name.removeprefix(FEATURE)
        if plain not in held:
            columns = ", ".join(FEATURE + one for one in held[:20]) or "none"
            raise Refused(
                "subgroups",
                f"there is no column {FEATURE}{plain} (found: {columns})",
                "name a column of the record, or leave this empty",
            )
        found.append(plain)
    return sorted(set(found))


def _cut(call: Call) -> "tuple[dict[Subject, pa.Table], TableReading]":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    name = call.params["member_column"]
    try:
        table, reading = read_described(call.files["combined"], subject="members")
    except InputError as error:
        raise Refused("combined", error.problem, error.remedy) from error
    if name not in table.column_names:
        found = ", ".join(table.column_names[:20])
        raise Refused("member_column", f"there is no column {name!r} (found: {found})", "name it")
    encoded = table.column(name).combine_chunks().dictionary_encode()
    meaning = {}
    for value in encoded.dictionary.to_pylist():
        word = as_text(value).strip().lower()
        if word not in _MEMBER_WORDS:
            remedy = "write 1 for records used for training and 0 for the others"
            raise Refused("member_column", f"column {name!r} holds {as_text(value)!r}", remedy)
        meaning[value] = _MEMBER_WORDS[word]
    missing = encoded.null_count
    if missing or set(meaning.values()) != {True, False}:
        problem = f"is empty in {missing:,} records" if missing else "holds one value only"
        raise Refused("member_column", f"column {name!r} {problem}", "mark records of both kinds")
    rest = table.drop_columns([name])
    flags = pa.array([meaning[value] for value in encoded.dictionary.to_pylist()])
    mask = flags.take(encoded.indices)
    return {"members": rest.filter(mask), "nonmembers": rest.filter(_not(mask))}, reading


def _not(mask: "pa.Array") -> "pa.Array":
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    return pc.invert(mask)


def _at_the_upload(error: InputError, call: Call) -> Exception:
    """Name the file that was really uploaded: a combined table is both sides at once."""
    if "combined" in call.files and error.subject in {"members", "nonmembers"}:
        return Refused("combined", error.problem, error.remedy)
    return error


def _counted(records: dict[Any, Records]) -> dict[str, Any]:
    counts = {side: _counts(one) for side, one in records.items()}
    values = sorted({value for found in counts.values() for value in found})
    # Of a number that is predicted each value may be somebody's: only classes are listed.
    are_classes = len(values) <= max(2, len(records["members"]) // _FEWEST_OF_A_CLASS)
    classes = [
        {"value": value[:200], **{side: found.get(value, 0) for side, found in counts.items()}}
        for value in (values[:_SHOWN] if are_classes else ())
    ]
    sizes: dict[str, Any] = {side: len(records[side]) if side in records else 0 for side in _SIDES}
    return {
        **sizes,
        "persons": {
            side: None if one.groups is None else len(one.groups.unique())
            for side, one in records.items()
        },
        "features": records["members"].features.num_columns,
        "classes": classes,
        "class_count": len(values),
    }


def _counts(records: Records) -> dict[str, int]:
    pairs = records.labels.value_counts().to_pylist()
    return {as_text(pair["values"]): pair["counts"] for pair in pairs}
