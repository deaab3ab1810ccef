"""Tables as files, good and hostile, and what the reader says of them."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.engine.errors import InputError
from audits.engine.loaders.tables import TableLimits, TableReading, read_described

MILLION = 1_000_000


def parquet(table: pa.Table, **options: Any) -> io.BytesIO:  # noqa: ANN401 - the writer's own
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    out.seek(0)
    return out


def read(file: io.BytesIO) -> tuple[dict[str, list[Any]], TableReading]:
    table, reading = read_described(file, subject="members")
    return table.to_pydict(), reading


def types(file: io.BytesIO) -> dict[str, str]:
    table, _ = read_described(file, subject="members")
    return {field.name: str(field.type) for field in table.schema}


def refusal(file: io.BytesIO, limits: TableLimits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read_described(file, subject="members", limits=limits or TableLimits())
    assert caught.value.subject == "members"
    assert caught.value.remedy
    return caught.value


def wide_csv(columns: int) -> bytes:
    names = ",".join(f"c{i}" for i in range(columns))
    return f"{names}\n{','.join(['1'] * columns)}\n".encode()


def wide_json(columns: int) -> bytes:
    pairs = ",".join(f'"c{i}":1' for i in range(columns))
    return f"{{{pairs}}}\n".encode()


def wide_parquet(columns: int) -> bytes:
    """Return a Parquet file whose footer lists so many columns, and nothing else."""
    count, digits = columns + 1, b""
    while count > 0x7F:
        digits += bytes([count & 0x7F | 0x80])
        count >>= 7
    digits += bytes([count])
    table = b"\x48\x06schema" + b"\x15\x02\x00"
    column = b"\x15\x02\x25\x00\x18\x02c0\x00"
    footer = b"\x15\x04\x19\xfc" + digits + table + column * columns
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def repeated_text(*, rows: int, length: int) -> bytes:
    """Return a Parquet file that stores one long text once, for all its rows."""
    codes = pa.array([0] * rows, pa.int32())
    text = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * length]))
    return parquet(pa.table({"text": text, "label": codes}), compression="zstd").getvalue()


def repeated_numbers(*, rows: int, columns: int) -> bytes:
    """Return a Parquet file whose columns hold one number each."""
    column = pa.array([1.0] * rows)
    table = pa.table({f"c{i}": column for i in range(columns)})
    return parquet(table, compression="zstd").getvalue()
