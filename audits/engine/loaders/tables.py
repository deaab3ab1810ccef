"""CSV and Parquet bytes to a table, told apart by content, within limits checked before parsing."""

import codecs
import csv
import difflib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.types import AuditPlan, Records

if TYPE_CHECKING:
    import pyarrow as pa

_MEBIBYTE: Final = 2**20
_SAMPLE_BYTES: Final = 64 * 1024
_MISSING: Final = (
    "", "#N/A", "#NA", "-NaN", "-nan", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
    "null",
)  # fmt: skip
_AS_CSV_OR_PARQUET: Final = "export the table as CSV or Parquet"


@dataclass(frozen=True, slots=True)
class TableLimits:
    """What a table may cost; all are checked before or right after parsing."""

    max_bytes: int = 512 * _MEBIBYTE
    max_rows: int = 1_000_000
    max_columns: int = 2_000
    max_unpacked_bytes: int = 2_048 * _MEBIBYTE


DEFAULT_LIMITS: Final = TableLimits()


def read_table(
    file: BinaryIO, *, subject: Subject, limits: TableLimits = DEFAULT_LIMITS
) -> "pa.Table":
    """Read a CSV or Parquet file.

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
    Table of numeric, boolean and text columns (dates stay as they are and are refused later if
    they are used), dictionary columns decoded.

    Raises
    ------
    InputError
        Empty, too big, of another format, damaged, without records, or with a column name twice.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(_SAMPLE_BYTES)
    file.seek(0)
    if not start.strip():
        raise InputError(subject, "the file is empty", "choose the file with the records")
    if size > limits.max_bytes:
        allowed = limits.max_bytes // _MEBIBYTE
        raise InputError(
            subject, f"the file is larger than {allowed} MiB", "give a random part of its records"
        )
    if start.startswith(b"PAR1"):
        table = _read_parquet(file, subject, limits)
    else:
        table = _read_csv(file, start, size, subject)
    _check_shape(table, subject, limits)
    return _plain_types(table)


def _check_shape(table: "pa.Table", subject: Subject, limits: TableLimits) -> None:
    if table.num_columns > limits.max_columns:
        raise InputError(
            subject,
            f"{table.num_columns:,} columns are more than {limits.max_columns:,}",
            "leave out what the model does not use",
        )
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            subject, f"column {twice[0]!r} appears twice", "give every column a name of its own"
        )
    if table.num_rows == 0:
        raise InputError(subject, "the file has no records", "choose the file with the records")
    if table.num_rows > limits.max_rows:
        raise InputError(
            subject,
            f"{table.num_rows:,} records are more than {limits.max_rows:,}",
            "give a random part of them",
        )


def _read_parquet(file: BinaryIO, subject: Subject, limits: TableLimits) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    try:
        parquet = pq.ParquetFile(file)
        meta = parquet.metadata
        unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if meta.num_rows > limits.max_rows or meta.num_columns > limits.max_columns:
            raise InputError(
                subject,
                f"{meta.num_rows:,} records of {meta.num_columns:,} columns are more than "
                f"{limits.max_rows:,} of {limits.max_columns:,}",
                "give a random part of the records and only the columns the model uses",
            )
        if unpacked > limits.max_unpacked_bytes:
            allowed = limits.max_unpacked_bytes // _MEBIBYTE
            raise InputError(
                subject, f"the file unpacks to more than {allowed} MiB", "give fewer records"
            )
        table = parquet.read(use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            subject, "the Parquet file is damaged or of an unknown kind", "export it again"
        ) from error
    nested = [f.name for f in table.schema if pa.types.is_nested(f.type)]
    if nested:
        raise InputError(subject, f"column {nested[0]!r} holds lists or records", "leave it out")
    return table.replace_schema_metadata(None)


def _encoding(start: bytes, subject: Subject) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(b"PK\x03\x04"):
        raise InputError(subject, "the file is an Excel workbook or a zip", _AS_CSV_OR_PARQUET)
    if b"\x00" in start:
        raise InputError(subject, "the file is neither CSV nor Parquet", _AS_CSV_OR_PARQUET)
    return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_MEBIBYTE):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _delimiter(sample: str) -> str:
    """Return the separator of the header and the first lines; a comma where nothing else fits."""
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|").delimiter
    except csv.Error:
        header = sample.partition("\n")[0]
        return max(",;\t|", key=header.count)


def _read_csv(file: BinaryIO, start: bytes, size: int, subject: Subject) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import csv as pacsv  # noqa: PLC0415 - heavy

    encoding = _encoding(start, subject)
    if encoding == "utf-8" and not _is_utf8(file):
        encoding = "cp1252"
    sample = start.decode(encoding, errors="replace").removeprefix("\ufeff")
    # One block: a column's type is then inferred from all of its values, not from the first ones.
    read = pacsv.ReadOptions(
        use_threads=False,
        block_size=min(2**31 - 2, 4 * size + 2),
        encoding="utf-8" if encoding == "utf-8-sig" else encoding,
    )
    parse = pacsv.ParseOptions(delimiter=_delimiter(sample), newlines_in_values=True)
    missing = list(_MISSING)

    def parsed(text: Iterable[str]) -> "pa.Table":
        file.seek(0)
        convert = pacsv.ConvertOptions(
            null_values=missing,
            strings_can_be_null=True,
            column_types={name: pa.string() for name in text},
        )
        return pacsv.read_csv(
            pa.PythonFile(file, "r"), read_options=read, parse_options=parse,
            convert_options=convert,
        )  # fmt: skip

    try:
        table = parsed(())
        # Models see dates of a CSV file as text, as pandas reads them.
        dates = [f.name for f in table.schema if pa.types.is_temporal(f.type)]
        return parsed(dates) if dates else table
    except (pa.ArrowException, UnicodeError, ValueError) as error:
        detail = str(error).partition("\n")[0].removeprefix("CSV parse error: ")[:120]
        raise InputError(
            subject, f"the file cannot be read as CSV ({detail})", _AS_CSV_OR_PARQUET
        ) from error


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
    away = {target, plan.group, *plan.drop}
    features = table.select([name for name in table.column_names if name not in away])
    if features.num_columns == 0:
        raise InputError(subject, "no feature column is left", "leave fewer columns out")
    _check_kinds(features, subject)
    groups = None if plan.group is None else _complete(table, plan.group, subject, "person column")
    return Records(features, _complete(table, target, subject, "label column"), groups)


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


def _check_kinds(features: "pa.Table", subject: Subject) -> None:
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


def _complete(table: "pa.Table", name: str, subject: Subject, what: str) -> "pa.ChunkedArray":
    column = table.column(name)
    if column.null_count:
        raise InputError(
            subject,
            f"{what} {name!r} is empty in {column.null_count:,} of {len(column):,} records",
            "fill it in or leave these records out",
        )
    return column
