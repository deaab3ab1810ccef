import io

import pyarrow as pa
import pytest

from audits.engine.loaders.tables import TableLimits, TableReading, read_described
from tests.engine.cast import csv
from tests.engine.table_files import MILLION, read, refusal, types, wide_csv

LONG_ROW = f"1,1,{'x' * 2**20}\n"
"""Forty of them are more than two blocks of the parser."""


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(delimiter: str) -> None:
    text = "age,job,y\n31,nurse,1\n42,clerk,0\n".replace(",", delimiter)
    table, reading = read(csv(text))
    assert table == {"age": [31, 42], "job": ["nurse", "clerk"], "y": [1, 0]}
    assert reading == TableReading(
        "csv", 2, 3, encoding="utf-8", delimiter=delimiter, decimal="."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ('"a;b",y\n"1;2",3\n', {"a;b": ["1;2"], "y": [3]}),
        ("a;y\n1,5;2,5\n3,5;4,5\n", {"a": [1.5, 3.5], "y": [2.5, 4.5]}),
        ("name, first;y\nBob;1\n", {"name, first": ["Bob"], "y": [1]}),
        ("sep=;\na;y\n1;2\n", {"a": [1], "y": [2]}),
        ("\n\na,y\n1,2\n", {"a": [1], "y": [2]}),
        ("y\n1\n2\n", {"y": [1, 2]}),
    ],
)
def test_delimiter_is_the_one_that_cuts_every_line_alike(
    text: str, table: dict[str, list[object]]
) -> None:
    assert read(csv(text))[0] == table


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_encoding_is_found(codec: str, encoding: str) -> None:
    table, reading = read(io.BytesIO("naïve,y\ncafé,1\n".encode(codec)))
    assert table == {"naïve": ["café"], "y": [1]}
    assert reading.encoding == encoding


def test_text_of_no_known_encoding_is_refused() -> None:
    problem = refusal(io.BytesIO(b"a,y\n\xff\x81,1\n")).problem
    assert problem == "the text is neither UTF-8, UTF-16 nor Windows-1252"


def test_missing_values_are_missing() -> None:
    table = read_described(csv("a,b\n1,x\nNA,\n,N/A\n"), subject="members")[0]
    assert table.to_pydict() == {"a": [1, None, None], "b": ["x", None, None]}


def test_column_type_is_taken_from_all_rows() -> None:
    table = read_described(csv(f"a,b,t\n{LONG_ROW * 40}2.5,x,\n"), subject="members")[0]
    assert table.schema.types == [pa.float64(), pa.large_string(), pa.large_string()]


def test_booleans_and_mixed_columns() -> None:
    assert types(csv("a,b,y\ntrue,1,1\nfalse,x,0\n")) == {
        "a": "bool",
        "b": "large_string",
        "y": "int64",
    }


def test_dates_stay_text() -> None:
    table, reading = read(csv("d,t,y\n2020-01-31,2020-01-31 10:00,1\n2021-02-28,,0\n"))
    assert table == {
        "d": ["2020-01-31", "2021-02-28"],
        "t": ["2020-01-31 10:00", None],
        "y": [1, 0],
    }
    assert reading.dates == ()


def test_quotes_hold_delimiters_and_newlines() -> None:
    table = read_described(csv('a,b\n"x, y\nz",1\n'), subject="members")[0]
    assert table.to_pydict() == {"a": ["x, y\nz"], "b": [1]}


@pytest.mark.parametrize(
    ("values", "read_as", "marks"),
    [
        # a decimal comma that can be nothing else
        (["1,5", "2"], [1.5, 2.0], (",", None)),
        (["0,123", "-0,5"], [0.123, -0.5], (",", None)),
        (["1,5e3", ",5"], [1500.0, 0.5], (",", None)),
        (["1.234,56", "7"], [1234.56, 7.0], (",", ".")),
        (["1.234.567,8", "+1.234"], [1234567.8, 1234.0], (",", ".")),
        # thousands that can be nothing else
        (["1,234.5", "1,234"], [1234.5, 1234.0], (".", ",")),
        (["1,234,567", "12"], [1234567.0, 12.0], (".", ",")),
        # it can be either, so nothing is guessed
        (["1,234", "5,678"], ["1,234", "5,678"], (".", None)),
        (["1,5", "n"], ["1,5", "n"], (".", None)),
        (["1,5", "1,5,2"], ["1,5", "1,5,2"], (".", None)),
        (["10.0.0.1,5", "1"], ["10.0.0.1,5", "1"], (".", None)),
        (["-", "1,5"], ["-", "1,5"], (".", None)),
    ],
)
@pytest.mark.parametrize("delimiter", [";", ","])
def test_commas_in_numbers(
    values: list[str], read_as: list[object], marks: tuple[str, str | None], delimiter: str
) -> None:
    # Where the delimiter is a comma, such values stand in quotation marks.
    rows = "".join(f'"{value}"{delimiter}1\n' for value in values)
    table, reading = read(csv(f"a{delimiter}y\n{rows}"))
    assert table["a"] == read_as
    assert (reading.decimal, reading.thousands) == marks


@pytest.mark.parametrize(
    ("text", "table", "marks"),
    [
        # what is sure in one column holds for all
        ("a;b;y\n1,5;1,234;1\n", {"a": [1.5], "b": [1.234], "y": [1]}, (",", None)),
        ("a;b;y\n1,5;1.234;1\n", {"a": [1.5], "b": [1234.0], "y": [1]}, (",", ".")),
        ("a;b;y\n1,234.5;1,234;1\n", {"a": [1234.5], "b": [1234.0], "y": [1]}, (".", ",")),
        # a decimal point elsewhere contradicts it
        ("a;b;y\n1,5;1.5;1\n", {"a": ["1,5"], "b": [1.5], "y": [1]}, (".", None)),
        ("a;b;y\n1,5;1,234.5;1\n", {"a": ["1,5"], "b": ["1,234.5"], "y": [1]}, (".", None)),
        # missing values stay missing
        ("a;y\n1,5;1\nNA;2\n;3\n", {"a": [1.5, None, None], "y": [1, 2, 3]}, (",", None)),
    ],
)
def test_commas_are_judged_over_the_whole_file(
    text: str, table: dict[str, list[object]], marks: tuple[str, str | None]
) -> None:
    found, reading = read(csv(text))
    assert found == table
    assert (reading.decimal, reading.thousands) == marks


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("a,b\n1,2\n1,2,3\n", "row 3 has 3 values where the first row has 2"),
        (f"a,b,t\n{LONG_ROW * 40}1\n", "row 42 has 1 values where the first row has 3"),
    ],
)
def test_row_of_another_length_is_named(text: str, row: str) -> None:
    assert refusal(csv(text)).problem == row


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a,y\n1,2\n" * 1000 + b"1,\x00\n", "the text holds NUL characters, as binary files do"),
        (b'a,y\n1,"x\n1,2\n', "a quotation mark in row 2 is never closed"),
        (b'a,y\n1,"x\n' + b"1,2\n" * 10_000_000, "a row is longer than 16 MiB"),
        (b"a,y\n1," + b"x" * (33 << 20) + b"\n", "a row is longer than 16 MiB"),
        (b"x" * (2 << 20), "the first line is longer than 1 MiB"),
        ("\ufeff \n".encode("utf-16"), "the file has no records"),
    ],
)
def test_text_that_is_no_table_is_refused(content: bytes, problem: str) -> None:
    assert refusal(io.BytesIO(content)).problem == problem


def test_last_value_in_quotes_may_hold_lines() -> None:
    assert read(csv('a,y\n1,"x\ny"\n'))[0] == {"a": [1], "y": ["x\ny"]}


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (2_001, "2,001 columns are more than 2,000"),
        (100_000, "100,000 columns are more than 2,000"),
        (MILLION, "at least 144,961 columns are more than 2,000"),
    ],
)
def test_columns_are_counted_before_they_are_parsed(columns: int, problem: str) -> None:
    assert refusal(io.BytesIO(wide_csv(columns))).problem == problem


def test_quoted_delimiters_of_the_header_are_no_columns() -> None:
    names = ",".join(f'"{i},,"' for i in range(1_000))
    table = read_described(csv(f"{names}\n{'1,' * 999}1\n"), subject="members")[0]
    assert table.num_columns == 1_000


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (TableLimits(max_rows=100), "1,000 records are more than 100"),
        (TableLimits(max_rows=999), "1,000 records are more than 999"),
        (TableLimits(max_unpacked_bytes=15_999), "the file unpacks to more than 0 MiB"),
    ],
)
def test_rows_are_counted_outside_quotes(limits: TableLimits, problem: str) -> None:
    text = "a,b\n" + '1,"x\n\n\n"\n' * 1_000
    assert refusal(csv(text), limits).problem == problem


def test_line_breaks_in_quotes_are_no_rows() -> None:
    text = "a,b\n" + '1,"x\n\n\n"\n' * 1_000
    table = read_described(csv(text), subject="members", limits=TableLimits(max_rows=1_000))[0]
    assert table.num_rows == 1_000
