"""What a table holds, in counts and rounded ranges: no value of anybody's leaves the child.

At most `MOST_CELLS` values are looked at, evenly from the start of each file, and at most
`MOST_COLUMNS` columns are told one by one; what is left out is counted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.labels import as_text
from audits.engine.types import AuditPlan
from audits.guidance import columns

if TYPE_CHECKING:
    import pyarrow as pa

Hashes = NDArray[np.uint64]

MOST_CELLS: Final = 60_000_000
MOST_COLUMNS: Final = 300
MOST_SAMPLED: Final = 400_000
"""Values whose text is looked at, over all columns."""
FEW: Final = 5
"""Below so many alike, people can be told apart."""
NEARLY_ALL: Final = 0.95
_LEAST_SAMPLE = 100
_LEAST_ROWS = 1_000
_NAME_LETTERS = 200
_DIGITS = 2
_DAYS_A_YEAR = 365.2425
_EPOCH = 1970
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One column with what was counted in it."""

    told: dict[str, Any]
    finding: columns.Finding | None
    codes: Hashes


def table_profile(
    tables: "Mapping[str, pa.Table]", plan: AuditPlan, dates: Sequence[str]
) -> dict[str, Any]:
    """Describe the tables of a dataset together.

    Parameters
    ----------
    tables
        By side, as read; "members" first.
    plan
        Says what each column is for.
    dates
        Columns whose numbers are days since 1970.
    """
    names = list(dict.fromkeys(name for one in tables.values() for name in one.column_names))
    looked = _parts(tables, len(names))
    rows = sum(table.num_rows for table in looked.values())
    whole, model_sees, telling = (np.zeros(rows, dtype=np.uint64) for _ in range(3))
    told: list[dict[str, Any]] = []
    by_place: list[int] = []
    for place, name in enumerate(names):
        seen = _column(name, looked, plan, is_date=name in dates, columns_in_all=len(names))
        _mix(whole, seen.codes, place)
        if seen.told["role"] in {"feature", "label"}:
            _mix(model_sees, seen.codes, place)
        found = seen.finding
        if found is not None and not found.kind.direct and found.kind.key != "text":
            _mix(telling, seen.codes, place)
            by_place.append(place)
        told.append(seen.told)
    return {
        "rows": sum(table.num_rows for table in tables.values()),
        "looked_at": rows,
        "column_count": len(names),
        "columns": _few_columns(told),
        "duplicates": {
            "repeated": rows - len(np.unique(whole)),
            "on_both_sides": _on_both_sides(model_sees, looked),
        },
        "alike": _alike(telling, [names[place] for place in by_place]),
    }


def _parts(tables: "Mapping[str, pa.Table]", width: int) -> "dict[str, pa.Table]":
    """Return the same share of each table, from its start, within the bound on values."""
    rows = sum(table.num_rows for table in tables.values())
    most = max(_LEAST_ROWS, MOST_CELLS // max(1, width))
    if rows <= most:
        return dict(tables)
    return {
        side: table.slice(0, max(1, table.num_rows * most // rows))
        for side, table in tables.items()
    }


def _few_columns(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return at most as many columns as are kept, those about people before others."""
    if len(told) <= MOST_COLUMNS:
        return told
    first = sorted(range(len(told)), key=lambda place: told[place]["about"] is None)
    return [told[place] for place in sorted(first[:MOST_COLUMNS])]


def _column(
    name: str,
    tables: "Mapping[str, pa.Table]",
    plan: AuditPlan,
    *,
    is_date: bool,
    columns_in_all: int,
) -> _Seen:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    array = _joined(name, tables)
    kind = array.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if pa.types.is_floating(kind):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array)
    encoded = array.dictionary_encode(null_encoding="encode")
    missing = array.null_count
    distinct = len(encoded.dictionary) - (1 if missing else 0)
    present = len(array) - missing
    found = _finding(name, array, distinct, is_number=is_number, columns_in_all=columns_in_all)
    word = "date" if is_date else _type_word(kind, present)
    own = present > 0 and distinct >= NEARLY_ALL * present and distinct > columns.FEWEST_PERSONS
    role = _role(name, plan)
    if role == "person" and found is None:
        found = columns.Finding(name, columns.kind_of("person_id"), columns.Reason("person_column"))
    hidden = role == "person" or (found is not None and found.kind.direct)
    low, high = (None, None) if hidden else _range(array, word)
    told = {
        "name": name[:_NAME_LETTERS],
        "role": role,
        "type": word,
        "missing": missing,
        "distinct": distinct,
        "low": low,
        "high": high,
        "own_values": bool(own and word != "number"),
        "about": None if found is None else _proposal(found),
    }
    return _Seen(told, found, encoded.indices.to_numpy(zero_copy_only=False).astype(np.uint64))


def _joined(name: str, tables: "Mapping[str, pa.Table]") -> "pa.Array":
    """Return a column over all tables in one type; a table without it has gaps there."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    parts = {side: t.column(name) for side, t in tables.items() if name in t.column_names}
    types = {part.type for part in parts.values() if part.null_count < len(part)}
    numeric = all(pa.types.is_integer(one) or pa.types.is_floating(one) for one in types)
    kind = types.pop() if len(types) == 1 else pa.float64() if numeric else pa.large_string()
    chunks = []
    for side, table in tables.items():
        if side not in parts or parts[side].null_count == len(parts[side]):
            chunks.append(pa.nulls(table.num_rows, kind))
        else:
            chunks.extend(parts[side].cast(kind, safe=False).chunks)
    joined = pa.chunked_array(chunks, kind).combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _type_word(kind: "pa.DataType", present: int) -> str:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if not present:
        return "empty"
    if pa.types.is_boolean(kind):
        return "yes_no"
    if pa.types.is_integer(kind):
        return "whole"
    return "number" if pa.types.is_floating(kind) else "text"


def _role(name: str, plan: AuditPlan) -> str:
    roles = {plan.weight: "weight", plan.group: "person", plan.target: "label"}
    return roles.get(name, "left_out" if name in plan.drop else "feature")


def _finding(
    name: str, array: "pa.Array", distinct: int, *, is_number: bool, columns_in_all: int
) -> columns.Finding | None:
    most = min(columns.MOST_VALUES, max(_LEAST_SAMPLE, MOST_SAMPLED // columns_in_all))
    sample = array.drop_null().slice(0, most).to_pylist()
    looked = columns.Column(
        name=name[:_NAME_LETTERS],
        values=[as_text(value)[: columns.LONGEST_VALUE] for value in sample],
        rows=len(array),
        distinct=distinct,
        is_number=is_number,
    )
    found = columns.look_at([looked])
    return found[0] if found else None


def _proposal(found: columns.Finding) -> dict[str, Any]:
    return {
        "kind": found.kind.key,
        "reason": found.reason.key,
        "params": dict(found.reason.params),
    }


def _range(array: "pa.Array", word: str) -> tuple[float | int | None, float | int | None]:
    """Return the least and the greatest number, rounded outwards so that they are nobody's."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    if word not in {"whole", "number", "date"}:
        return None, None
    if pa.types.is_floating(array.type):
        array = array.filter(pc.is_finite(array))
    ends = pc.min_max(array).as_py()
    low, high = ends["min"], ends["max"]
    if low is None or high is None:
        return None, None
    if word == "date":
        years = [_EPOCH + end / _DAYS_A_YEAR for end in (low, high)]
        return math.floor(years[0]), math.ceil(years[1])
    return _outwards(low, down=True), _outwards(high, down=False)


def _outwards(number: float, *, down: bool) -> float | int:
    if number == 0 or not math.isfinite(number):
        return 0
    step = 10.0 ** (math.floor(math.log10(abs(number))) - _DIGITS + 1)
    if step == 0 or not math.isfinite(number / step):
        return 0
    whole = math.floor(number / step + 1e-9) if down else math.ceil(number / step - 1e-9)
    rounded = float(f"{whole * step:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _mix(into: Hashes, codes: Hashes, place: int) -> None:
    """Take a column into the running hash of each row: splitmix64 of code and place."""
    with np.errstate(over="ignore"):
        mixed = codes + _GOLDEN * np.uint64(place + 1)
        mixed ^= into * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        into[:] = mixed ^ (mixed >> np.uint64(31))


def _on_both_sides(hashes: Hashes, tables: "Mapping[str, pa.Table]") -> int:
    """Count held-out records that are also among those used for training."""
    members, others = tables["members"].num_rows, tables["nonmembers"].num_rows
    held_out = hashes[members : members + others]
    return int(np.isin(held_out, hashes[:members]).sum())


def _alike(hashes: Hashes, names: list[str]) -> dict[str, Any] | None:
    """Count records that few share what the columns about people say; None without such columns."""
    if not names or not len(hashes):
        return None
    _, counts = np.unique(hashes, return_counts=True)
    return {
        "columns": len(names),
        "alone": int((counts == 1).sum()),
        "few": int(counts[counts < FEW].sum()),
    }
