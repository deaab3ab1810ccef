import io

import pytest

from audits.engine.loaders.tables import TableLimits, TableReading
from tests.engine.cast import csv
from tests.engine.table_files import MILLION, read, refusal, types, wide_json


def test_objects_are_records_and_missing_keys_are_missing() -> None:
    text = '{"age": 31, "job": "nurse", "y": 1}\n\n{"y": 0, "age": null}\n'
    table, reading = read(csv(text))
    assert table == {"age": [31, None], "job": ["nurse", None], "y": [1, 0]}
    assert reading == TableReading("json_lines", 2, 3, encoding="utf-8")


def test_byte_order_mark_and_last_line_without_end() -> None:
    file = io.BytesIO('{"é": "ü"}\r\n{"é": "ö"}'.encode("utf-8-sig"))
    assert read(file)[0] == {"é": ["ü", "ö"]}


@pytest.mark.parametrize(
    ("values", "read_as", "kind"),
    [
        (["1", "2"], [1, 2], "int64"),
        (["1", "2.5"], [1.0, 2.5], "double"),
        (["1", str(2**70)], [1.0, 2.0**70], "double"),
        (["true", "null"], [True, None], "bool"),
        (['"a"', '""'], ["a", ""], "large_string"),
        (["1", '"a"', "2.5", "3.0"], ["1", "a", "2.5", "3"], "large_string"),
        (["true", "1"], ["True", "1"], "large_string"),
        (['"2020-01-31"', '"2021-02-28T10:00:00"'], ["2020-01-31", "2021-02-28T10:00:00"], None),
        (['"NA"', "1"], ["NA", "1"], "large_string"),
        (["NaN", "1.5"], [None, 1.5], "double"),
        (["null", "null"], [None, None], "double"),
    ],
)
def test_column_takes_the_type_that_holds_all_values(
    values: list[str], read_as: list[object], kind: str | None
) -> None:
    text = "".join(f'{{"a": {value}, "y": 1}}\n' for value in values)
    assert read(csv(text))[0]["a"] == read_as
    assert types(csv(text))["a"] == (kind or "large_string")


def test_column_type_is_taken_from_all_lines() -> None:
    # More lines than are put into columns at a time; the new column begins in the last.
    text = '{"a": 1, "b": 1}\n' * 25_000 + '{"a": 2.5, "b": "x", "c": true}\n'
    table, _ = read(csv(text))
    assert table["a"] == [1.0] * 25_000 + [2.5]
    assert table["b"] == ["1"] * 25_000 + ["x"]
    assert table["c"] == [None] * 25_000 + [True]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (['{"a": [1]}'], "column 'a' holds a list or an object in line 2"),
        (["", '{"a": {"b": 1}}'], "column 'a' holds a list or an object in line 3"),
        (["[1]"], "line 2 is no JSON object"),
        (["1"], "line 2 is no JSON object"),
        (['{"a": 1'], "line 2 is no JSON object"),
        (['{"a": 1} {"a": 2}'], "line 2 is no JSON object"),
        (['{"a": 1, "a": 2}'], "column 'a' appears twice in line 2"),
        (['{"a": "\\ud800"}'], "column 'a' holds half a character (a lone surrogate)"),
        (
            ['{"\\ud800": 1}'],
            "a column name in line 2 holds half a character (a lone surrogate)",
        ),
        (['{"a":' * 5_000 + "1" + "}" * 5_000], "line 2 holds lists or objects inside each other"),
        (["x" * (17 << 20)], "line 2 is longer than 16 MiB"),
    ],
)
def test_line_that_is_no_record_is_named(lines: list[str], problem: str) -> None:
    text = "\n".join(['{"a": 1}', *lines, ""])
    assert refusal(csv(text)).problem == problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{\n  "a": 1\n}\n', "line 1 is no JSON object"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "line 2 is not UTF-8"),
        ('{"a": 1}\n'.encode("utf-16"), "line 1 is not UTF-8"),
        (b"{}\n{}\n", "the file has no columns"),
    ],
)
def test_text_that_is_no_json_lines_is_refused(content: bytes, problem: str) -> None:
    assert refusal(io.BytesIO(content)).problem == problem


@pytest.mark.parametrize("columns", [2_001, MILLION])
def test_columns_of_a_line_are_counted_before_it_is_parsed(columns: int) -> None:
    problem = refusal(io.BytesIO(wide_json(columns))).problem
    assert problem == f"{columns:,} columns are more than 2,000"


def test_columns_are_counted_over_all_lines() -> None:
    text = "".join(f'{{"c{i}": 1}}\n' for i in range(MILLION // 100))
    assert refusal(csv(text)).problem == "2,001 columns are more than 2,000"


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (TableLimits(max_rows=2), "at least 3 records are more than 2"),
        (TableLimits(max_columns=1), "2 columns are more than 1"),
        (TableLimits(max_unpacked_bytes=47), "the file unpacks to more than 0 MiB"),
    ],
)
def test_file_beyond_a_limit_is_refused(limits: TableLimits, problem: str) -> None:
    assert refusal(csv('{"a": 1, "b": 2}\n{}\n{}\n'), limits).problem == problem
