"""A fair split before training: people are dealt out at random, and both files written anew."""

import io
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.loaders.tables import complete, read_described
from audits.sandbox.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    import pyarrow as pa

    from audits.engine.loaders.tables import TableReading

MEMBERS, NONMEMBERS = "members", "nonmembers"
_TEXT_FORMATS: Final = frozenset({"csv", "xlsx", "json_lines"})
# A spreadsheet would run such a cell; numbers and telephone numbers are none.
_FORMULA: Final = re.compile(r"\s*[=@|%\t\r]|\s*[+-](?![0-9 ()./+-]*\Z)")
_UNSEEN: Final = "\ufeff\u200b"  # what a spreadsheet drops before it looks


def _runs(text: str) -> bool:
    """Say whether a spreadsheet would run a cell; full-width signs count as the usual ones."""
    return bool(_FORMULA.match(unicodedata.normalize("NFKC", text.lstrip(_UNSEEN))))


_FEWEST_PERSONS: Final = 2


def read_table(file: "BinaryIO") -> "tuple[pa.Table, TableReading]":
    """Read the one table; refusals are those of field ``table``."""
    try:
        return read_described(file, subject="members")
    except InputError as error:
        raise at_the_table(error) from error


def at_the_table(error: InputError) -> Exception:
    """Call the file what it is here: one table, not a side."""
    if error.subject in {"members", "nonmembers"}:
        return Refused("table", error.problem.replace("members ", "the file ", 1), error.remedy)
    problem = error.problem.replace("members has", "the file has", 1)
    return Refused(error.subject, problem, error.remedy)


def drawn_apart(
    table: "pa.Table", *, group: str | None, held_out_percent: int, seed: int
) -> "tuple[dict[str, pa.Table], dict[str, int]]":
    """Deal people out by chance; all records of a person go to one side.

    Parameters
    ----------
    table
        Every record.
    group
        The column that names the person; None: every record is a person of its own.
    held_out_percent
        Of the people, 1 to 99.
    seed
        Fixes the draw: the same table and seed give the same two sides.

    Returns
    -------
    The two sides, records in their order, and how many people each has.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    codes = _persons(table, group)
    people = int(codes.max()) + 1
    if people < _FEWEST_PERSONS:
        raise Refused(
            "group" if group else "table",
            "there is only one person in the file",
            "choose the column whose values differ from person to person",
        )
    count = min(people - 1, max(1, round(people * held_out_percent / 100)))
    held_out = np.zeros(people, dtype=bool)
    held_out[np.random.Generator(np.random.PCG64(seed)).permutation(people)[:count]] = True
    mask = held_out[codes]
    sides = {MEMBERS: table.filter(pa.array(~mask)), NONMEMBERS: table.filter(pa.array(mask))}
    return sides, {MEMBERS: people - count, NONMEMBERS: count}


def _persons(table: "pa.Table", group: str | None) -> NDArray[np.int64]:
    if group is None:
        return np.arange(table.num_rows, dtype=np.int64)
    column = complete(table, group, "members", "person column")
    indices = column.combine_chunks().dictionary_encode().indices
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def written(sides: "Mapping[str, pa.Table]", *, read_as: str) -> tuple[dict[str, bytes], str]:
    """Return both files and their format.

    Text where the table came as text and comes back from it unchanged, else Parquet: what a model
    learns from must be what an audit reads later. Cells that a spreadsheet would run are a reason
    for Parquet too.
    """
    if read_as in _TEXT_FORMATS and not any(map(_could_run, sides.values())):
        texts = {side: _csv(table) for side, table in sides.items()}
        if all(_comes_back(texts[side], table) for side, table in sides.items()):
            return texts, "csv"
    return {side: parquet(table) for side, table in sides.items()}, "parquet"


def _could_run(table: "pa.Table") -> bool:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if any(_runs(name) for name in table.column_names):
        return True
    for column in table.columns:
        if pa.types.is_large_string(column.type):
            values: list[Any] = column.unique().to_pylist()
            if any(value is not None and _runs(value) for value in values):
                return True
    return False


def _csv(table: "pa.Table") -> bytes:
    import pyarrow.csv as pa_csv  # noqa: PLC0415 - heavy

    buffer = io.BytesIO()
    pa_csv.write_csv(table, buffer)
    return buffer.getvalue()


def parquet(table: "pa.Table") -> bytes:
    """Write a table as a file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _comes_back(text: bytes, table: "pa.Table") -> bool:
    """Whether the text is read as the table it was written from; all-empty columns have no type."""
    try:
        again, _ = read_described(io.BytesIO(text), subject="members")
    except InputError:
        return False
    if again.column_names != table.column_names or again.num_rows != table.num_rows:
        return False
    for name in table.column_names:
        before, after = table.column(name), again.column(name)
        if before.null_count == len(before) == after.null_count:
            continue
        if before.type != after.type or not before.equals(after):
            return False
    return True
