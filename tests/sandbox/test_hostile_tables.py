"""Tables made to break their reader: each is refused with one line, and the next file is read."""

import functools
import gzip
import os
from collections.abc import Callable

import pytest

from audits import sandbox
from audits.sandbox import Limits
from tests.engine import table_files, workbooks
from tests.engine.table_files import MILLION

LIMITS = Limits(memory_bytes=3 << 30, cpu_seconds=60, wall_seconds=60)
"""Memory and time of a first look at an upload."""

READING = {"target": "y", "drop": [], "member_column": ""}
GOOD = b"a,y\n1,0\n2,1\n"
SHEET = "xl/worksheets/sheet1.xml"
PARTS = workbooks.parts({"S": workbooks.sheet([["a", "y"], [1, 2]])})


def look(members: bytes, limits: Limits = LIMITS) -> sandbox.Outcome:
    descriptors = {}
    try:
        for name, data in (("members", members), ("nonmembers", GOOD)):
            descriptors[name] = os.memfd_create(name)
            with os.fdopen(descriptors[name], "wb", closefd=False) as file:
                file.write(data)
        return sandbox.run("inspect_table", files=descriptors, params=READING, limits=limits)
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def bomb(mebibytes: int, *, claimed: int, part: str = SHEET) -> bytes:
    others = {name: content for name, content in PARTS.items() if name != part}
    packed = workbooks.spaces(mebibytes)
    return workbooks.with_packed(workbooks.zipped(others), part, packed, claimed=claimed)


def with_rows(rows: bytes) -> bytes:
    end = b"</sheetData>"
    return workbooks.zipped({**PARTS, SHEET: PARTS[SHEET].replace(end, rows + end)})


def wide_sheet() -> bytes:
    cells = [f'<c r="{workbooks.letters(at)}3"><v>1</v></c>' for at in range(1, MILLION + 1)]
    return with_rows(f'<row r="3">{"".join(cells)}</row>'.encode())


def repeated_string() -> bytes:
    """Return a workbook whose one long text stands in a thousand cells: 4 GB once laid out."""
    related = "xl/_rels/workbook.xml.rels"
    end = b"</Relationships>"
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    link = b'<Relationship Id="t" Type="' + kind + b'" Target="sharedStrings.xml"/>'
    text = os.urandom(2 << 20).hex().encode()
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(3, 1003)
    )
    sheet_end = b"</sheetData>"
    return workbooks.zipped(
        {
            **PARTS,
            related: PARTS[related].replace(end, link + end),
            SHEET: PARTS[SHEET].replace(sheet_end, rows + sheet_end),
            "xl/sharedStrings.xml": b'<sst xmlns="http://schemas.openxmlformats.org/'
            b'spreadsheetml/2006/main"><si><t>' + text + b"</t></si></sst>",
        }
    )


def unmeasured_sheet() -> bytes:
    """Return a workbook whose sheet passes for its texts, with two cells 10^12 apart."""
    rows = b'<row r="1000000"><c r="AAAA1000000"><v>1</v></c></row></sheetData>'
    parts = {
        name: content.replace(b"worksheets/sheet1.xml", b"sharedStrings.xml")
        for name, content in PARTS.items()
    }
    sheet = parts.pop(SHEET).replace(b"</sheetData>", rows)
    return workbooks.zipped({**parts, "xl/sharedStrings.xml": sheet})


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "workbook of 3 GB by its own account": (
        functools.partial(bomb, 3_000, claimed=3_000 << 20),
        "the file unpacks to more than 2,048 MiB",
    ),
    "workbook of 1 GB in 1 MB": (
        functools.partial(bomb, 1_000, claimed=1_000 << 20),
        "a part of the workbook unpacks to more than 200 times its size",
    ),
    "workbook that claims to be small": (
        functools.partial(bomb, 3_000, claimed=1_000),
        "the Excel workbook is damaged",
    ),
    "workbook whose styles claim to be small": (
        functools.partial(bomb, 3_000, claimed=9 << 20, part="xl/styles.xml"),
        "the Excel workbook is damaged",
    ),
    "two cells far apart": (
        functools.partial(with_rows, b'<row r="1000000"><c r="ZZ1000000"><v>1</v></c></row>'),
        "a sheet of the workbook spans more than 20,000,000 cells",
    ),
    "sheet that passes for its texts": (
        unmeasured_sheet,
        "at least 18,279 columns are more than 2,000",
    ),
    "Parquet text of 100 GB": (
        functools.partial(table_files.repeated_text, rows=MILLION, length=100_000),
        "the file unpacks to more than 2,048 MiB",
    ),
    "Parquet numbers of 2.4 GB": (
        functools.partial(table_files.repeated_numbers, rows=MILLION, columns=300),
        "the file unpacks to more than 2,048 MiB",
    ),
    "million columns of CSV": (
        functools.partial(table_files.wide_csv, MILLION),
        "at least 144,961 columns are more than 2,000",
    ),
    "million columns of JSON lines": (
        functools.partial(table_files.wide_json, MILLION),
        "1,000,000 columns are more than 2,000",
    ),
    "million columns of Parquet": (
        functools.partial(table_files.wide_parquet, MILLION),
        "1,000,000 columns are more than 2,000",
    ),
    "million columns of Excel": (wide_sheet, "at least 42,690 columns are more than 2,000"),
    "twenty million rows": (
        lambda: b"a,y\n" + b"1,2\n" * (20 * MILLION),
        "20,000,000 records are more than 1,000,000",
    ),
    "rows of commas": (
        lambda: b"," * 1_999 + b"\n" + (b"," * 1_999 + b"\n") * 140_000,
        "the file unpacks to more than 2,048 MiB",
    ),
    "one value of 100 MB": (
        lambda: b"a,y\n1," + b"x" * (100 << 20) + b"\n",
        "a row is longer than 16 MiB",
    ),
    "quotation marks": (lambda: b"a,y\n" + b'"' * (50 << 20), "a row is longer than 16 MiB"),
    "NUL characters": (
        lambda: GOOD * 1_000 + b"\x00",
        "the text holds NUL characters, as binary files do",
    ),
    "JSON nested without end": (
        lambda: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "line 1 holds lists or objects inside each other",
    ),
    "gzip": (lambda: gzip.compress(GOOD), "the file is compressed (gzip)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_table_is_refused_in_one_line_and_the_next_file_is_read(case: str) -> None:
    made, problem = REFUSED[case]
    with pytest.raises(sandbox.Refused) as refused:
        look(made())
    assert (refused.value.subject, refused.value.problem) == ("members", problem)
    assert refused.value.remedy.count("\n") == 0
    assert look(GOOD).result["members"] == 2


def test_table_that_outgrows_its_memory_is_stopped_and_the_next_file_is_read() -> None:
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=60, wall_seconds=60)
    with pytest.raises(sandbox.OutOfMemory, match=r"more than 1\.0 GiB of memory"):
        look(repeated_string(), limits)
    assert look(GOOD).result["members"] == 2
