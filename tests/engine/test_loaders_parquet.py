import datetime as dt
import io

import pyarrow as pa
import pytest

from audits.engine.loaders.tables import TableLimits, TableReading
from tests.engine.table_files import (
    MILLION,
    parquet,
    read,
    refusal,
    repeated_numbers,
    repeated_text,
    types,
    wide_parquet,
)


def test_categories_are_text() -> None:
    source = pa.table({"job": pa.array(["a", "b", None]).dictionary_encode(), "y": [1, 0, 1]})
    table, reading = read(parquet(source))
    assert table == {"job": ["a", "b", None], "y": [1, 0, 1]}
    assert types(parquet(source)) == {"job": "large_string", "y": "int64"}
    assert reading == TableReading("parquet", 3, 2)


def test_every_type_that_a_model_can_use_is_kept_or_made_plain() -> None:
    source = pa.table(
        {
            "flag": [True, None],
            "small": pa.array([1, 2], pa.int8()),
            "half": pa.array([0.5, 1.0], pa.float32()),
            "exact": pa.array([1, None], pa.decimal128(5, 2)),
            "view": pa.array(["a", "b"], pa.string_view()),
            "wide": pa.array(["a", None], pa.large_string()),
            "empty": pa.nulls(2),
        }
    )
    assert types(parquet(source)) == {
        "flag": "bool",
        "small": "int8",
        "half": "float",
        "exact": "double",
        "view": "large_string",
        "wide": "large_string",
        "empty": "double",
    }
    assert read(parquet(source))[0] == {
        "flag": [True, None],
        "small": [1, 2],
        "half": [0.5, 1.0],
        "exact": [1.0, None],
        "view": ["a", "b"],
        "wide": ["a", None],
        "empty": [None, None],
    }


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.date32(), [dt.date(1970, 1, 3), None, dt.date(1969, 12, 31)]),
        (pa.date64(), [dt.date(1970, 1, 3), None, dt.date(1969, 12, 31)]),
        *(
            (pa.timestamp(unit), [dt.datetime(1970, 1, 3), None, dt.datetime(1969, 12, 31)])  # noqa: DTZ001
            for unit in ("s", "ms", "us", "ns")
        ),
        *(
            (pa.duration(unit), [dt.timedelta(2), None, dt.timedelta(-1)])
            for unit in ("s", "ms", "us", "ns")
        ),
    ],
)
def test_dates_become_days_since_1970(kind: pa.DataType, values: list[object]) -> None:
    table, reading = read(parquet(pa.table({"d": pa.array(values, kind), "y": [1, 0, 1]})))
    assert table == {"d": [2.0, None, -1.0], "y": [1, 0, 1]}
    assert reading.dates == ("d",)


@pytest.mark.parametrize(
    "kind", [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")]
)
def test_times_of_day_become_parts_of_a_day(kind: pa.DataType) -> None:
    times = pa.array([dt.time(12), dt.time(0), None], kind)
    assert read(parquet(pa.table({"t": times})))[0] == {"t": [0.5, 0.0, None]}


def test_instants_count_in_universal_time() -> None:
    zone = dt.timezone(dt.timedelta(hours=6))
    moment = pa.array([dt.datetime(1970, 1, 2, 6, tzinfo=zone)], pa.timestamp("us", "+06:00"))
    assert read(parquet(pa.table({"t": moment})))[0] == {"t": [1.0]}


def test_row_groups_with_other_categories_are_one_column() -> None:
    source = pa.table({"t": ["a", "b", "c", "a"], "y": [1, 0, 1, 0]})
    assert read(parquet(source, row_group_size=2))[0] == source.to_pydict()


def test_nested_column_is_refused() -> None:
    source = pa.table({"tags": [["a"], ["b"]], "y": [1, 0]})
    assert refusal(parquet(source)).problem == "column 'tags' holds lists or records"


def test_column_with_a_dot_in_its_name_is_not_nested() -> None:
    assert read(parquet(pa.table({"a.b": [1], "y": [0]})))[0] == {"a.b": [1], "y": [0]}


def test_deeply_nested_schema_is_refused() -> None:
    kind = pa.int64()
    for _ in range(1_500):
        kind = pa.struct([("a", kind)])
    source = pa.table({"deep": pa.nulls(1, kind)})
    assert refusal(parquet(source)).problem == ("the Parquet file is damaged or of an unknown kind")


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (TableLimits(max_rows=2), "3 records are more than 2"),
        (TableLimits(max_columns=1), "2 columns are more than 1"),
        (TableLimits(max_unpacked_bytes=47), "the file unpacks to more than 0 MiB"),
    ],
)
def test_file_beyond_a_limit_is_refused_before_it_is_read(
    limits: TableLimits, problem: str
) -> None:
    assert refusal(parquet(pa.table({"a": [1, 2, 3], "b": [1, 2, 3]})), limits).problem == problem


@pytest.mark.parametrize("columns", [2_001, MILLION])
def test_columns_are_counted_before_the_footer_is_parsed(columns: int) -> None:
    problem = refusal(io.BytesIO(wide_parquet(columns))).problem
    assert problem == f"{columns:,} columns are more than 2,000"


def test_as_many_columns_as_allowed_are_read() -> None:
    source = pa.table({f"c{i}": [i] for i in range(2_000)})
    assert read(parquet(source))[0] == source.to_pydict()


def test_text_stored_once_is_refused_by_what_it_expands_to() -> None:
    bomb = repeated_text(rows=100_000, length=100_000)
    assert len(bomb) < 10_000
    assert refusal(io.BytesIO(bomb)).problem == "the file unpacks to more than 2,048 MiB"


def test_numbers_stored_once_are_refused_by_what_they_expand_to() -> None:
    bomb = repeated_numbers(rows=1_000, columns=100)
    limits = TableLimits(max_unpacked_bytes=1_000 * 100 * 8 - 1)
    assert len(bomb) < limits.max_unpacked_bytes
    assert refusal(io.BytesIO(bomb), limits).problem == "the file unpacks to more than 0 MiB"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"PAR1" + bytes(70 << 20) + (70 << 20).to_bytes(4, "little") + b"PAR1",
            "the description in the Parquet file is larger than 64 MiB",
        ),
        (
            b"PAR1" + bytes(20) + b"\xff\xff\xff\xffPAR1",
            "the Parquet file is damaged or of an unknown kind",
        ),
        (
            b"PAR1" + bytes(20) + b"\x10\x00\x00\x00PAR1",
            "the Parquet file is damaged or of an unknown kind",
        ),
        (b"PARE" + bytes(20) + b"\x10\x00\x00\x00PARE", "the Parquet file is encrypted"),
    ],
)
def test_footer_that_cannot_be_used_is_refused(content: bytes, problem: str) -> None:
    assert refusal(io.BytesIO(content)).problem == problem


def test_file_cut_short_is_refused() -> None:
    whole = parquet(pa.table({"a": [1.5] * 100})).getvalue()
    for length in (len(whole) // 2, len(whole) - 9):
        torn = whole[:length] + whole[-8:]
        assert refusal(io.BytesIO(torn)).problem == (
            "the Parquet file is damaged or of an unknown kind"
        )


def test_very_many_row_groups_are_refused() -> None:
    source = pa.table({"a": list(range(10_001))})
    problem = refusal(parquet(source, row_group_size=1)).problem
    assert problem == "the file is cut into more than 10,000 row groups"
