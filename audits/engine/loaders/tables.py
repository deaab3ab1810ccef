"""The door for tables: bytes to columns of numbers, text and yes or no, told apart by content."""

import difflib
import io
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.csv_table import read_csv
from audits.engine.loaders.json_lines import read_json_lines
from audits.engine.loaders.parquet_table import read_parquet
from audits.engine.loaders.table_format import START_BYTES, TableFormat, format_of
from audits.engine.loaders.table_limits import (
    DEFAULT_LIMITS,
    MEBIBYTE,
    TableLimits,
    TableReading,
    check_columns,
    check_names,
    check_rows,
)
from audits.engine.loaders.xlsx_table import read_xlsx
from audits.engine.types import AuditPlan, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    Read = Callable[..., tuple[pa.Table, TableReading]]

__all__ = [
    "DEFAULT_LIMITS",
    "TableLimits",
    "TableReading",
    "read_described",
    "split_columns",
]

_READERS: "Final[Mapping[TableFormat, Read]]" = MappingProxyType(
    {
        "csv": read_csv,
        "json_lines": read_json_lines,
        "parquet": read_parquet,
        "xlsx": read_xlsx,
    }
)
_PER_DAY: Final = {"s": 86_400, "ms": 86_400e3, "us": 86_400e6, "ns": 86_400e9}


def read_described(
    file: BinaryIO, *, subject: Subject, limits: TableLimits = DEFAULT_LIMITS
) -> "tuple[pa.Table, TableReading]":
    """Read a CSV, Excel (.xlsx), Parquet or JSON lines file, and say how it was read.

    Parameters
    ----------
    file
        Seekable, open for reading; read from its start.
    subject
        Which input it is, for errors.
    limits
        Bytes, rows, columns and unpacked size that may not be exceeded.

    Returns
    -------
    Table of numeric, boolean and text columns, dictionary columns decoded, and how it was read.
    Dates and times of Parquet and Excel are float64: days since 1970-01-01 (times of day: since
    midnight, durations: in days); in CSV and JSON lines they are text and stay it.

    Raises
    ------
    InputError
        Empty, too big, of another format, damaged, without records, or with a column name twice.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(START_BYTES)
    file.seek(0)
    if not start.strip():
        raise InputError(subject, "the file is empty", "choose the file with the records")
    if size > limits.max_bytes:
        allowed = limits.max_bytes // MEBIBYTE
        raise InputError(
            subject, f"the file is larger than {allowed} MiB", "give a random part of its records"
        )
    read = _READERS[format_of(start, subject)]
    table, reading = read(file, subject=subject, limits=limits)
    _check_shape(table, subject, limits)
    dates = tuple(field.name for field in table.schema if _is_temporal(field.type))
    return _plain_types(_as_days(table, dates)), replace(reading, dates=dates)


def _check_shape(table: "pa.Table", subject: Subject, limits: TableLimits) -> None:
    check_columns(table.num_columns, subject, limits)
    check_names(table.column_names, subject)
    if table.num_rows == 0:
        raise InputError(subject, "the file has no records", "choose the file with the records")
    check_rows(table.num_rows, subject, limits)


def _is_temporal(kind: "pa.DataType") -> bool:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    return bool(pa.types.is_temporal(kind) and not pa.types.is_interval(kind))


def _as_days(table: "pa.Table", names: tuple[str, ...]) -> "pa.Table":
    """Return the table with these dates and times as days, missing ones missing."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    for name in names:
        at = table.column_names.index(name)
        column = table.column(at)
        kind = column.type
        if pa.types.is_date32(kind):
            days = column.cast(pa.int32()).cast(pa.float64())
        else:
            per_day = _PER_DAY["ms"] if pa.types.is_date64(kind) else _PER_DAY[kind.unit]
            whole = pa.int32() if pa.types.is_time32(kind) else pa.int64()
            days = pc.divide(column.cast(whole).cast(pa.float64(), safe=False), float(per_day))
        table = table.set_column(at, name, days)
    return table


def _plain_types(table: "pa.Table") -> "pa.Table":
    """Return the table with dictionaries decoded, decimals as floats and one kind of text."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    fields = []
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string(kind) or pa.types.is_string_view(kind):
            kind = pa.large_string()
        elif pa.types.is_decimal(kind) or pa.types.is_float16(kind) or pa.types.is_null(kind):
            kind = pa.float64()
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields))


def split_columns(table: "pa.Table", plan: AuditPlan, *, subject: Subject) -> Records:
    """Cut a table into features, labels and persons as the plan says.

    Raises
    ------
    InputError
        A column the plan names is missing, a label or person is missing in some row, a feature
        holds something that is neither number nor text, or no feature is left.
    """
    target = _label_column(table, plan, subject)
    for name in plan.drop:
        if name not in table.column_names:
            raise InputError("drop", _not_found(name, table, subject), "correct the name")
    if plan.group is not None and plan.group not in table.column_names:
        raise InputError("group", _not_found(plan.group, table, subject), "correct the name")
    if plan.weight is not None and plan.weight not in table.column_names:
        raise InputError("weight", _not_found(plan.weight, table, subject), "correct the name")
    for name in plan.subgroups:
        if name not in table.column_names:
            raise InputError("subgroups", _not_found(name, table, subject), "correct the name")
    away = {target, plan.group, plan.weight, *plan.drop}
    features = table.select([name for name in table.column_names if name not in away])
    if features.num_columns == 0:
        raise InputError(subject, "no feature column is left", "leave fewer columns out")
    check_kinds(features, subject)
    groups = None if plan.group is None else complete(table, plan.group, subject, "person column")
    labels = complete(table, target, subject, "label column")
    weights = None if plan.weight is None else _weights(table, plan.weight, subject)
    return Records(features, labels, groups, weights, _aside(table, plan))


def _aside(table: "pa.Table", plan: AuditPlan) -> "pa.Table | None":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    names = [name for name in plan.subgroups if name in plan.drop]
    if not names:
        return None
    return pa.table({name: table.column(name).cast(pa.large_string()) for name in names})


def _weights(table: "pa.Table", name: str, subject: Subject) -> "NDArray[np.float64]":
    column = complete(table, name, subject, "column of weights")
    try:
        weights = np.asarray(column.to_numpy(), dtype=np.float64)
    except (TypeError, ValueError):
        weights = np.zeros(1)
    bad = np.flatnonzero(~(weights > 0) | ~np.isfinite(weights))
    if len(bad):
        raise InputError(
            subject,
            f"weight {name!r} of record {bad[0] + 1} is no number above 0",
            "give every record the weight it was trained with",
        )
    return weights


def _label_column(table: "pa.Table", plan: AuditPlan, subject: Subject) -> str:
    if plan.target is None:
        raise InputError("target", "no label column was named", "name the column to predict")
    if plan.target not in table.column_names:
        raise InputError("target", _not_found(plan.target, table, subject), "correct the name")
    return plan.target


def _not_found(name: str, table: "pa.Table", subject: Subject) -> str:
    names = table.column_names
    close = difflib.get_close_matches(name, names, 1) or [
        one for one in names if one.strip().lower() == name.strip().lower()
    ]
    hint = f"; did you mean {close[0]!r}?" if close else ""
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")  # noqa: PLR2004 - a line
    return f"{subject} has no column {name!r}{hint} (found: {shown})"


def check_kinds(features: "pa.Table", subject: Subject) -> None:
    """Demand that every column holds numbers, truth values or text."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    fine = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_large_string,
    )
    for field in features.schema:
        if not any(is_kind(field.type) for is_kind in fine):
            raise InputError(
                subject,
                f"column {field.name!r} holds {field.type}, neither numbers nor text",
                "turn it into a number or leave it out with drop",
            )


def complete(table: "pa.Table", name: str, subject: Subject, what: str) -> "pa.ChunkedArray":
    """Return a column, or say that it has gaps."""
    column = table.column(name)
    if column.null_count:
        raise InputError(
            subject,
            f"{what} {name!r} is empty in {column.null_count:,} of {len(column):,} records",
            "fill it in or leave these records out",
        )
    return column
