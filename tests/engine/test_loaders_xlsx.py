import io

import pytest

from audits.engine.loaders.tables import TableLimits, TableReading
from tests.engine.table_files import read, refusal, types
from tests.engine.workbooks import (
    DATE,
    DURATION,
    MOMENT,
    TIME,
    Value,
    parts,
    sheet,
    spaces,
    with_packed,
    workbook,
    zipped,
)

FIRST = "xl/worksheets/sheet1.xml"
GOOD = parts({"Patients": sheet([["age", "y"], [31, 1], [42, 0]])})
DAMAGED = "the Excel workbook is damaged"


def book(contents: dict[str, bytes]) -> io.BytesIO:
    return io.BytesIO(zipped(contents))


def with_rows(rows: str) -> io.BytesIO:
    """Return the good workbook with more at the end of its sheet."""
    end = b"</sheetData>"
    return book({**GOOD, FIRST: GOOD[FIRST].replace(end, rows.encode() + end)})


def test_first_sheet_is_read_and_told() -> None:
    file = book(parts({"Patients": sheet([["age", "job"], [31, "a & b"]]), "B": sheet([["x"]])}))
    table, reading = read(file)
    assert table == {"age": [31], "job": ["a & b"]}
    assert reading == TableReading("xlsx", 1, 2, sheet="Patients")


def test_hidden_sheet_is_passed_over() -> None:
    sheets = {"Secret": sheet([["x"], [1]]), "Shown": sheet([["y"], [2]])}
    table, reading = read(book(parts(sheets, hidden=["Secret"])))
    assert (table, reading.sheet) == ({"y": [2]}, "Shown")
    hidden = book(parts(sheets, hidden=["Secret", "Shown"]))
    assert refusal(hidden).problem == "the workbook has no visible sheet"


@pytest.mark.parametrize(
    ("values", "read_as", "kind"),
    [
        ([1, 2], [1, 2], "int64"),
        ([1, 2.5, None], [1.0, 2.5, None], "double"),
        ([1, 1e300], [1.0, 1e300], "double"),
        ([True, None], [True, None], "bool"),
        (["a", "NA", "", "b"], ["a", None, None, "b"], "large_string"),
        ([1, "a", 2.5], ["1", "a", "2.5"], "large_string"),
        ([1, "N/A"], [1, None], "int64"),
        ([None, None], [None, None], "double"),
        ([(44_000, DATE), (44_000.25, MOMENT), None], [18_431.0, 18_431.25, None], "double"),
        ([(0.75, TIME)], [0.75], "double"),
        ([(1.5, DURATION)], [1.5], "double"),
        ([(44_000, DATE), "later"], ["2020-06-18", "later"], "large_string"),
    ],
)
def test_column_takes_the_type_that_holds_all_values(
    values: list[Value], read_as: list[object], kind: str
) -> None:
    rows: list[list[Value]] = [["a", "y"], *([value, 1] for value in values)]
    assert read(workbook(rows))[0] == {"a": read_as, "y": [1] * len(values)}
    assert types(workbook(rows)) == {"a": kind, "y": "int64"}


def test_dates_are_told() -> None:
    file = workbook([["born", "came", "y"], [(1.0, DATE), (0.5, TIME), 1]])
    assert read(file)[1].dates == ("born", "came")


def test_column_type_is_taken_from_all_rows() -> None:
    whole: list[list[Value]] = [[1, 1]] * 10_500
    rows: list[list[Value]] = [["a", "b"], *whole, [2.5, "x"]]
    table, _ = read(workbook(rows))
    assert table == {"a": [1.0] * 10_500 + [2.5], "b": ["1"] * 10_500 + ["x"]}


def test_errors_of_formulas_are_missing() -> None:
    rows = '<row r="4"><c r="A4" t="e"><v>#DIV/0!</v></c><c r="B4"><f>1+1</f><v>2</v></c></row>'
    assert read(with_rows(rows))[0] == {"age": [31, 42, None], "y": [1, 0, 2]}


def test_table_may_start_anywhere_and_have_blank_rows() -> None:
    rows = sheet([[None, "age", 2020], [None, 31, 1], [None, None, None], [None, 42, 0]], top=4)
    assert read(book(parts({"A": rows})))[0] == {"age": [31, 42], "2020": [1, 0]}


def test_names_are_kept_as_written() -> None:
    assert list(read(workbook([["age ", 1.5, True], [1, 2, 3]]))[0]) == ["age ", "1.5", "True"]


def test_cells_need_not_say_where_they_are() -> None:
    cells = '<c t="str"><v>a</v></c><c t="str"><v>b</v></c>'
    rows = f"<row>{cells}</row><row><c><v>1</v></c><c><v>2</v></c></row>"
    assert read(book(parts({"A": rows})))[0] == {"a": [1], "b": [2]}


def test_empty_formatted_cells_are_no_columns() -> None:
    rows = '<row r="4"><c r="XFD4" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>'
    assert read(with_rows(rows))[0] == {"age": [31, 42], "y": [1, 0]}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([["a", None], [1, 2]], "column B of sheet 'Sheet1' has no name"),
        ([["a", "a"], [1, 2]], "column 'a' appears twice"),
        ([["a", "b"]], "the file has no records"),
        ([], "sheet 'Sheet1' is empty"),
    ],
)
def test_sheet_that_is_no_table_is_refused(rows: list[list[Value]], problem: str) -> None:
    assert refusal(workbook(rows)).problem == problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (zipped({"a.txt": b"a"}), "the file is a zip without an Excel workbook"),
        (zipped({"xl/workbook.bin": b"a"}), "the file is a binary Excel workbook (.xlsb)"),
        (zipped({"word/document.xml": b"a"}), "the file is a Word document"),
        (zipped({"content.xml": b"a"}), "the file is an OpenDocument file"),
        (zipped({"xl/workbook.xml": b"a"}), DAMAGED),
        (zipped(GOOD)[:-30], DAMAGED),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
            "the file is an old Excel workbook (.xls)",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(512)
            + "EncryptedPackage".encode("utf-16-le"),
            "the workbook is protected by a password",
        ),
        (zipped({f"{i}": b"" for i in range(10_001)}), "the workbook has more than 10,000 parts"),
    ],
    # A zip holds the time at which it was made: no part of a name that two processes must agree on.
    ids=["zip", "xlsb", "docx", "ods", "no sheets", "cut off", "xls", "password", "many parts"],
)
def test_other_zips_and_workbooks_are_refused(content: bytes, problem: str) -> None:
    assert refusal(io.BytesIO(content)).problem == problem


def test_encrypted_part_is_refused() -> None:
    content = bytearray(zipped(GOOD))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    assert refusal(io.BytesIO(content)).problem == "the workbook is protected by a password"


@pytest.mark.parametrize(
    ("mebibytes", "claimed", "problem"),
    [
        (3_000, 3_000 << 20, "the file unpacks to more than 2,048 MiB"),
        (100, 100 << 20, "a part of the workbook unpacks to more than 200 times its size"),
        (3_000, 1_000, DAMAGED),
        (3_000, 9 << 20, DAMAGED),
        (1, 9 << 20, DAMAGED),
    ],
)
def test_what_a_part_unpacks_to_is_judged_by_claim_and_by_deed(
    mebibytes: int, claimed: int, problem: str
) -> None:
    others = zipped({name: content for name, content in GOOD.items() if name != FIRST})
    bomb = with_packed(others, FIRST, spaces(mebibytes), claimed=claimed)
    assert refusal(io.BytesIO(bomb)).problem == problem


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            '<row r="3"><c r="XFD3"><v>1</v></c></row>',
            "at least 16,384 columns are more than 2,000",
        ),
        (
            "<row>" + "<c ><v>1</v></c>" * 2_001 + "</row>",
            "at least 2,001 columns are more than 2,000",
        ),
        (
            '<row r="5"><c r="AA1000000"><v>1</v></c></row>',
            "a sheet of the workbook spans more than 20,000,000 cells",
        ),
    ],
)
def test_rectangle_of_a_sheet_is_measured_before_it_is_laid_out(rows: str, problem: str) -> None:
    assert refusal(with_rows(rows)).problem == problem


def test_sheet_that_is_kept_elsewhere_is_measured_too() -> None:
    moved = {
        name.replace("worksheets/", ""): content.replace(b"worksheets/", b"")
        for name, content in GOOD.items()
    }
    assert read(book(moved))[0] == {"age": [31, 42], "y": [1, 0]}
    end = b"</sheetData>"
    far = b'<row r="1000000"><c r="AAA1000000"><v>1</v></c></row>'
    moved["xl/sheet1.xml"] = moved["xl/sheet1.xml"].replace(end, far + end)
    assert refusal(book(moved)).problem == (
        "a sheet of the workbook spans more than 20,000,000 cells"
    )


def test_part_that_is_as_it_claims_does_no_harm() -> None:
    content = with_packed(zipped(GOOD), "xl/notes.xml", spaces(9), claimed=9 << 20)
    assert read(io.BytesIO(content))[0] == {"age": [31, 42], "y": [1, 0]}


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (TableLimits(max_rows=1), "at least 2 records are more than 1"),
        (TableLimits(max_columns=1), "at least 2 columns are more than 1"),
        (TableLimits(max_unpacked_bytes=1_000), "the file unpacks to more than 0 MiB"),
    ],
)
def test_workbook_beyond_a_limit_is_refused(limits: TableLimits, problem: str) -> None:
    assert refusal(book(GOOD), limits).problem == problem
