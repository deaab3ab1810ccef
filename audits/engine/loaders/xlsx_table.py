"""An Excel workbook (.xlsx) to a table: its first visible sheet, the first row names the columns.

The reader is written in Rust, computes no formula and follows no link, but it lays a sheet out as
one full rectangle in memory. So every part is unpacked once against the limits, and the corners
of each sheet are measured, before it is called.
"""

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.labels import as_text
from audits.engine.loaders.cell_columns import Cell, CellColumn
from audits.engine.loaders.table_limits import (
    EXPORT_AGAIN,
    MEBIBYTE,
    MISSING,
    TableLimits,
    TableReading,
    check_columns,
    check_rows,
)
from audits.engine.loaders.zip_parts import DAMAGED, check_claims, open_zip, unpacked

if TYPE_CHECKING:
    import pyarrow as pa
    from python_calamine import CalamineSheet

MAX_CELLS: Final = 20_000_000
"""Of one sheet's rectangle: the reader takes some 70 bytes for each."""

_WORKBOOK: Final = "xl/workbook.xml"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PIECE_ROWS: Final = 10_000
_WHOLE_TO: Final = 2.0**53
_MISSING: Final = frozenset(MISSING)

_EMPTY_CELL: Final = re.compile(rb"<c\s[^<>]*/>")
_COLUMN: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+)""")
_ROW: Final = re.compile(rb"""\sr\s*=\s*["'][A-Za-z]*(\d+)""")


def read_xlsx(
    file: BinaryIO, *, subject: Subject, limits: TableLimits
) -> "tuple[pa.Table, TableReading]":
    """Read the first visible sheet of a workbook; dates come back as times, whole numbers as int64.

    Raises
    ------
    InputError
        Another kind of workbook or zip, damaged, protected, or beyond a limit.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if file.read(len(_OLE)) == _OLE:
        _refuse_ole(file, subject)
    _survey(file, subject, limits)
    sheet = _first_sheet(file, subject)
    rows = _filled(sheet.iter_rows())
    names = _header(next(rows, []), sheet, subject)
    check_columns(len(names), subject, limits)
    columns = {at: CellColumn() for at in names}
    count = 0
    while piece := list(itertools.islice(rows, _PIECE_ROWS)):
        count += len(piece)
        check_rows(count, subject, limits, at_least=True)
        values = list(zip(*piece, strict=True))
        _refuse_nameless(values, names, sheet, subject)
        for at, column in columns.items():
            column.add(_cells(values[at]))
    arrays = [_whole(column.finished()) for column in columns.values()]
    table = pa.table(arrays, names=list(names.values()))
    return table, TableReading("xlsx", table.num_rows, table.num_columns, sheet=sheet.name)


def _refuse_ole(file: BinaryIO, subject: Subject) -> None:
    """Refuse what Excel wrote before 2007, and what it writes when there is a password."""
    file.seek(0)
    mark = "EncryptedPackage".encode("utf-16-le")
    kept = b""
    while chunk := file.read(MEBIBYTE):
        if mark in kept + chunk:
            raise InputError(
                subject, "the workbook is protected by a password", "save it without one"
            )
        kept = chunk[-len(mark) :]
    raise InputError(
        subject, "the file is an old Excel workbook (.xls)", "save it as .xlsx or export it as CSV"
    )


def _survey(file: BinaryIO, subject: Subject, limits: TableLimits) -> None:
    """Unpack every part once, keeping nothing, and measure the sheets."""
    with open_zip(file, subject) as archive:
        parts = archive.infolist()
        names = {part.filename.lower() for part in parts}
        if _WORKBOOK not in names:
            raise InputError(subject, f"the file is {_kind_of_zip(names)}", EXPORT_AGAIN)
        check_claims(archive, subject, limits)
    taken = 0
    for part in parts:
        pieces = unpacked(file, part, subject, taken, limits)
        _measure(pieces, subject, limits)  # any part can be named as a sheet or as its texts
        taken += part.file_size
    file.seek(0)


def _kind_of_zip(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return "a binary Excel workbook (.xlsb)"
    if "word/document.xml" in names:
        return "a Word document"
    if "content.xml" in names:
        return "an OpenDocument file"
    return "a zip without an Excel workbook"


def _check_cells(count: int, subject: Subject) -> None:
    if count > MAX_CELLS:
        raise InputError(
            subject,
            f"a sheet of the workbook spans more than {MAX_CELLS:,} cells",
            "export it as CSV or Parquet",
        )


def _measure(pieces: Iterator[bytes], subject: Subject, limits: TableLimits) -> None:
    """Refuse a sheet whose lowest and rightmost cells span too much, empty ones not counted.

    Texts that cells share are counted as cells.
    """
    width = height = rows = in_row = texts = 0
    for piece in _whole_tags(pieces):
        text = _EMPTY_CELL.sub(b"", piece) if b"/>" in piece else piece
        width = max([width, *map(_column_number, set(_COLUMN.findall(text)))])
        height = max([height, *map(_row_number, set(_ROW.findall(text)))])
        # Cells need not say where they are; then they stand side by side.
        first, *further = (one.count(b"<c ") for one in text.split(b"<row"))
        cells_in_rows = [in_row + first, *further]
        in_row = cells_in_rows[-1]
        rows += len(further)
        width = max([width, *cells_in_rows])
        check_columns(width, subject, limits, at_least=True)
        texts += piece.count(b"<si")
        _check_cells(max(texts, width * max(height, rows)), subject)


def _whole_tags(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut pieces where a tag begins, so that none is torn in two."""
    kept = b""
    for piece in pieces:
        text = kept + piece
        cut = text.rfind(b"<")
        cut = len(text) if cut < 0 or len(text) - cut > MEBIBYTE else cut
        kept = text[cut:]
        yield text[:cut]
    yield kept


def _row_number(digits: bytes) -> int:
    return int(digits[:12])


def _column_number(letters: bytes) -> int:
    """AA is 27."""
    number = 0
    for letter in letters[:8].upper():
        number = 26 * number + letter - 64
    return number


def _column_letters(number: int) -> str:
    """27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _first_sheet(file: BinaryIO, subject: Subject) -> "CalamineSheet":
    import python_calamine as calamine  # noqa: PLC0415 - heavy

    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        visible = calamine.SheetVisibleEnum.Visible
        plain = calamine.SheetTypeEnum.WorkSheet
        for index, sheet in enumerate(book.sheets_metadata):
            if sheet.typ == plain and sheet.visible == visible:
                return book.get_sheet_by_index(index)
    except calamine.PasswordError as error:
        raise InputError(
            subject, "the workbook is protected by a password", "save it without one"
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(subject, *DAMAGED) from error
    raise InputError(
        subject, "the workbook has no visible sheet", "show the sheet with the records"
    )


def _filled(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """Leave out rows without any value, as blank lines of a CSV file are."""
    return (row for row in rows if any(cell != "" for cell in row))


def _header(row: list[Any], sheet: "CalamineSheet", subject: Subject) -> dict[int, str]:
    """Return where the columns stand and their names."""
    if not row:
        raise InputError(
            subject,
            f"sheet {sheet.name!r} is empty",
            "put the table on the first sheet, with the names of the columns on top",
        )
    names = {at: as_text(cell) for at, cell in enumerate(row)}
    return {at: name for at, name in names.items() if name.strip()}


def _refuse_nameless(
    values: "list[tuple[Any, ...]]", names: dict[int, str], sheet: "CalamineSheet", subject: Subject
) -> None:
    """Refuse values below an empty header: nobody could say which column is meant."""
    for at, column in enumerate(values):
        if at not in names and any(cell != "" for cell in column):
            first = sheet.start[1] if sheet.start else 0
            raise InputError(
                subject,
                f"column {_column_letters(first + at + 1)} of sheet {sheet.name!r} has no name",
                "write one in its first row, or empty the column",
            )


def _cells(values: tuple[Any, ...]) -> list[Cell] | tuple[Any, ...]:
    if str not in set(map(type, values)):
        return values
    return [None if isinstance(one, str) and one in _MISSING else one for one in values]


def _whole(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return whole numbers as such: a sheet keeps 1 as 1.0."""
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    if not pa.types.is_float64(column.type) or column.null_count == len(column):
        return column
    exact = pc.and_(pc.less(pc.abs(column), _WHOLE_TO), pc.equal(pc.floor(column), column))
    return column.cast(pa.int64()) if pc.all(exact).as_py() else column
