"""Parquet bytes to a table: footer, schema and row counts are judged before a value is read.

A file of some kilobytes can stand for terabytes, because equal values are stored once. So text is
read as codes into its distinct values, whose expansion is computed before it happens, and row
groups are read one after the other against what the table may take in all.
"""

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.table_limits import (
    CELL_BYTES,
    MEBIBYTE,
    TableLimits,
    TableReading,
    check_columns,
    check_rows,
    check_unpacked,
)

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_MAX_FOOTER_BYTES: Final = 64 * MEBIBYTE
_MAX_ROW_GROUPS: Final = 10_000
_MAX_LIST: Final = 100_000  # of anything in the footer, before its parser sets memory aside
_TAIL_BYTES: Final = 8
_SCHEMA_LIST: Final = 0x19
_LONG_LIST: Final = 0xF
_VERSION_FIELD: Final = 0x15
_VARINT_BYTES: Final = 5
_DAMAGED: Final = ("the Parquet file is damaged or of an unknown kind", "export it again")


def read_parquet(
    file: BinaryIO, *, subject: Subject, limits: TableLimits
) -> "tuple[pa.Table, TableReading]":
    """Read a Parquet file; columns of text come back as dictionaries or decoded.

    Raises
    ------
    InputError
        Damaged, encrypted, nested, or beyond a limit.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    _check_footer(file, subject, limits)
    try:
        table = _read_groups(_opened(file, subject, limits), subject, limits)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise InputError(subject, *_DAMAGED) from error
    return table, TableReading("parquet", table.num_rows, table.num_columns)


def _check_footer(file: BinaryIO, subject: Subject, limits: TableLimits) -> None:
    """Judge the footer's length and the number of columns it begins with, unparsed."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    file.seek(0)
    if tail.endswith(b"PARE"):
        raise InputError(subject, "the Parquet file is encrypted", "export it without encryption")
    length = int.from_bytes(tail[:4], "little")
    if not tail.endswith(b"PAR1") or length + _TAIL_BYTES > size:
        raise InputError(subject, *_DAMAGED)
    file.seek(size - _TAIL_BYTES - length)
    columns = _schema_elements(file.read(16)) - 1  # the first element is the table itself
    file.seek(0)
    check_columns(columns, subject, limits)
    if length > _MAX_FOOTER_BYTES:
        allowed = _MAX_FOOTER_BYTES // MEBIBYTE
        raise InputError(
            subject,
            f"the description in the Parquet file is larger than {allowed} MiB",
            "export it with larger row groups or fewer columns",
        )


def _schema_elements(footer: bytes) -> int:
    """Return how many schema elements a footer announces; 0 where that cannot be seen.

    In thrift's compact protocol: the version (a field of type i32), then the list of elements,
    whose length stands in its first bytes.
    """
    if len(footer) < _TAIL_BYTES or footer[0] != _VERSION_FIELD:
        return 0
    at = 1
    while footer[at] & 0x80 and at < _VARINT_BYTES:
        at += 1
    if footer[at + 1] != _SCHEMA_LIST:
        return 0
    short = footer[at + 2] >> 4
    if short != _LONG_LIST:
        return short
    count = 0
    for index, byte in enumerate(footer[at + 3 : at + 3 + _VARINT_BYTES]):
        count |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return count


def _opened(file: BinaryIO, subject: Subject, limits: TableLimits) -> "pq.ParquetFile":
    """Open a file whose metadata fits the limits; no value is read yet."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    parquet = pq.ParquetFile(file, thrift_container_size_limit=_MAX_LIST)
    meta, schema = parquet.metadata, parquet.schema_arrow
    check_columns(meta.num_columns, subject, limits)
    if meta.num_row_groups > _MAX_ROW_GROUPS:
        raise InputError(
            subject,
            f"the file is cut into more than {_MAX_ROW_GROUPS:,} row groups",
            "export it with larger ones",
        )
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    rows = max(meta.num_rows, sum(group.num_rows for group in groups))
    check_rows(rows, subject, limits)
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if nested:
        raise InputError(subject, f"column {nested[0]!r} holds lists or records", "leave it out")
    check_unpacked(rows * sum(_width(field.type) for field in schema), subject, limits)
    check_unpacked(sum(group.total_byte_size for group in groups), subject, limits)
    text = [field.name for field in schema if _is_text(field.type)]
    return pq.ParquetFile(
        file, metadata=meta, read_dictionary=text, thrift_container_size_limit=_MAX_LIST
    )


def _width(kind: "pa.DataType") -> int:
    """Return how many bytes a value of a column takes, its text not counted."""
    try:
        return max(CELL_BYTES, int(kind.bit_width) // 8)
    except ValueError:  # a type of no fixed width
        return CELL_BYTES


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    is_kind = pa.types.is_string, pa.types.is_large_string, pa.types.is_binary
    return any(is_one(kind) for is_one in is_kind)


def _read_groups(parquet: "pq.ParquetFile", subject: Subject, limits: TableLimits) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    groups: list[pa.Table] = []
    taken = 0
    for index in range(parquet.num_row_groups):
        group = parquet.read_row_group(index, use_threads=False)
        taken += group.nbytes + sum(_expansion(column) for column in group.columns)
        check_unpacked(taken, subject, limits)
        groups.append(_decoded(group))
    if not groups:
        return parquet.schema_arrow.empty_table().replace_schema_metadata(None)
    return pa.concat_tables(groups).replace_schema_metadata(None)


def _expansion(column: "pa.ChunkedArray") -> int:
    """Return how many bytes the text of a dictionary column takes once it is decoded."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    if not pa.types.is_dictionary(column.type) or pa.types.is_primitive(column.type.value_type):
        return 0
    total = 0
    for chunk in column.chunks:
        lengths: Any = pc.binary_length(chunk.dictionary).cast(pa.int64()).take(chunk.indices)
        total += pc.sum(lengths).as_py() or 0
    return total


def _decoded(group: "pa.Table") -> "pa.Table":
    """Decode a row group by itself, so that groups need not share their distinct values."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    # Text of all rows together may pass 2 GiB, where 32-bit offsets end.
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
    fields = [
        pa.field(field.name, wide.get(field.type.value_type, field.type.value_type))
        if pa.types.is_dictionary(field.type)
        else field
        for field in group.schema
    ]
    return group.cast(pa.schema(fields))
